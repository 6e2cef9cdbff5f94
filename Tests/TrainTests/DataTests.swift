import Dataset
import Foundation
import Imaging
import Synchronization
import TestSupport
import Testing

@testable import Train

/// Notices, collected from any thread.
private final class Notices: Sendable {
  private let all = Mutex<[DataNotice]>([])
  var list: [DataNotice] { all.withLock { $0 } }
  func add(_ notice: DataNotice) { all.withLock { $0.append(notice) } }
}

/// A dataset of small images that are identified by their color.
private struct TinyDataset {
  let folder: TemporaryFolder
  var url: URL { folder.url }

  init(a: Int = 5, b: Int = 3, test: Int = 2, side: Int = 16) throws {
    folder = try TemporaryFolder()
    for (name, count) in [("trainA", a), ("trainB", b), ("testA", test), ("testB", test)] where count > 0 {
      for index in 0..<count { try add("\(name)/\(index).png", side: side, level: UInt8(10 * index + 5)) }
    }
  }

  func add(_ name: String, side: Int = 16, height: Int? = nil, level: UInt8) throws {
    let image = ImageBuffer(
      width: side, height: height ?? side, format: .rgb, filledWith: [level, 100, 200])
    try write(name, Data(image.png()))
  }

  func write(_ name: String, _ data: Data) throws {
    let url = folder.appending(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  func open(_ notices: Notices = Notices(), _ change: (inout TrainingData.Options) -> Void = { _ in }) throws
    -> TrainingData
  {
    var options = TrainingData.Options()
    options.side = 16
    change(&options)
    // The closure keeps the folder alive.
    return try TrainingData(url, options: options) { [folder] notice in
      withExtendedLifetime(folder) { notices.add(notice) }
    }
  }
}

/// The index in the tiny dataset of each image of a batch.
private func levels(_ batch: ImageBatch) -> [Int] {
  let size = batch.shape[1] * batch.shape[2] * batch.shape[3]
  return (0..<batch.shape[0]).map { Int(((batch.values[$0 * size] * 0.5 + 0.5) * 255).rounded()) / 10 }
}

struct DataTests {
  @Test("An epoch shows every image once and batches run across epochs") func epochShowsEveryImage() throws {
    let data = try TinyDataset().open { $0.batch = 2 }
    let shown = try (0..<15).map { try data.batch($0) }
    let a = shown.flatMap { levels($0.a) }
    let b = shown.flatMap { levels($0.b) }
    for epoch in 0..<6 { #expect(Set(a[5 * epoch..<5 * epoch + 5]) == Set(0..<5)) }
    for epoch in 0..<10 { #expect(Set(b[3 * epoch..<3 * epoch + 3]) == Set(0..<3)) }
    let orders = stride(from: 0, to: 30, by: 5).map { Array(a[$0..<$0 + 5]) }
    #expect(Set(orders).count > 1, "epochs have orders of their own")
    #expect(shown[0].a.shape == [2, 3, 16, 16] && shown[0].a.values.count == 2 * 3 * 16 * 16)
  }

  @Test("Images in tar archives give the same batches as files, and a truncated archive is reported")
  func archives() throws {
    let files = try TinyDataset()
    let archives = try TinyDataset(a: 0, b: 0, test: 0)
    for (name, count) in [("trainA", 5), ("trainB", 3), ("testA", 2), ("testB", 2)] {
      var bytes: [UInt8] = []
      for index in 0..<count {
        let image = try [UInt8](Data(contentsOf: files.url.appendingPathComponent("\(name)/\(index).png")))
        bytes += TarFormat.member("\(index).cls", [48]) + TarFormat.member("\(index).png", image)
      }
      try archives.write("\(name)/00000.tar", Data(bytes + TarFormat.end))
    }
    let (first, second) = (try files.open(), try archives.open())
    for number in 0..<12 { #expect(try first.batch(number) == second.batch(number)) }
    #expect(second.count(.a) == 5 && second.count(.b, .test) == 2)
    #expect(
      second.fixedImages(2, of: .a, from: .test).map(\.name) == [
        "testA/00000.tar/0.png", "testA/00000.tar/1.png",
      ])
    #expect(TrainingSide.infer(from: files.url) == TrainingSide.infer(from: archives.url))
    let whole = try Data(contentsOf: archives.url.appendingPathComponent("trainA/00000.tar"))
    try archives.write("trainA/00001.tar", whole.dropLast(1500))
    let notices = Notices()
    #expect(try archives.open(notices).count(.a) == 5)
    #expect(notices.list.contains { "\($0)".contains("00001.tar: not used: the archive is incomplete") })
  }

  @Test("A batch depends only on seed and number") func batchFunctionSeedNumber() throws {
    let dataset = try TinyDataset()
    let first = try dataset.open()
    let straight = try (0..<20).map { try first.batch($0) }
    let resumed = try dataset.open { $0.memory = 0 }
    for number in [17, 3, 19, 0] { #expect(try resumed.batch(number) == straight[number]) }
    let other = try dataset.open { $0.seed = 1 }
    #expect(try (0..<20).map { try other.batch($0) } != straight)
  }

  @Test("Prefetched batches are the same") func prefetchedBatchesSame() async throws {
    let data = try TinyDataset().open()
    let prefetch = Prefetch(data, depth: 3)
    for number in [0, 1, 2, 3, 10, 11, 4, 5] {
      #expect(try await prefetch.batch(number) == data.batch(number))
    }
  }

  @Test("Prefetch is bounded") func prefetchBounded() async throws {
    let made = Mutex<[Int]>([])
    let prefetch = Prefetch(depth: 3) { number in
      made.withLock { $0.append(number) }
      let empty = ImageBatch(shape: [0], values: [])
      return TrainingBatch(number: number, a: empty, b: empty)
    }
    for number in 0..<50 {
      _ = try await prefetch.batch(number)
      #expect(made.withLock { $0.max() ?? 0 } < number + 3)
    }
  }

  @Test("Images are kept within the budget and decoded again beyond it") func imagesKeptWithinBudget() throws
  {
    let decoded = Mutex<[Int: Int]>([:])
    let store = ImageStore(size: PixelSize(width: 4, height: 4), budget: 2 * 48 + 47) { index in
      decoded.withLock { $0[index, default: 0] += 1 }
      return ImageBuffer(width: 4, height: 4, format: .rgb, filledWith: [UInt8(index), 0, 0])
    } broken: { _, _ in
    }
    for _ in 0..<3 {
      for index in 0..<3 { #expect(store.image(index)?.bytes.first == UInt8(index)) }
    }
    #expect(store.keptBytes == 96)
    #expect(decoded.withLock { $0 } == [0: 1, 1: 1, 2: 3])
  }

  @Test("Transparent images are composited on white") func transparentImagesStandOn() throws {
    let dataset = try TinyDataset()
    let clear = ImageBuffer(width: 16, height: 16, format: .rgba, filledWith: [0, 0, 0, 0])
    for index in 0..<3 { try dataset.write("trainB/\(index).png", Data(clear.png())) }
    let batch = try dataset.open().batch(0)
    #expect(batch.b.values.allSatisfy { $0 == 1 })
  }

  @Test("Weights in the manifest decide how often an image is drawn") func weightsInManifestDecide() throws {
    let dataset = try TinyDataset()
    let lines = [
      #"{"file_name":"trainA/0.png","weight":6}"#, #"{"file_name":"trainA/1.png","weight":0}"#,
      #"{"file_name":"trainB/0.png","domain":"B"}"#,
    ]
    try dataset.write("metadata.jsonl", Data(lines.joined(separator: "\n").utf8))
    let data = try dataset.open()
    var counts = [Int](repeating: 0, count: 5)
    for number in 0..<900 { counts[levels(try data.batch(number).a)[0]] += 1 }
    #expect(counts[1] == 0)
    #expect((540...660).contains(counts[0]))
    for index in 2..<5 { #expect((70...135).contains(counts[index])) }

    try dataset.write("metadata.jsonl", Data((lines[0] + "\n{broken").utf8))
    let error = #expect(throws: DataError.self) { try dataset.open() }
    #expect(error?.description.contains("metadata.jsonl:2: the line must be") == true)
  }

  @Test("The digest depends only on names and bytes") func digestFollowsNamesBytes() async throws {
    let dataset = try TinyDataset()
    let copy = try TinyDataset()
    let digest = try await dataset.open().digest()
    #expect(try await copy.open().digest(jobs: 1) == digest)
    try FileManager.default.moveItem(
      at: copy.folder.appending("trainB/0.png"), to: copy.folder.appending("trainB/9.png"))
    let renamed = try await copy.open().digest()
    #expect(renamed != digest)
    try dataset.add("trainA/4.png", level: 77)
    #expect(try await dataset.open().digest() != digest)
  }

  @Test("Samples are spread over the test images") func samplesSpreadOverTest() throws {
    let dataset = try TinyDataset(a: 5, b: 3, test: 2)
    for index in 2..<10 { try dataset.add("testA/\(index).png", level: 1) }
    let data = try dataset.open()
    let names = data.fixedImages(5, of: .a, from: .test).map(\.name)
    #expect(names == ["testA/0.png", "testA/2.png", "testA/4.png", "testA/6.png", "testA/8.png"])
    #expect(data.fixedImages(5, of: .b, from: .test).count == 2)
    let sizes = data.fixedImages(5, of: .b, from: .train).map(\.image.width)
    #expect(sizes == [16, 16, 16])
  }

  // MARK: Bad input

  @Test("A missing test split is reported, and training images are used instead") func missingTestSplitSaid()
    throws
  {
    let notices = Notices()
    let data = try TinyDataset(test: 0).open(notices)
    #expect(data.fixedImages(2, of: .a, from: .test).map(\.name) == ["trainA/0.png", "trainA/2.png"])
    let told = notices.list.filter { if case .noTestSplit = $0 { true } else { false } }
    #expect(told.count == 2)
    #expect(
      told.first?.description.hasSuffix("testA: no test images, so samples are made from training images")
        == true)
  }

  @Test("Empty and missing domains are refused") func emptyMissingDomainsRefused() throws {
    #expect(throws: DataError.self) { try TinyDataset(a: 0).open() }
    let dataset = try TinyDataset(b: 0)
    try dataset.write("trainB/notes.txt", Data("no image".utf8))
    try dataset.write("trainB/.hidden.png", Data())
    let error = #expect(throws: DataError.self) { try dataset.open() }
    guard case .noImages(_, others: 1) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("A single image is used and reported") func singleImageUsedSaid() throws {
    let notices = Notices()
    let data = try TinyDataset(a: 1).open(notices) { $0.batch = 3 }
    #expect(levels(try data.batch(0).a) == [0, 0, 0])
    #expect(notices.list.contains { if case .singleImage = $0 { true } else { false } })
  }

  @Test("Images of other sizes are resized with one notice") func imagesOtherSizesResized() throws {
    let notices = Notices()
    let dataset = try TinyDataset()
    for index in 0..<3 { try dataset.add("trainA/\(index).png", side: 40, height: 20, level: 50) }
    let data = try dataset.open(notices)
    for number in 0..<10 { #expect(try data.batch(number).a.shape == [1, 3, 16, 16]) }
    let told = notices.list.filter { if case .resized = $0 { true } else { false } }
    #expect(told.count == 1)
    #expect(
      told.first?.description.contains("40x20 pixels; images of other sizes are resized to 16x16") == true)
  }

  @Test("Unreadable images are reported and replaced by others") func unreadableImagesNamedTheir() throws {
    let notices = Notices()
    let dataset = try TinyDataset()
    let whole = try Data(contentsOf: dataset.folder.appending("trainA/0.png"))
    try dataset.write("trainA/cut.png", whole.prefix(whole.count / 2))
    try dataset.write("trainA/text.jpg", Data("this is no picture at all, not at all".utf8))
    let data = try dataset.open(notices)
    #expect(data.count(.a) == 6)
    let shown = try (0..<30).flatMap { levels(try data.batch($0).a) }
    #expect(Set(shown) == Set(0..<5))
    let told = notices.list.compactMap { notice in
      if case .unreadable(let path, _) = notice { URL(fileURLWithPath: path).lastPathComponent } else { nil }
    }
    #expect(told.sorted() == ["cut.png", "text.jpg"])
    let again = try dataset.open { $0.memory = 0 }
    #expect(try (0..<30).flatMap { levels(try again.batch($0).a) } == shown)
  }

  @Test("A domain of broken images is refused") func domainBrokenImagesRefused() throws {
    let dataset = try TinyDataset(a: 0)
    for index in 0..<20 {
      try dataset.write(
        "trainA/\(index).png", Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]))
    }
    let error = #expect(throws: DataError.self) { try dataset.open() }
    #expect(
      error?.description.contains("none of its 20 images can be read; the first error is 0.png:") == true)
  }

  @Test("The training side is the most common side of the images, not that of the first")
  func usualSide() throws {
    let dataset = try TinyDataset(a: 4, b: 4, side: 48)
    try dataset.add("trainA/00.png", side: 400, height: 300, level: 1)
    try dataset.add("trainB/00.png", side: 16, level: 1)
    #expect(TrainingSide.infer(from: dataset.url) == 48)
    #expect(TrainingSide.infer(from: dataset.folder.appending("absent")) == nil)
  }

  @Test("Folders in folders are read") func foldersInFoldersRead() throws {
    let dataset = try TinyDataset(a: 1)
    try dataset.add("trainA/x/y/deep.png", level: 25)
    let data = try dataset.open()
    #expect(data.count(.a) == 2)
    #expect(data.fixedImages(2, of: .a, from: .train).map(\.name) == ["trainA/0.png", "trainA/x/y/deep.png"])
  }
}

struct DataAugmentationTests {
  /// An image whose red is the column and whose green is the row.
  private func ramp(_ side: Int) -> ImageBuffer {
    ImageBuffer(
      width: side, height: side, format: .rgb,
      bytes: (0..<side * side).flatMap { [UInt8($0 % side), UInt8($0 / side), 7] })
  }

  @Test("Sizes are the published ones") func sizesPublishedOnes() {
    #expect(Augmentation(side: 256).loadSide == 286)
    #expect(Augmentation(side: 128).loadSide == 143)
    #expect(Augmentation(side: 64).loadSide == 72)
    #expect(Augmentation(side: 64, isOn: false).loadSide == 64)
  }

  @Test("Crops and flips are exact") func partsMirrorsExact() {
    let augmentation = Augmentation(side: 32)
    let image = ramp(augmentation.loadSide)
    for draw in [Augmentation.Draw(flips: false, x: 3, y: 1), .init(flips: true, x: 4, y: 0)] {
      let planes = [Float](unsafeUninitializedCapacity: 3 * 32 * 32) { buffer, count in
        augmentation.fill(.init(rebasing: buffer[0..<3 * 32 * 32]), from: image, draw)
        count = 3 * 32 * 32
      }
      let expected = (draw.flips ? image.upright(from: .topRight) : image)
        .cropped(x: draw.x, y: draw.y, width: 32, height: 32)
      #expect(planes == Pixels.planes(expected))
      #expect(Pixels.image(planes, width: 32, height: 32) == expected)
    }
  }

  @Test("Draws cover every crop position and both flips") func drawsCoverEveryPlace() {
    let augmentation = Augmentation(side: 64)
    var (flips, places) = (0, [Int](repeating: 0, count: 9 * 9))
    for number in 0..<8100 {
      var random = CounterRandom(5, 0, 3, UInt64(number))
      let draw = augmentation.draw(&random)
      flips += draw.flips ? 1 : 0
      places[draw.y * 9 + draw.x] += 1
    }
    #expect((3900...4200).contains(flips))
    #expect((places.min() ?? 0) > 60 && (places.max() ?? 0) < 150)
  }

  @Test("Levels become the same floats as in torchvision") func levelsBecomeFloats() {
    #expect(Pixels.signed[0] == -1 && Pixels.signed[255] == 1)
    // (x / 255 - 0.5) / 0.5 in float32, computed with numpy.
    let some: [Float] = [Pixels.signed[1], Pixels.signed[127], Pixels.signed[200]]
    #expect(some == [-0.99215686, -0.0039215684, 0.5686275])
  }

  @Test("Values outside the range and NaN become valid pixels") func valuesBeyondRangeNot() {
    let image = Pixels.image([-5, 5, .nan, .infinity, 0, -1], width: 1, height: 2)
    #expect(image.bytes == [0, 0, 128, 255, 255, 0])
  }

  @Test("Flipping before or after resizing differs by at most one level") func mirroringBeforeOrAfter()
    throws
  {
    var random = CounterRandom(1)
    let image = ImageBuffer(
      width: 50, height: 50, format: .rgb, bytes: (0..<7500).map { _ in UInt8(random.below(256)) })
    let size = PixelSize(width: 56, height: 56)
    let before = image.upright(from: .topRight).resized(to: size, .antialiasedBilinear)
    let after = image.resized(to: size, .antialiasedBilinear).upright(from: .topRight)
    let difference = zip(before.bytes, after.bytes).map { abs(Int($0) - Int($1)) }.max()
    #expect(try #require(difference) <= 1)
  }
}
