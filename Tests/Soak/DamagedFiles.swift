import Foundation
import TestSupport
import Testing

extension [UInt8] {
  /// The bytes after random damage: changed bytes, truncation, a repeated or a removed part.
  func damaged(_ random: inout SplitMix64) -> [UInt8] {
    guard count > 16 else { return self }
    var bytes = self
    let place = Int.random(in: 0..<bytes.count - 8, using: &random)
    let length = Int.random(in: 1...Swift.min(4096, bytes.count - place), using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0:
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
    case 1:
      // The header is most important, so it is damaged more often.
      for _ in 0..<4 {
        bytes[Int.random(in: 0..<Swift.min(64, bytes.count), using: &random)] = .random(
          in: 0...255, using: &random)
      }
    case 2: bytes.removeLast(bytes.count - place)
    case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
    default: bytes.removeSubrange(place..<place + length)
    }
    return bytes
  }
}

/// Damages images; each must be one item of the result, either done or failed with a reason.
struct DamagedImages {
  private let sources: [URL]

  init() throws {
    sources = try ["photos", "sprites", "backgrounds"].flatMap { folder in
      let url = Soak.samples.appendingPathComponent(folder)
      return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted().prefix(6)
        .map { url.appendingPathComponent($0) }
    }
  }

  func round(_ random: inout SplitMix64, _ counts: inout [String: Int]) throws {
    let bench = try Workbench()
    try FileManager.default.createDirectory(
      at: bench.folder.appending("in"), withIntermediateDirectories: true)
    for number in 0..<40 {
      let source = try #require(sources.randomElement(using: &random))
      let bytes = [UInt8](try Data(contentsOf: source)).damaged(&random)
      try bench.write(bytes, to: "in/\(number).\(source.pathExtension)")
    }
    for command in [["crop", "in", "--to", "crops"], ["mask", "in", "--to", "masks"]] {
      let result = try bench.easel.run(command + ["--json"], in: bench.folder.url, killAfter: 300)
      #expect([0, 2].contains(result.status), "\(command[0]) ended with \(result.status): \(result.talk)")
      let items = result.events.filter { $0["event"] as? String == "item" }
      #expect(
        Set(items.compactMap { $0["path"] as? String }).count == 40,
        "\(command[0]) named \(items.count) of 40 files")
      for item in items where item["status"] as? String == "failed" {
        #expect(item["why"] is String, "\(item) has no reason")
        counts["damaged pictures refused by \(command[0])", default: 0] += 1
      }
      counts["damaged pictures given to \(command[0])", default: 0] += 40
    }
  }
}

/// Damages weight files; `translate` must refuse them with a sentence or use them.
struct DamagedWeights {
  private let bench: Workbench
  private let files: [(name: String, bytes: [UInt8])]

  init(run bench: Workbench) throws {
    self.bench = bench
    for name in ["weights.pt", "weights.safetensors"] {
      let result = try bench.run("export-weights", "--run", "run", "--to", name)
      try #require(result.status == 0, "\(result.talk)")
    }
    files = try ["weights.pt", "weights.safetensors"].map {
      ($0, [UInt8](try Data(contentsOf: bench.folder.appending($0))))
    }
  }

  func round(_ random: inout SplitMix64, _ counts: inout [String: Int]) throws {
    for (name, bytes) in files {
      for _ in 0..<4 {
        try bench.write(bytes.damaged(&random), to: "damaged-\(name)")
        let result = try bench.easel.run(
          [
            "translate", "set/testA", "--weights", "damaged-\(name)", "--to", "translated", "--size", "32",
            "--jobs", "1",
          ],
          in: bench.folder.url, killAfter: 120)
        #expect((0...2).contains(result.status), "translate ended with \(result.status): \(result.talk)")
        #expect(result.status == 0 || result.talk.contains("damaged-\(name)"), "\(result.talk)")
        counts[result.status == 0 ? "damaged weights used" : "damaged weights refused", default: 0] += 1
      }
    }
  }
}
