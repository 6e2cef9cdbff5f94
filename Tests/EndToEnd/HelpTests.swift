import Foundation
import TestSupport
import Testing

/// The help of every command is compared with `Tests/EndToEnd/Help`; `make help-texts` writes these files again.
@Suite struct HelpTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Help")

  /// The commands that a program's help lists, each with its subcommands.
  private static func commands(of arguments: [String]) throws -> [[String]] {
    let help = try Program("easel").run(arguments + ["--help"]).output
    guard let list = help.range(of: "SUBCOMMANDS:") else { return [arguments] }
    let names = help[list.upperBound...].split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
      return line.split(separator: " ").first.map(String.init)
    }
    return [arguments]
      + (try names.filter { $0 != "help" && $0 != "See" }.flatMap { try commands(of: arguments + [$0]) })
  }

  @Test("The help text of each command is the committed one")
  func committedHelp() throws {
    let update = ProcessInfo.processInfo.environment["EASEL_WRITE_HELP"] == "1"
    var files: Set<String> = []
    for command in try Self.commands(of: []) {
      let name = (["easel"] + command).joined(separator: "-") + ".txt"
      files.insert(name)
      let help = try Program("easel").run(command + ["--help"], environment: ["COLUMNS": "80"])
      #expect(help.status == 0, "\(help.talk)")
      let file = Self.folder.appendingPathComponent(name)
      if update { try Data(help.output.utf8).write(to: file) }
      let committed = try? String(contentsOf: file, encoding: .utf8)
      #expect(help.output == committed, "\(name) differs: look at it, then run make help-texts")
    }
    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)) == files)
    #expect(files.count > 15)
  }
}
