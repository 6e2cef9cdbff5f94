import Foundation
import TestSupport
import Testing

@testable import WeightFiles

struct EventFileTests {
  /// Written by TensorBoard 2.21's own RecordWriter and event_pb2 for the same event.
  private static let expected =
    "2800000000000000ff70164a0900002040fc54d94110ac022a1a0a0e0a07472f6379636c65150000a03f0a080a0144"
    + "15000000bf6082fb42"

  @Test("A record has the same bytes as TensorBoard's") func record() {
    let event = Event(
      time: Date(timeIntervalSince1970: 1_700_000_000.5), step: 300,
      content: .scalars([("G/cycle", 1.25), ("D", -0.5)]))
    let record = EventFile.record(event.encoded)
    #expect(record.map { String(format: "%02x", $0) }.joined() == Self.expected)
  }

  @Test("An event file is a sequence of records") func file() throws {
    let folder = try TemporaryFolder()
    let time = Date(timeIntervalSince1970: 1_700_000_000.5)
    let file = try EventFile(in: folder.url, at: time)
    try file.add(scalars: [("G/cycle", 1.25), ("D", -0.5)], step: 300, at: time)
    try file.add(image: "samples", png: Data([1, 2, 3]), width: 5, height: 200, step: 1, at: time)
    try file.close()
    let url = folder.appending("events.out.tfevents.1700000000.easel.0")
    let bytes = try Data(contentsOf: url)
    #expect(bytes.range(of: Data("brain.Event:2".utf8))?.lowerBound == 12 + 9 + 2)
    let scalars = EventFile.record(
      Event(time: time, step: 300, content: .scalars([("G/cycle", 1.25), ("D", -0.5)])).encoded)
    #expect(bytes.range(of: scalars) != nil)
    // Summary.Image: height 200 (two bytes), width 5, three channels, the file.
    #expect(bytes.range(of: Data([0x08, 0xC8, 0x01, 0x10, 5, 0x18, 3, 0x22, 3, 1, 2, 3])) != nil)
  }

  @Test("Two files of the same second have different names") func names() throws {
    let folder = try TemporaryFolder()
    let time = Date(timeIntervalSince1970: 1_700_000_000)
    for _ in 0..<2 { try EventFile(in: folder.url, at: time).close() }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    #expect(names == (0...1).map { "events.out.tfevents.1700000000.easel.\($0)" })
  }

  @Test("A missing folder is an error") func missingFolder() {
    #expect(throws: (any Error).self) {
      try EventFile(in: URL(fileURLWithPath: "/nonexistent/\(UUID().uuidString)"))
    }
  }
}
