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

  /// What a model that is missing would bring, in words; measured on 200 selfies, 100 press photos and 39 drawn faces.
  private static let gains = [
    ("centerface", "finds the face in 100 % of selfies instead of 92 %, and its eyes for levelling"),
    ("sinet", "70 % of the masks of photographs are usable as they are, instead of 27 %"),
    ("animeface", "finds drawn faces with eyes, nose, mouth and chin"),
    ("lbp-anime", "finds drawn faces that animeface misses: 39 of 39 together, instead of 31"),
    ("mobilefacenet", "keeps photographs of one person on one side of training and test"),
  ]

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
    for (name, gain) in Self.gains where store.locate(name) == nil {
      Console.print("easel models fetch \(name): \(gain)")
    }
    if !isWhole { throw ExitStatus.failure }
  }
}
