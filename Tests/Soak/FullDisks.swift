import Foundation
import TestSupport
import Testing

/// Fills a small disk during `easel run`; the run must end with a sentence, and complete after space is free again.
///
/// The disk is a tmpfs, so this part needs root; for other users it is counted as skipped.
struct FullDisks {
  let unbroken: KilledRuns

  func round(_ random: inout SplitMix64, _ counts: inout [String: Int]) throws {
    guard getuid() == 0 else {
      counts["full disks skipped (needs root)", default: 0] += 1
      return
    }
    let bench = try KilledRuns.bench()
    let disk = bench.output
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    let size = Int.random(in: 64...3000, using: &random)
    guard try mount("tmpfs", "-t", "tmpfs", "-o", "size=\(size)k", at: disk) else {
      counts["full disks skipped (no mount)", default: 0] += 1
      return
    }
    defer { _ = try? Program(path: "/usr/bin/umount").run([disk.path]) }
    let first = try bench.run("run", "--quiet", killAfter: 300)
    #expect((0...2).contains(first.status), "\(size) kB: ended with \(first.status): \(first.talk)")
    if first.status == 1 {
      #expect(first.talk.contains("o space") || first.talk.contains("full"), "\(size) kB: \(first.talk)")
      counts["full disks named in a sentence", default: 0] += 1
    }
    #expect(try mount("tmpfs", "-o", "remount,size=64m", at: disk))
    let second = try bench.run("run", "--quiet")
    #expect([0, 2].contains(second.status), "\(second.talk)")
    let files = try KilledRuns.result(of: bench)
    #expect(unbroken.dataset.allSatisfy { files[$0.key] == $0.value }, "\(size) kB: the dataset differs")
    counts["datasets finished after a full disk", default: 0] += 1
  }

  private func mount(_ arguments: String..., at disk: URL) throws -> Bool {
    try Program(path: "/usr/bin/mount").run(arguments + [disk.path]).status == 0
  }
}
