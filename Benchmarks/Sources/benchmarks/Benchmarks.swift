import Foundation
import Glibc

/// The benchmarks by name; without arguments all of them run.
///
/// Each compares Easel with what a person would use instead, in one run and in turns, because machines are noisy, and
/// prints medians and their ratio.
@main struct Benchmarks {
  static let all: [(name: String, what: String, run: @Sendable () async throws -> Void)] = [
    ("startup", "easel --help beside an empty Swift program", { try Startup.run() }),
    (
      "crop", "the crop stage beside its parts, and beside a Python and OpenCV script with the same detector",
      { try await CropSpeed.run() }
    ),
    ("crop-memory", "easel crop with a thousand and with ten thousand photographs", { try CropMemory.run() }),
    (
      "mask", "the masks of every method, and of OpenCV's GrabCut, beside the true alpha",
      { try MaskQuality.run() }
    ),
    (
      "mask-learning", "the masks of one style before and after ten of them were corrected",
      { try MaskLearningProof.run() }
    ),
    ("curate", "the measures beside damage of known size", { try QualityTruth.run() }),
    ("duplicates", "finding copies beside imagededup", { try await DuplicateSpeed.run() }),
    ("faces", "the search for candidates of copies among many faces", { try await FaceSearchSpeed.run() }),
    ("gather", "joining and curating many samples", { try GatherSpeed.run() }),
    ("curation", "copies, leaks and damage in pictures whose truth is known", { try CurationTruth.run() }),
    (
      "train", "easel train's start, steps, memory and loader, and UGATIT-pytorch's",
      { try TrainingSpeed.run() }
    ),
    ("step", "one training step beside the published order of work", { try StepSpeed.run() }),
  ]

  static func main() async throws {
    let wanted = CommandLine.arguments.dropFirst()
    for name in wanted where !all.contains(where: { $0.name == name }) {
      print("there is no benchmark \(name): \(all.map(\.name).joined(separator: ", "))")
      exit(64)
    }
    print(Machine.description)
    for benchmark in all where wanted.isEmpty || wanted.contains(benchmark.name) {
      print("\n\(benchmark.name): \(benchmark.what)")
      try await benchmark.run()
    }
  }
}

/// What the numbers were measured on.
enum Machine {
  static var description: String {
    let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
      .split(separator: "\n").first { $0.hasPrefix("model name") }?
      .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first
    return
      "\(cpu ?? "unknown processor"), \(ProcessInfo.processInfo.activeProcessorCount) cores, load \(load ?? "?")"
  }
}

/// Runs and times whole processes.
enum Command {
  /// Why a command gave no time.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Seconds until the command ends.
  ///
  /// - Throws: `Failure` where it ends with another status than 0 and 2.
  @discardableResult
  static func time(_ program: String, _ arguments: [String]) throws -> Double {
    var memory = 0
    return try time(program, arguments, memory: &memory)
  }

  /// Seconds that have passed.
  static func seconds(since start: ContinuousClock.Instant) -> Double {
    let took = start.duration(to: .now).components
    return Double(took.seconds) + Double(took.attoseconds) * 1e-18
  }

  /// Seconds until the command ends.
  ///
  /// - Parameters:
  ///   - program: Its path, or its name on PATH.
  ///   - arguments: Its arguments.
  ///   - memory: Becomes the most bytes that it had in memory.
  /// - Returns: Seconds.
  /// - Throws: `Failure` where it ends with another status than 0 and 2.
  static func time(_ program: String, _ arguments: [String], memory: inout Int) throws -> Double {
    // Foundation's Process notices an end up to 50 ms late, which is longer than a start takes.
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    // Swift's threads block signals, and a child that inherits that cannot end its own children.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var pointers = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var process = pid_t()
    let start = ContinuousClock.now
    let code = posix_spawnp(&process, program, &actions, &attributes, &pointers, environ)
    guard code == 0 else { throw Failure(description: "\(program): \(String(cString: strerror(code)))") }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
    let took = seconds(since: start)
    memory = usage.ru_maxrss * 1024
    guard status & 0x7F == 0, [0, 2].contains(status >> 8) else {
      throw Failure(
        description: "\(program) \(arguments.joined(separator: " ")) ended with status \(status)")
    }
    return took
  }

  /// The built program `name` of the release build.
  static func easel(_ name: String = "easel") throws -> String {
    let path = FileManager.default.currentDirectoryPath + "/.build/release/\(name)"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Failure(
        description: "\(path) is not there: swift build -c release, and run this in the project's folder")
    }
    return path
  }
}

/// The middle of some numbers.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? .nan : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Prints two medians of seconds and how many times faster the first is, from pairs measured in turns.
func report(_ name: String, _ first: [Double], _ other: String, _ second: [Double], unit: String) {
  let ratios = zip(first, second).map { $1 / $0 }
  print(
    String(
      format: "  %@: %.3f %@, %@: %.3f %@; %.2f times as fast (%.2f to %.2f over %d pairs)", name,
      median(first), unit, other,
      median(second), unit, median(ratios), ratios.min() ?? .nan, ratios.max() ?? .nan, ratios.count))
}
