import Foundation
import TestSupport
import Testing

@Suite struct SettingsPageTests {
  @Test("docs/settings.md shows the file that init writes; make help-texts writes it again")
  func settingsPage() throws {
    let bench = try Workbench()
    #expect(try bench.run("init").status == 0)
    let file = try String(contentsOf: bench.folder.appending("datasets.yaml"), encoding: .utf8)
    let page = """
      # Settings

      `easel init` writes this file. Every key has a default; leave out what you do not change. A key that is not known is an
      error, which names the line and the nearest known key. `--set KEY=VALUE` overrides a key on the command line, as in
      `--set train.steps=200`. The settings that were used are saved as `settings.yaml` with every output.

      ```yaml
      \(file)```

      """
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/settings.md").standardizedFileURL
    if ProcessInfo.processInfo.environment["EASEL_WRITE_HELP"] == "1" { try Data(page.utf8).write(to: url) }
    #expect(try String(contentsOf: url, encoding: .utf8) == page)
  }
}
