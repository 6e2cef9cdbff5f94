import ArgumentParser
import Foundation
import Models
import Terminal

/// `easel models`: lists and downloads models.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List the known models and download them.",
    subcommands: [ListModelsCommand.self, FetchModelCommand.self], defaultSubcommand: ListModelsCommand.self)
}

/// `easel models list`.
struct ListModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List each model with its task, size, licence, address, SHA-256, and whether it is installed.")

  @Flag(help: "Print one JSON object per line to stdout.") var json = false
  @OptionGroup var models: ModelOptions

  func run() throws {
    let store = models.store
    var table = TextTable(["name", "task", "size", "licence", "installed", "address"])
    for model in store.catalogue {
      let status = try store.status(of: model.name)
      if json {
        Console.print(ModelEvent(model, status).json)
        continue
      }
      table.add([
        model.name, model.task.rawValue, ModelsText.size(model.bytes), model.licence,
        ModelsText.status(status),
        model.files.first?.address.description ?? "",
      ])
      for file in model.files { table.add(["", "", "", "", "", "sha256 \(file.digest)  \(file.path)"]) }
    }
    if !json {
      Console.print(table.text)
      Console.say("searched: \(store.searchPath.map(\.path).joined(separator: ", "))")
    }
  }
}

/// `easel models fetch`.
struct FetchModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Download models, verify them, and install them.")

  @Argument(help: "Names from the list of easel models.") var names: [String]
  @Flag(name: .shortAndLong, help: "Print only errors.") var quiet = false
  @OptionGroup var models: ModelOptions

  func validate() throws {
    if names.isEmpty { throw ValidationError("name a model; easel models lists them") }
  }

  func run() async throws {
    let store = models.store
    for name in names {
      let isQuiet = quiet
      let files = try await store.fetch(name) { event in
        if case .downloading(let file) = event, !isQuiet {
          Console.say("fetching \(file.path) (\(ModelsText.size(file.bytes))) from \(file.address)")
        }
      }
      for file in files { Console.print(file.path) }
    }
  }
}

/// Texts about models.
enum ModelsText {
  static func size(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\((bytes + 999) / 1000) kB" : String(format: "%.1f MB", Double(bytes) / 1e6)
  }

  static func status(_ status: ModelStatus) -> String {
    switch status {
    case .missing: "no"
    case .present: "yes"
    case .different: "another file"
    case .unreadable: "unreadable"
    }
  }
}

/// A line of `easel models --json`.
private struct ModelEvent: Encodable {
  struct File: Encodable {
    var path: String
    var bytes: Int
    var sha256: String
    var address: String
  }

  var event = "model"
  var name: String
  var task: String
  var licence: String
  var status: String
  var files: [File]

  init(_ model: Model, _ status: ModelStatus) {
    (name, task, licence) = (model.name, model.task.rawValue, model.licence)
    self.status = ModelsText.status(status)
    files = model.files.map {
      File(path: $0.path, bytes: $0.bytes, sha256: $0.digest, address: $0.address.description)
    }
  }
}
