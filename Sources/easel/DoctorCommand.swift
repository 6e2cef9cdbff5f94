import ArgumentParser
import Crop
import Dataset
import Foundation
import Models
import Terminal

/// `easel doctor`: what this machine has and lacks.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Say what this machine has, what it lacks, and how to get it.")

  @OptionGroup var models: ModelOptions

  func run() throws {
    var table = TextTable(["", "what", "where or how"])
    var isWhole = true
    func add(_ name: String, _ found: String?, else remedy: String, isNeeded: Bool = true) {
      if found == nil && isNeeded { isWhole = false }
      table.add([found != nil ? "ok" : isNeeded ? "missing" : "-", name, found ?? remedy])
    }
    let store = models.store
    add("ffmpeg, reads videos", VideoFrames.program?.path, else: "apt-get install ffmpeg")
    add(
      "easel-train, trains", TrainerLauncher.trainer,
      else: "swift build -c release --product easel-train")
    for (purpose, names) in [
      ("a detector for photos", ["yunet", "centerface", "haar"]),
      ("a detector for anime", ["animeface", "lbp-anime"]),
    ] {
      let found = names.compactMap { name in store.locate(name).map { "\(name): \($0.path)" } }.first
      add(purpose, found, else: "easel models fetch \(names[0])")
    }
    Console.print(table.text)
    if !isWhole { throw ExitStatus.failure }
  }
}
