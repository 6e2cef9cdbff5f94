import ArgumentParser
import Dataset
import Foundation
import Tensors
import Terminal
import Train

/// `easel check-device`.
struct CheckDeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-device",
    abstract: "Check that a device computes the training step as the processor does.",
    usage: "easel check-device [--device cuda] [--model MODEL] [--reference FOLDER]",
    discussion: """
      A few steps of small networks of all models start at the same weights and images on the device and, in fp32, on the \
      processor. The table shows the largest relative difference of a loss in the first step and in later steps, with \
      the limits. Adam's first steps keep only the sign of a gradient, so later losses differ more. A CUDA graph is \
      compared with the same steps without it, and so is, on a GPU, the exchange of gradients between processes. Exit \
      status 1 if a difference exceeds its limit.
      """)

  @Option(help: "auto, cpu, cuda or cuda:n.") var device = "auto"
  @Option(
    help: ArgumentHelp(
      "ugatit, ugatit-light, photo2cartoon or photo2cartoon-full; several are allowed (default: all)."),
    transform: parseModel)
  var model: [Architecture.Model] = []
  @Option(
    help: ArgumentHelp(
      "Also compare with the published programs' steps, train3_ugatit.safetensors and train3_p2c.safetensors in FOLDER.",
      valueName: "folder"))
  var reference: String?
  @Option(help: "The side of the images in pixels.") var size = 128
  @Option(help: "The number of channels in the first layer.") var width = 8
  @Option(help: "The number of steps on the device, at least 3.") var steps = 4
  @Flag(help: "Print libtorch's version and the devices that this build can use, and check nothing.")
  var list = false
  @Flag(help: "Print one JSON object a line.") var json = false

  func validate() throws {
    if let problem = Architecture(.ugatitLight, side: size, width: width).problem {
      throw ValidationError(problem)
    }
    if !(3...1000).contains(steps) { throw ValidationError("--steps must be from 3 to 1000") }
  }

  func run() throws {
    if list { return try listDevices() }
    let device = try Device(named: device)
    // cuDNN then uses the same kernels with and without a CUDA graph.
    try Torch.setDeterministic(true)
    var check = DeviceCheck(device)
    (check.side, check.width, check.steps) = (size, width, steps)
    var failures = 0
    func show(_ row: DeviceCheck.Row) {
      failures += row.passes ? 0 : 1
      if json { return printJSON(row) }
      // Each line as soon as it is known: some comparisons take a while.
      let result = row.error ?? (row.passes ? "PASS" : "FAIL\(row.term.map { " (\($0))" } ?? "")")
      printLine(
        [
          row.model, row.comparison, number(row.first), number(row.firstLimit), number(row.later),
          number(row.laterLimit), row.error == nil ? result : "FAIL: \(result)",
        ])
    }
    if !json { printLine(["model", "comparison", "first step", "limit", "later steps", "limit", ""]) }
    // First, because the folder can be wrong, and the other comparisons take a while.
    if let reference {
      try check.compareWithPublished(in: URL(fileURLWithPath: reference), report: show)
    }
    for model in model.isEmpty ? Architecture.Model.allCases : model {
      try check.compare(model, report: show)
    }
    // The exchange between processors has tests of its own.
    if device != .cpu { try check.compareExchange(report: show) }
    if !json {
      Console.print(failures == 0 ? "PASS" : "FAIL: \(failures) of the differences exceed their limits")
    }
    if failures > 0 { throw ExitStatus.failure }
  }

  private func printLine(_ columns: [String]) {
    let widths = [18, 42, 10, 7, 11, 7, 0]
    Console.print(
      zip(columns, widths).map { $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0) }
        .joined(separator: "  "))
  }

  private func number(_ value: Double?) -> String { value.map { String(format: "%.1e", $0) } ?? "-" }

  private func listDevices() throws {
    let listing = DeviceListing(
      libtorch: Torch.version, cuda: Torch.isBuiltWithCUDA,
      devices: try (0..<Torch.cudaDevices).compactMap { index in
        let device = Device.cuda(index)
        guard let name = try device.cardName(), let capability = try device.capability() else { return nil }
        return DeviceListing.Entry(
          device: device.description, name: name, capability: "\(capability.major).\(capability.minor)",
          memory: try device.memory().total)
      })
    if json { return printJSON(listing) }
    Console.print("libtorch \(listing.libtorchText)")
    for device in listing.devices { Console.print(device.text) }
  }
}

/// The model named `text`.
///
/// - Throws: `ValidationError` that lists the models.
func parseModel(_ text: String) throws -> Architecture.Model {
  guard let model = Architecture.Model(rawValue: text) else {
    let names = Architecture.Model.allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("--model must be one of \(names), not '\(text)'")
  }
  return model
}

/// Prints `value` as one line of JSON.
func printJSON(_ value: some Encodable) {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if let data = try? encoder.encode(value) { Console.print(String(decoding: data, as: UTF8.self)) }
}
