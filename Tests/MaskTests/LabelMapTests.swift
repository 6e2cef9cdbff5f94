import Dataset
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Mask

@Suite(.enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
struct LabelMapTests {
  private let root: URL

  init() throws {
    root = try #require(TestData.images).appendingPathComponent("celebamask-hq")
  }

  private func map(_ number: Int) -> URL { root.appendingPathComponent("MaskGAN_demo/samples/\(number).png") }

  /// The union of the part files of the same photo.
  private func union(of parts: [String], _ number: Int) throws -> [UInt8] {
    let folder = root.appendingPathComponent("derived-original-layout/CelebAMask-HQ-mask-anno/0")
    var union = [UInt8](repeating: 0, count: 512 * 512)
    for part in parts {
      let file = folder.appendingPathComponent(String(format: "%05d_", number) + part + ".png")
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let image = try ImageFile.read(file).image.converted(to: .gray)
      union = zip(union, image.bytes).map { max($0, $1) }
    }
    return union
  }

  @Test("A label map equals the part files, in either order of the labels", arguments: 0..<4)
  func labelMap(number: Int) throws {
    let archive = try LabelMap(contentsOf: map(number))
    #expect(archive.order == .archive)
    let folder = try TemporaryFolder()
    var other = try ImageFile.read(map(number)).image
    let levels = LabelMap.Order.archive.parts.map { part in
      UInt8((LabelMap.Order.faceParsing.parts.firstIndex(of: part) ?? 0) + 1)
    }
    other.bytes = other.bytes.map { $0 == 0 ? 0 : levels[Int($0) - 1] }
    try Data(other.png()).write(to: folder.appending("map.png"))
    let reordered = try LabelMap(contentsOf: folder.appending("map.png"))
    #expect(reordered.order == .faceParsing)
    for parts in [PartMasks.head, ["hair"], ["skin", "neck"]] {
      let expected = try union(of: parts, number)
      #expect(expected.contains(255))
      #expect(archive.union(of: parts).bytes == expected)
      #expect(reordered.union(of: parts).bytes == expected)
    }
  }

  @Test("An archive with label maps instead of part files is masked") func labelMapArchive() throws {
    let folder = try TemporaryFolder()
    let photo = folder.appending("CelebA-HQ-img/2.jpg")
    for name in ["CelebA-HQ-img", "CelebAMask-HQ-label"] {
      try FileManager.default.createDirectory(
        at: folder.appending(name), withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(at: map(2), to: folder.appending("CelebAMask-HQ-label/2.png"))
    let image = ImageBuffer(width: 512, height: 512, format: .rgb, filledWith: [90, 80, 70])
    let subject = MaskSubject(
      image,
      origin: .init(file: photo, kind: .celebamaskHQ, parts: [], matrix: .identity, size: image.size))
    let cutout = try ForegroundExtractor(.parts, models: { throw MaskError("no-model", $0) })(subject)
    #expect(cutout.summary.method == "parts")
    let share = try Double(union(of: PartMasks.head, 2).count { $0 == 255 }) / (512 * 512)
    #expect(abs(cutout.summary.coverage - share) < 0.01)
  }

  @Test("An image that is not a label map is refused by name") func invalidLabelMap() throws {
    let folder = try TemporaryFolder()
    for (name, image) in [
      ("levels.png", ImageBuffer(width: 8, height: 8, format: .gray, filledWith: [225])),
      ("colors.png", ImageBuffer(width: 8, height: 8, format: .rgb, filledWith: [1, 2, 3])),
    ] {
      try Data(image.png()).write(to: folder.appending(name))
      let error = #expect(throws: MaskError.self) { try LabelMap(contentsOf: folder.appending(name)) }
      #expect(error?.sentence.contains(name) == true)
    }
  }
}

/// Archives with missing or broken files.
struct BrokenPartTests {
  private let folder: TemporaryFolder
  private let parts: URL

  init() throws {
    folder = try TemporaryFolder()
    parts = folder.appending("CelebAMask-HQ-mask-anno/0")
    try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
  }

  private func write(_ part: String, side: Int = 32, level: UInt8 = 255) throws {
    let image = ImageBuffer(width: side, height: side, format: .gray, filledWith: [level])
    try Data(image.png()).write(to: parts.appendingPathComponent("00007_\(part).png"))
  }

  private func cutout() throws -> Cutout {
    let photo = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [90, 80, 70])
    let subject = MaskSubject(
      photo,
      origin: .init(
        file: folder.appending("CelebA-HQ-img/7.jpg"), kind: .celebamaskHQ, parts: [], matrix: .identity,
        size: photo.size))
    return try ForegroundExtractor(.parts, models: { throw MaskError("no-model", $0) })(subject)
  }

  @Test("A broken part file is named, and works again after repair") func brokenPart() throws {
    try write("skin")
    let hair = parts.appendingPathComponent("00007_hair.png")
    try Data().write(to: hair)
    var error = try #require(throws: MaskError.self) { try cutout() }
    #expect(error.reason == "empty-file" && error.isOfFiles)
    #expect(error.sentence.contains("00007_hair.png"))
    try write("hair", side: 48)
    error = try #require(throws: MaskError.self) { try cutout() }
    #expect(error.reason == "mask-size" && error.isOfFiles)
    try FileManager.default.removeItem(at: hair)
    #expect(try cutout().summary.coverage > 0.9, "a photograph without hair has no such file")
  }

  @Test("A photo without part files has no mask; empty parts give an empty mask") func missingParts()
    throws
  {
    let error = try #require(throws: MaskError.self) { try cutout() }
    #expect(error.reason == "no-parts" && error.isOfFiles)
    try write("skin", level: 0)
    #expect(try cutout().summary.flags.contains("empty"))
  }
}
