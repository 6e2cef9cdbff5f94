import ArgumentParser
import Dataset
import Export
import Foundation
import Terminal

/// `easel export`: writes the dataset in another format.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the dataset in a format of other programs.",
    discussion: """
      imagefolder is for Hugging Face's datasets, webdataset for the library of that name, coco for pycocotools and \
      croissant for mlcroissant; csv is a table beside the images, and --lists writes lists in CelebA's format. The \
      command reads only the published dataset and does not change it.
      """)

  /// The values of --format.
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case imagefolder, webdataset, coco, csv, croissant
  }

  @Argument(help: "The dataset's folder (default: the settings file's output).") var dataset: String?
  @Option(help: "The format.") var format: Form?
  @Flag(help: "Write lists in CelebA's format.") var lists = false
  @Option(help: "The folder to create (default: <dataset>-<format> beside the dataset).") var to: String?
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if (format == nil) != lists { throw ValidationError("give either --format or --lists") }
  }

  func run() async throws {
    let folder = try dataset.map { URL(fileURLWithPath: $0) } ?? options.load().output
    let export = DatasetExport(
      OutputFolder(folder), as: format.flatMap { ExportFormat(rawValue: $0.rawValue) } ?? .lists,
      to: to.map { URL(fileURLWithPath: $0, isDirectory: true) })
    if common.dryRun {
      let plan = try export.check()
      Console.print("export: would write \(plan.samples) images to \(plan.folder.path)")
      return
    }
    let result = try export.write(reporter: common.makeReporter())
    if !common.json { Console.print(result.folder.path) }
  }
}
