import ArgumentParser
import Crop
import Dataset
import Foundation
import Models
import Preparation
import Subprocess
import Terminal

/// `easel doctor`: checks the machine for the programs and models that Easel uses.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "List which programs, models and GPUs this machine has, and how to get the others.")

  @OptionGroup var models: ModelOptions

  /// The benefit of each optional model; measured on 200 selfies, 100 press photos and 39 anime faces.
  private static let gains = [
    ("centerface", "finds the face in 100 % of selfies instead of 92 %, with the eyes that level the crop"),
    ("sinet", "70 % of the masks of photos can be used without correction, instead of 27 %"),
    ("animeface", "finds anime faces with eyes, nose, mouth and chin"),
    ("lbp-anime", "finds anime faces that animeface misses: both find 39 of 39, animeface alone 31"),
    ("mobilefacenet", "keeps all photos of a person in the same split, training or test"),
  ]

  func run() async throws {
    var table = TextTable(["", "what", "where, or how to get it"])
    var isWhole = true
    func add(_ name: String, _ found: String?, else remedy: String, isNeeded: Bool = true) {
      if found == nil && isNeeded { isWhole = false }
      table.add([found != nil ? "ok" : isNeeded ? "missing" : "-", name, found ?? remedy])
    }
    let store = models.store
    add("ffmpeg, to read videos", VideoFrames.program?.path, else: "apt-get install ffmpeg")
    add(
      "easel-train, to train", TrainerLauncher.trainer,
      else: "apt-get install ./easel-train_*.deb, or swift build -c release --product easel-train")
    for (purpose, domain) in [("a detector for photos", Domain.a), ("a detector for anime", .b)] {
      let names = CropSettings.detectors(for: domain)
      let found = names.compactMap { name in store.locate(name).map { "\(name): \($0.path)" } }.first
      add(purpose, found, else: "easel models fetch \(names[0])")
    }
    for line in await diagnosis().lines {
      table.add([line.found != nil ? "ok" : "-", line.name, line.found ?? line.remedy])
    }
    Console.print(table.text)
    for (name, gain) in Self.gains where store.locate(name) == nil {
      Console.print("easel models fetch \(name): \(gain)")
    }
    if !isWhole { throw ExitStatus.failure }
  }

  /// What the driver, nvidia-smi and easel-train report about the GPU.
  private func diagnosis() async -> GPUDiagnosis {
    let isInstalled = TrainerLauncher.trainer != nil
    return GPUDiagnosis(
      driver: try? String(contentsOfFile: GPUDiagnosis.driverFile, encoding: .utf8),
      cards: await output("nvidia-smi", GPUDiagnosis.cardArguments),
      trainer: isInstalled ? await output("easel-train", ["check-device", "--list", "--json"]) : nil)
  }

  /// The output of a program; nil if it could not be started.
  private func output(_ program: String, _ arguments: [String]) async -> GPUDiagnosis.Output? {
    // easel starts the easel-train beside it, else the one on the PATH.
    let beside = TrainerLauncher.trainer.map {
      URL(fileURLWithPath: $0).deletingLastPathComponent().path + ":"
    }
    let path = (beside ?? "") + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let result = try? await Subprocess.run(
      .name(program), arguments: Arguments(arguments), environment: .inherit.updating(["PATH": path]),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    guard let result else { return nil }
    let status: Int32 = if case .exited(let code) = result.terminationStatus { code } else { -1 }
    return GPUDiagnosis.Output(
      status: status, output: result.standardOutput, errors: result.standardError)
  }
}
