import Foundation
import Imaging
import Testing

@testable import MaskTraining

struct CompositeTests {
  private func library(_ data: MaskData, _ change: (inout MaskLibrary.Selection) -> Void = { _ in }) throws
    -> MaskLibrary
  {
    var selection = MaskLibrary.Selection()
    change(&selection)
    return try MaskLibrary(Manifest(data.url), selection: selection) { _ in }
  }

  @Test("A composite depends only on its seed and number")
  func deterministic() throws {
    let data = try MaskData()
    let first = Composer(library: try library(data), side: 96, seed: 4)
    let second = Composer(library: try library(data), side: 96, seed: 4)
    for number in [5, 2, 9] {
      let (a, b) = (first.composite(number), second.composite(number))
      #expect(a.image == b.image)
      #expect(a.alpha == b.alpha)
      #expect(a.face == b.face)
    }
    #expect(first.composite(1).image != first.composite(2).image)
    #expect(
      first.composite(1).image != Composer(library: try library(data), side: 96, seed: 5).composite(1).image)
  }

  @Test(
    "Over black and over white, colors of a composite differ by exactly 1 - alpha")
  func alpha() throws {
    let figure = try #require(Figure(MaskData.disc([200, 30, 60]), hasScene: false, faces: []))
    let placement = Placement(
      anchor: figure.face.center, at: Point(x: 40, y: 44), step: 1.6, degrees: 20, mirrored: true)
    var (dark, bright) = (Canvas(side: 80), Canvas(side: 80, color: [255, 255, 255]))
    let alpha = dark.draw(figure.cutout, placement, continuing: [])
    _ = bright.draw(figure.cutout, placement, continuing: [])
    for pixel in alpha.indices {
      let through: Float = (bright.colors[pixel * 3] - dark.colors[pixel * 3]) / 255
      let difference = abs(1 - through - alpha[pixel])
      #expect(difference < 1e-4)
    }
    let area = alpha.reduce(0, +)
    let expected: Float = .pi * 48 * 48 / (1.6 * 1.6)
    let difference = abs(area - expected)
    #expect(difference < 60)
  }

  @Test("Excluded sources are in no part, and held-out sources are not in training")
  func selection() throws {
    let data = try MaskData(characters: 30)
    let held = try library(data) { $0.holdOut = ["other"] }
    #expect(held.groups(.training).map(\.source) == ["drawn"])
    #expect(held.groups(.heldOutSource("other")).flatMap(\.characters).count == 2)
    let left = try library(data) { $0.leaveOut = ["other"] }
    #expect(left.groups(.training).map(\.source) == ["drawn"])
    #expect(left.heldOutSources.isEmpty)
  }

  @Test("No character is in both training and evaluation")
  func characters() throws {
    let library = try library(MaskData(characters: 30)) { $0.validation = 0.3 }
    func names(_ split: MaskLibrary.Split) -> Set<String> {
      Set(
        library.groups(split).flatMap(\.characters).flatMap { $0 }.map {
          library.manifest.entries[$0].character
        })
    }
    #expect(!names(.heldOutCharacters).isEmpty)
    #expect(names(.training).isDisjoint(with: names(.heldOutCharacters)))
    #expect(names(.training).union(names(.heldOutCharacters)).count == 30)
  }

  @Test("Data without a manifest, with a missing column, a bad box or an unknown source is rejected by name")
  func broken() throws {
    let data = try MaskData()
    #expect(throws: MaskDataError.unknownSource("nobody")) { try library(data) { $0.holdOut = ["nobody"] } }
    try "file\tx0\ty0\tx1\ty1\nfigure-0.png\t5\tnan\t3\t9\n".write(
      to: data.url.appendingPathComponent("faces.tsv"), atomically: true, encoding: .utf8)
    #expect(throws: MaskDataError.self) { try Manifest(data.url) }
    try "file\tsource\n".write(
      to: data.url.appendingPathComponent("manifest.tsv"), atomically: true, encoding: .utf8)
    #expect(throws: MaskDataError.self) { try Manifest(data.url) }
    try FileManager.default.removeItem(at: data.url.appendingPathComponent("manifest.tsv"))
    #expect(throws: MaskDataError.self) { try Manifest(data.url) }
  }

  @Test("A picture that is unreadable or empty is reported and skipped")
  func unreadable() throws {
    let data = try MaskData()
    try Data("no picture".utf8).write(to: data.url.appendingPathComponent("figure-0.png"))
    try Data(ImageBuffer(width: 40, height: 40, format: .rgba, filledWith: [0, 0, 0, 0]).png()).write(
      to: data.url.appendingPathComponent("figure-1.png"))
    let library = try library(data)
    #expect(library.figure(0)?.face == nil)
    #expect(library.figure(1)?.face == nil)
    let composer = Composer(library: library, side: 64, seed: 1)
    for number in 0..<20 { #expect(composer.composite(number).alpha.contains { $0 > 0.5 }) }
  }
}
