import Foundation
import Review
import Subprocess

/// Translates an image with a checkpoint for the review page, by running `easel translate --prepare`.
///
/// Only one image is translated at a time, because each needs the memory of a network and a training may be running too.
actor TranslationTrial: PictureTrial {
  private let models: String?

  /// Uses the models in the folder `models`, or in the default places if nil.
  init(models: String?) { self.models = models }

  func translate(_ picture: Data, step: Int, isAToB: Bool, run: URL) async throws -> Data {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("easel-try-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (input, output) = (folder.appendingPathComponent("picture.jpg"), folder.appendingPathComponent("out"))
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try picture.write(to: input)
    var arguments = [
      "translate", input.path, "--run", run.path, "--step", "\(step)", "--to", output.path, "--prepare",
      "--side-by-side", "--cam", "--direction", isAToB ? "AtoB" : "BtoA", "--quiet",
    ]
    if let models { arguments += ["--models", models] }
    // The path of this program.
    let own = URL(
      fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        ?? "easel")
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let said: String
    do {
      let result = try await Subprocess.run(
        .name(own.lastPathComponent), arguments: Arguments(arguments),
        environment: .inherit.updating(["PATH": "\(own.deletingLastPathComponent().path):\(path)"]),
        output: .discarded, error: .string(limit: 1 << 16))
      said = result.standardError
    } catch let error as SubprocessError {
      throw TrialError("easel translate cannot be started: \(error.description)")
    }
    let results = (try? FileManager.default.contentsOfDirectory(atPath: output.path)) ?? []
    guard let first = results.sorted().first(where: { $0.hasSuffix(".png") }) else {
      let lines = said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      throw TrialError(lines.last { !$0.isEmpty } ?? "no face was found in the picture")
    }
    return try Data(contentsOf: output.appendingPathComponent(first))
  }
}
