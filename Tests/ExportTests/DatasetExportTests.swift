import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Export

@Suite struct DatasetExportTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  /// A dataset of two domains with one sample called `odd, "name".png`.
  private func dataset() async throws {
    for number in 0..<8 {
      try fixture.write(Picture.patches(number), "\(number).png")
      try fixture.write(Picture.patches(100 + number), "\(number).png", in: "drawn")
    }
    try fixture.write(Picture.patches(50), "odd, \"name\".png")
    try await fixture.curate(
      fixture.settings([.a, .b], test: 2),
      [.a: [fixture.folder.appending("in")], .b: [fixture.folder.appending("drawn")]])
  }

  private func export(
    _ format: ExportFormat, shardSize: Int = 1 << 30, samples: Int = 17
  ) throws -> URL {
    var export = DatasetExport(
      fixture.output, as: format, to: fixture.folder.appending("as-\(format.rawValue)"))
    export.shardSize = shardSize
    let result = try export.write()
    #expect(result.samples == samples)
    return result.folder
  }

  private func object(_ url: URL) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }

  private func files(in folder: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: folder.path)?.allObjects ?? [] {
      let url = folder.appendingPathComponent(name)
      if !FolderScan.isFolder(url.path) { files[name] = try Data(contentsOf: url) }
    }
    return files
  }

  @Test("imagefolder has a folder for each split and one line for each image")
  func imagefolder() async throws {
    try await dataset()
    let folder = try export(.imagefolder)
    let kept = try fixture.kept
    var columns: Set<Set<String>> = []
    for split in Split.allCases {
      let part = folder.appendingPathComponent(split.rawValue)
      let lines = try String(contentsOf: part.appendingPathComponent("metadata.jsonl"), encoding: .utf8)
        .split(separator: "\n")
      let samples = kept.filter { $0.split == split }
      #expect(lines.count == samples.count)
      for (line, sample) in zip(lines, samples) {
        let fields = try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        // Every line has the same columns, and no value is null, because the reader infers types from the values.
        columns.insert(Set(fields.keys))
        #expect(!fields.values.contains { $0 is NSNull })
        let name = try #require(fields["file_name"] as? String)
        #expect(name == "\(sample.domain.rawValue)/\(sample.id).png")
        #expect(
          try Data(contentsOf: part.appendingPathComponent(name))
            == Data(contentsOf: fixture.output.url.appendingPathComponent(sample.fileName ?? "")))
      }
    }
    #expect(columns.count == 1 && columns.first?.contains("quality_sharpness") == true)
    #expect(columns.first?.contains("source_time") == false)
    let card = try String(contentsOf: folder.appendingPathComponent("README.md"), encoding: .utf8)
    #expect(card.hasPrefix("---\nlicense: unknown\n") && card.contains("split: test\n    path: test/**"))
  }

  @Test("WebDataset archives keep the files of a sample together and have a limited size")
  func webdataset() async throws {
    try await dataset()
    let whole = try files(in: export(.webdataset)).keys.filter { $0.hasSuffix(".tar") }
    #expect(Set(whole) == Set(["trainA", "trainB", "testA", "testB"].map { "\($0)-000000.tar" }))
    let folder = try export(.webdataset, shardSize: 20_000)
    let archives = try files(in: folder).filter { $0.key.hasSuffix(".tar") }
    #expect(archives.keys.contains("trainA-000001.tar") && archives.keys.contains("testB-000000.tar"))
    var found: [String: Data] = [:]
    for (name, bytes) in archives {
      let members = try Self.members(of: [UInt8](bytes))
      for at in stride(from: 0, to: members.count, by: 3) {
        let stem = String(try #require(members[at].name.split(separator: ".").first))
        #expect(members[at..<at + 3].map(\.name) == ["cls", "json", "png"].map { "\(stem).\($0)" })
        #expect(members[at].bytes == Data((name.contains("A-") ? "0" : "1").utf8))
        found[stem] = members[at + 2].bytes
      }
    }
    for sample in try fixture.kept {
      #expect(
        found[sample.id]
          == (try Data(contentsOf: fixture.output.url.appendingPathComponent(sample.fileName ?? ""))))
    }
    #expect(found.count == 17)
  }

  @Test("A dataset of tar archives is exported to the same images as one of files")
  func fromArchives() async throws {
    try await dataset()
    let before = try files(in: export(.imagefolder))
    var settings = fixture.settings([.a, .b], test: 2)
    settings.curate.archivesAbove = 0
    try await fixture.curate(settings)
    #expect(try fixture.kept.allSatisfy { $0.fileName?.contains(".tar/") == true })
    let after = try files(in: export(.imagefolder))
    #expect(
      before.count > 17
        && before.filter { $0.key.hasSuffix("png") } == after.filter { $0.key.hasSuffix("png") })
    let archive = fixture.output.url.appendingPathComponent("trainA/00000.tar")
    try Data(contentsOf: archive).dropLast(2048).write(to: archive)
    #expect { _ = try export(.imagefolder) } throws: { "\($0)".contains("does not exist") }
  }

  /// Reads a ustar archive, checking each header's magic and checksum.
  private static func members(of archive: [UInt8]) throws -> [(name: String, bytes: Data)] {
    func text(_ bytes: ArraySlice<UInt8>) -> String {
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    #expect(archive.count.isMultiple(of: 512) && archive.suffix(1024).allSatisfy { $0 == 0 })
    var members: [(String, Data)] = []
    var at = 0
    while at < archive.count - 1024 {
      let header = archive[at..<at + 512]
      #expect(text(header[(at + 257)..<(at + 263)]) == "ustar")
      let sum = header.enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 32 : Int($1.element)) }
      #expect(Int(text(header[(at + 148)..<(at + 155)]), radix: 8) == sum)
      let size = try #require(Int(text(header[(at + 124)..<(at + 136)]), radix: 8))
      members.append((text(header[at..<at + 100]), Data(archive[(at + 512)..<(at + 512 + size)])))
      at += 512 + (size + 511) / 512 * 512
    }
    return members
  }

  @Test("COCO names every image once, with a box inside the image")
  func coco() async throws {
    try await dataset()
    let folder = try export(.coco)
    var images = 0
    for split in ["train", "test"] {
      let file = try object(folder.appendingPathComponent("annotations/\(split).json"))
      let (entries, annotations) = (
        try #require(file["images"] as? [[String: Any]]),
        try #require(file["annotations"] as? [[String: Any]])
      )
      let ids = entries.compactMap { $0["id"] as? Int }
      #expect(Set(ids).count == entries.count && annotations.compactMap { $0["image_id"] as? Int } == ids)
      images += entries.count
      for (entry, annotation) in zip(entries, annotations) {
        let name = try #require(entry["file_name"] as? String)
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("images/\(name)").path))
        let box = try #require(annotation["bbox"] as? [Double])
        #expect(box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= 64 && box[1] + box[3] <= 64)
        #expect(annotation["area"] as? Double == box[2] * box[3])
        // Imported crops have no landmarks: all key points are absent.
        #expect(annotation["keypoints"] as? [Double] == [Double](repeating: 0, count: 21))
        #expect(annotation["num_keypoints"] as? Int == 0)
        #expect(annotation["category_id"] as? Int == (name.contains("A/") ? 1 : 2))
      }
    }
    #expect(images == 17)
    #expect(try !files(in: folder).keys.contains { $0.contains("-images") || $0.contains("-annotations") })
  }

  @Test(
    "COCO and the lists export the mouth and chin of an anime face as such, never as mouth corners")
  func landmarksKeepTheirNames() async throws {
    try fixture.write(Picture.patches(1), "drawn.png")
    try fixture.write(Picture.patches(2), "photo.png")
    var settings = fixture.settings(test: 0)
    settings.curate.keepIf = []
    try await fixture.curate(settings, [.a: [fixture.folder.appending("in")]])
    for crop in try fixture.ledger.crops(of: .a) {
      var (crop, points) = (crop, Landmarks(leftEye: Point(x: 20, y: 30), rightEye: Point(x: 44, y: 31)))
      points.nose = Point(x: 32, y: 40)
      if try fixture.ledger.image(crop.image, of: .a)?.path == "drawn.png" {
        (points.mouth, points.chin) = (Point(x: 33, y: 48), Point(x: 34, y: 58))
      } else {
        (points.leftMouth, points.rightMouth) = (Point(x: 25, y: 50), Point(x: 40, y: 51))
      }
      crop.face.landmarks = points
      try fixture.ledger.record(crop)
    }
    try await fixture.curate(settings)
    let file = try object(export(.coco, samples: 2).appendingPathComponent("annotations/train.json"))
    let names = try #require((file["categories"] as? [[String: Any]])?.first?["keypoints"] as? [String])
    #expect(names == ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right", "mouth", "chin"])
    let points = try #require(file["annotations"] as? [[String: Any]]).compactMap {
      $0["keypoints"] as? [Double]
    }
    let eyes: [Double] = [20, 30, 2, 44, 31, 2, 32, 40, 2]
    #expect(
      Set(points) == [
        eyes + [0, 0, 0, 0, 0, 0, 33, 48, 2, 34, 58, 2], eyes + [25, 50, 2, 40, 51, 2, 0, 0, 0, 0, 0, 0],
      ])
    let list = try String(
      contentsOf: export(.lists, samples: 2).appendingPathComponent("list_landmarks.txt"), encoding: .utf8)
    #expect(list.hasPrefix("1\n") && list.hasSuffix(" 20 30 44 31 32 40 25 50 40 51\n"))
  }

  @Test("COCO has the mask as run lengths if there is one")
  func cocoMask() async throws {
    // A foreground of 20 x 30 pixels at the left edge: the first run, of pixels outside, is above it.
    var image = Picture.patches(3).converted(to: .rgba)
    for index in 0..<64 * 64 where index % 64 >= 20 || !(10..<40).contains(index / 64) {
      image.bytes[index * 4 + 3] = 0
    }
    try fixture.write(image, "0.png")
    try fixture.write(Picture.patches(4), "1.png")
    var settings = fixture.settings(test: 0)
    settings.curate.keepIf = []
    for background in [Background.white, .transparent] {
      settings.background = background
      try await fixture.curate(settings, [.a: [fixture.folder.appending("in")]])
      let to = fixture.folder.appending("coco-\(background)")
      let folder = try DatasetExport(fixture.output, as: .coco, to: to).write().folder
      let file = try object(folder.appendingPathComponent("annotations/train.json"))
      let annotations = try #require(file["annotations"] as? [[String: Any]])
      let masked = try #require(annotations.first { $0["segmentation"] is [String: Any] })
      let runs = try #require(masked["segmentation"] as? [String: [Int]])
      #expect(runs["size"] == [64, 64])
      #expect(
        runs["counts"] == [10] + [Int](repeating: 30, count: 1) + (0..<19).flatMap { _ in [34, 30] } + [
          24 + 44 * 64
        ])
      #expect(masked["area"] as? Int == 600)
      let other = try #require(annotations.first { $0["segmentation"] is [Any] })
      let box = try #require(other["bbox"] as? [Double])
      #expect(
        (other["segmentation"] as? [Any])?.isEmpty == true && other["area"] as? Double == box[2] * box[3])
    }
  }

  @Test("The CSV table quotes as RFC 4180 asks, and Croissant describes all its columns")
  func tables() async throws {
    try await dataset()
    let table = try String(
      contentsOf: export(.csv).appendingPathComponent("samples.csv"), encoding: .utf8)
    #expect(table.contains("\"odd, \"\"name\"\".png\""))
    #expect(table.components(separatedBy: "\r\n").count == 19)
    let columns = try #require(table.components(separatedBy: "\r\n").first).split(separator: ",").map(
      String.init)

    let folder = try export(.croissant)
    let description = try object(folder.appendingPathComponent("croissant.json"))
    let file = try #require((description["distribution"] as? [[String: Any]])?.first)
    #expect(
      file["sha256"] as? String == (try Digest(ofFile: folder.appendingPathComponent("samples.csv")).hex))
    let set = try #require((description["recordSet"] as? [[String: Any]])?.first)
    let fields = try #require(set["field"] as? [[String: Any]]).compactMap { $0["@id"] as? String }
    #expect(fields == columns.map { "samples/\($0)" } + ["samples/pixels"])
  }

  @Test("CelebA's lists begin with their number of lines")
  func lists() async throws {
    try await dataset()
    let folder = try export(.lists)
    func lines(_ name: String) throws -> [String] {
      try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8).split(separator: "\n").map(
        String.init)
    }
    for name in ["list_attr.txt", "list_bbox.txt"] {
      let list = try lines(name)
      #expect(list[0] == "17" && list.count == 19)
    }
    #expect(try lines("list_attr.txt")[1] == "Drawn Color Kept_By_Person")
    let partition = try lines("list_eval_partition.txt")
    #expect(partition.count { $0.hasSuffix(" 2") } == 4 && partition.count { $0.hasSuffix(" 0") } == 13)
    // Imported crops have no landmarks, so the list is empty.
    #expect(try lines("list_landmarks.txt")[0] == "0")
  }

  @Test("The same dataset gives the same bytes and replaces an earlier export")
  func sameBytes() async throws {
    try await dataset()
    for format in ExportFormat.allCases {
      let first = try files(in: export(format))
      try Data("half".utf8).write(to: fixture.folder.appending(".as-\(format.rawValue).easel-export"))
      #expect(try files(in: export(format)) == first, "\(format)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path)
    #expect(!names.contains { $0.hasPrefix(".") })
  }

  @Test("Files of the user in the target are not touched")
  func foreignFiles() async throws {
    try await dataset()
    let folder = try export(.csv)
    let mine = folder.appendingPathComponent("images/mine.png")
    try Data("mine".utf8).write(to: mine)
    #expect { _ = try export(.csv) } throws: { "\($0)".contains("images/mine.png") }
    #expect(try Data(contentsOf: mine) == Data("mine".utf8))
    try FileManager.default.removeItem(at: mine)
    try Data("changed".utf8).write(to: folder.appendingPathComponent("samples.csv"))
    #expect { _ = try export(.csv) } throws: { "\($0)".contains("samples.csv") }
  }

  @Test("An export into its own dataset or around it is refused")
  func overlapping() async throws {
    try await dataset()
    let before = try fixture.files(in: fixture.output)
    let link = fixture.folder.appending("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: fixture.output.url)
    for target in [
      fixture.output.url, fixture.output.url.appendingPathComponent("csv"), fixture.folder.url,
      link.appendingPathComponent("csv"),
    ] {
      #expect(throws: ExportError.self, "\(target.path)") {
        _ = try DatasetExport(fixture.output, as: .csv, to: target).write()
      }
    }
    #expect(try fixture.files(in: fixture.output) == before)
  }

  @Test("A broken line of the manifest is refused with its number, and no export is left")
  func editedManifest() async throws {
    try await dataset()
    let lines = try String(contentsOf: fixture.output.metadata, encoding: .utf8).split(separator: "\n").map(
      String.init)
    let target = fixture.folder.appending("broken")
    func expect(_ changed: [String], _ words: String) throws {
      try Data((changed.joined(separator: "\n") + "\n").utf8).write(to: fixture.output.metadata)
      #expect { _ = try DatasetExport(fixture.output, as: .coco, to: target).write() } throws: {
        "\($0)".contains(words)
      }
      #expect(!FileManager.default.fileExists(atPath: target.path))
    }
    try expect(lines.prefix(3) + ["{\"file_name\":"], "line 4: it is not a sample")
    try expect(lines.prefix(2) + [lines[0]], "line 3: its id")
    try expect([lines[0].replacing("trainA/", with: "../trainA/")], "line 1: its file_name is not a path")
    try expect([lines[0].replacing(".png\"", with: ".gif\"", maxReplacements: 1)], "does not exist")
    try expect([lines[0].replacing("\"width\":64", with: "\"width\":0")], "width or height")
    try expect([], "contains no samples")
    try FileManager.default.removeItem(at: fixture.output.metadata)
    #expect { _ = try DatasetExport(fixture.output, as: .coco, to: target).write() } throws: {
      "\($0)".contains("does not exist yet; run easel run")
    }
  }
}
