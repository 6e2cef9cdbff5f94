@testable import Curate
import Foundation
import Glibc
import Imaging

/// Near-duplicates beside PyPI's imagededup: how fast hashes are made and searched, and which copies are found.
///
/// The script needs imagededup (its network, and so torch, is not used); name a Python that has it in
/// EASEL_BENCH_DEDUP. Without it Easel's own numbers are printed alone.
enum DuplicateSpeed {
  static func run() async throws {
    try await search()
    guard let data = ProcessInfo.processInfo.environment["EASEL_TEST_DATA"] else {
      print("  skipped the rest: EASEL_TEST_DATA does not name the test data")
      return
    }
    try await hashing(data + "/selfie2anime/trainA")
    for folder in ["trainA", "trainB"] {
      try await copies(of: data + "/selfie2anime/\(folder)", more: folder == "trainB" ? "/testB" : "")
    }
  }

  /// All pairs within 8 bits among random hashes, of which one in a hundred has a planted neighbour.
  private static func search() async throws {
    for count in [10_000, 100_000, 1_000_000] {
      var random = SystemRandomNumberGenerator()
      var bits = (0..<count - count / 100).map { _ in random.next() }
      for index in 0..<count / 100 {
        var near = bits[index]
        for _ in 0..<index % 9 { near ^= 1 << (random.next() % 64) }
        bits.append(near)
      }
      let hashes = bits.map { PerceptualHash(bits: $0) }
      let (count, start) = (hashes.count, ContinuousClock.now)
      var (found, planted) = (0, Set<Int>())
      try await NearHashSearch(hashes, within: 8).find(jobs: 2) { pairs in
        found += pairs.count
        for (first, second) in pairs where second - first == count - count / 100 { planted.insert(first) }
      }
      let took = seconds(since: start)
      let theirs = try script(["search", "\(count)"])
      print(
        String(
          format: "  %d hashes: %.2f s on 2 cores, %d pairs, %d of %d planted, %d MB at most; imagededup: %@",
          count,
          took, found, planted.count, count / 100, peak() >> 20, theirs))
    }
  }

  /// Files to hashes, as many at a time as there are cores.
  private static func hashing(_ folder: String) async throws {
    let files = try names(folder)
    let start = ContinuousClock.now
    let hashes = try await withThrowingTaskGroup(of: Int.self) { group in
      for part in 0..<2 {
        group.addTask {
          var count = 0
          for at in stride(from: part, to: files.count, by: 2) {
            count += PerceptualHash.all(of: try ImageFile.read(path: files[at]).image).count
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    print(
      String(
        format: "  hashing: %.0f images/s with 8 hashes each; imagededup's: %@",
        Double(hashes) / 8 / seconds(since: start), try script(["hash", folder])))
  }

  /// Five changed copies of 300 faces each, which must be found and nothing else.
  private static func copies(of folder: String, more: String) async throws {
    let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
    let files = Array((try names(folder) + (more.isEmpty ? [] : try names(parent + more))).prefix(300))
    let place = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-copies-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    var (prints, pictures, owners) = ([GrayThumbnail](), [ImageFingerprint](), [Int]())
    var found: [String: Int] = [:]
    for (number, file) in files.enumerated() {
      let image = try ImageFile.read(path: file).image.converted(to: .rgb)
      for (name, copy) in [("original", image)] + (try changed(image)) {
        try Data(copy.png()).write(to: place.appendingPathComponent("\(number)-\(name).png"))
        prints.append(GrayThumbnail(of: copy))
        pictures.append(ImageFingerprint(hashes: PerceptualHash.all(of: copy), pixels: "\(pictures.count)"))
        owners.append(number)
      }
    }
    let names =
      ["original"]
      + (try changed(ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [9, 9, 9])).map(\.0))
    let known = prints
    var comparisons = ComparisonCache(pictures, jobs: 2) { known[$0] }
    let pairs = try await DuplicateSearch(distance: 6, confirm: 0.95, jobs: 2).pairs(&comparisons)
    var wrong = 0
    for pair in pairs {
      guard owners[pair.first] == owners[pair.second] else {
        wrong += 1
        continue
      }
      if pair.first % names.count == 0 { found[names[pair.second % names.count], default: 0] += 1 }
    }
    let all = names.dropFirst().map { "\($0) \(found[$0] ?? 0)" }.joined(separator: ", ")
    let sum = found.values.reduce(0, +)
    print(
      String(
        format: "  copies of %d of %@: recall %.4f (%@), %d false pairs", files.count,
        URL(fileURLWithPath: folder).lastPathComponent, Double(sum) / Double(files.count * (names.count - 1)),
        all, wrong))
    print("    imagededup's phash: \(try script(["copies", place.path]))")
  }

  /// The changes: encoded at quality 40, halved, 3 % cropped away (in all, and at each side), brighter, with a caption bar.
  private static func changed(_ image: ImageBuffer) throws -> [(String, ImageBuffer)] {
    let side = image.width
    var caption = image
    caption.paste(
      ImageBuffer(width: side, height: side / 10, format: .rgb, filledWith: [0, 0, 0]), x: 0,
      y: side - side / 10)
    var bright = image
    bright.bytes = bright.bytes.map { UInt8(min(255, (Double($0) * 1.1).rounded())) }
    func cropped(_ trim: Int) -> ImageBuffer {
      image.cropped(x: trim, y: trim, width: side - 2 * trim, height: side - 2 * trim)
    }
    return [
      ("jpeg", try ImageCodec.decode(try image.jpeg(quality: 40)).image),
      ("half", image.resized(to: PixelSize(width: side / 2, height: side / 2))),
      ("crop", cropped(side * 3 / 200)), ("crop-each-side", cropped(side * 3 / 100)), ("bright", bright),
      ("caption", caption),
    ]
  }

  private static func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
  }

  /// What the script prints: one line.
  private static func script(_ arguments: [String]) throws -> String {
    guard let python = ProcessInfo.processInfo.environment["EASEL_BENCH_DEDUP"] else { return "not here" }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      [FileManager.default.currentDirectoryPath + "/Benchmarks/Sources/benchmarks/duplicates.py"] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func seconds(since start: ContinuousClock.Instant) -> Double {
    let took = start.duration(to: .now).components
    return Double(took.seconds) + Double(took.attoseconds) * 1e-18
  }

  /// The most memory that this process has had, in bytes.
  private static func peak() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) << 10
  }
}
