import CurationFixture
import Dataset
import Foundation
import Imaging
import PublishedDataset
import TestSupport
import Testing

@testable import Report

@Suite struct DatasetReportTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  @Test("The report needs no other files, is well-formed, and has a content security policy")
  func report() async throws {
    for number in 0..<12 { try fixture.write(Picture.patches(number), "\(number).png") }
    try fixture.write(Picture.patches(3).blurred(5), "<b>\"&.png")
    try await fixture.curate(fixture.settings(), [.a: [fixture.folder.appending("in")]])
    let page = try String(contentsOf: fixture.output.report, encoding: .utf8)
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    #expect(page.contains("&lt;b&gt;&quot;&amp;.png"))
    #expect(page.utf8.count < 3_000_000)
    #expect(page.contains("default-src 'none'"), "the page may load nothing")
    // Each image links to its source file, relative to the page.
    let link = try #require(page.firstMatch(of: /<a href="([^"]+3\.png)">/)?.1)
    let file = URL(string: String(link), relativeTo: fixture.output.report)
    #expect(FileManager.default.fileExists(atPath: try #require(file?.path)))
    // All elements are closed in the right order.
    var open: [Substring] = []
    for tag in page.matches(of: /<(\/?)([a-zA-Z0-9]+)[^>]*?(\/?)>/) {
      let (closing, name, isEmpty) = (tag.1, tag.2, tag.3)
      if ["meta", "img"].contains(name) || !isEmpty.isEmpty { continue }
      if closing.isEmpty { open.append(name) } else { #expect(open.popLast() == name) }
    }
    #expect(open.isEmpty)
    let before = try Data(contentsOf: fixture.output.report)
    try await DatasetReport.write(output: fixture.output, ledger: fixture.ledger, jobs: 2)
    #expect(try Data(contentsOf: fixture.output.report) == before)
  }
}
