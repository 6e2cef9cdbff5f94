import Dataset
import Foundation

/// What `easel doctor` reports about the GPU: driver, card, and whether `easel-train` can use it.
///
/// It is computed from the driver's version file, the output of nvidia-smi, and that of `easel-train check-device --list --json`.
public struct GPUDiagnosis: Equatable {
  /// One line of the report.
  public struct Line: Equatable {
    /// What is reported, such as `GPU`.
    public let name: String
    /// What was found; nil if it is missing.
    public let found: String?
    /// What to do if it is missing.
    public let remedy: String

    init(_ name: String, _ found: String?, else remedy: String = "") {
      (self.name, self.found, self.remedy) = (name, found, remedy)
    }
  }

  /// The output of a program.
  public struct Output: Equatable {
    /// The exit status.
    public let status: Int32
    /// What it wrote to standard output.
    public let output: String
    /// What it wrote to standard error.
    public let errors: String

    /// The output of a program that ended.
    public init(status: Int32, output: String, errors: String = "") {
      (self.status, self.output, self.errors) = (status, output, errors)
    }
  }

  /// The arguments of nvidia-smi whose output is read.
  public static let cardArguments = [
    "--query-gpu=name,memory.total,compute_cap", "--format=csv,noheader,nounits",
  ]

  /// The file in which the driver's version is stored.
  public static let driverFile = "/proc/driver/nvidia/version"

  /// The lines of the report.
  public private(set) var lines: [Line] = []

  /// The report.
  ///
  /// - Parameters:
  ///   - driver: The text of `driverFile`; nil if there is none.
  ///   - cards: The output of nvidia-smi; nil if it is not installed.
  ///   - trainer: The output of `easel-train check-device --list --json`; nil if easel-train is not installed.
  public init(driver: String?, cards: Output?, trainer: Output?) {
    let version = driver.flatMap(Self.version)
    let names = cards.map { $0.status == 0 ? Self.cards($0.output) : [] } ?? []
    let hasGPU = version != nil || !names.isEmpty
    var lines = [
      Line(
        "NVIDIA driver, to train on a GPU", version,
        else: "no NVIDIA GPU is used: training runs on the processor, for weeks at 256 pixels")
    ]
    defer { self.lines = lines }
    if hasGPU {
      let failure = cards.map { $0.status == 0 ? "" : Self.firstLine($0.output + $0.errors) } ?? ""
      let reason =
        cards == nil ? "nvidia-smi is not installed" : failure.isEmpty ? "no GPU was found" : failure
      lines += names.isEmpty ? [Line("GPU", nil, else: reason)] : names.map { Line("GPU", $0) }
    }
    guard let trainer else { return }
    let listing = try? JSONDecoder().decode(DeviceListing.self, from: Data(trainer.output.utf8))
    guard trainer.status == 0, let listing else {
      let reason = Self.firstLine(trainer.errors.isEmpty ? trainer.output : trainer.errors)
      // The status with which the dynamic linker ends a program whose libraries are missing.
      let library = trainer.status == 127
      lines.append(
        Line(
          "libtorch of easel-train", nil,
          else: (reason.isEmpty ? "easel-train ended with status \(trainer.status)" : reason)
            + (library
              ? ": add the folder of torch's libraries to LD_LIBRARY_PATH, or use scripts/bundle.sh" : "")
        ))
      return
    }
    lines.append(Line("libtorch of easel-train", listing.libtorchText))
    guard hasGPU else { return }
    let remedy =
      !listing.cuda
      ? "make cuda; then put .build-cuda/release/easel-train on the PATH"
      : "easel-train was built with CUDA and finds no GPU: CUDA 13 needs driver 580 or newer, and "
        + "CUDA_VISIBLE_DEVICES must not be empty"
    let devices = listing.devices.map { device in
      let fast = (Double(device.capability) ?? 0) >= 8 ? "bf16" : "fp16"
      return "\(device.text); use precision: \(fast)"
    }
    lines +=
      devices.isEmpty
      ? [Line("GPU for easel-train", nil, else: remedy)] : devices.map { Line("GPU for easel-train", $0) }
  }

  /// The version in a text such as `NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.159.04  Tue ...`.
  private static func version(_ text: String) -> String? {
    text.split(separator: "\n").first?.split(separator: " ").map(String.init).first {
      let parts = $0.split(separator: ".", omittingEmptySubsequences: false)
      return parts.count > 1 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
    }
  }

  /// The cards in nvidia-smi's lines of name, MiB and capability.
  private static func cards(_ text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3 else { return nil }
      return "\(cells[0]), capability \(cells[2]), \(cells[1]) MiB"
    }
  }

  private static func firstLine(_ text: String) -> String {
    text.split(separator: "\n").first.map(String.init) ?? ""
  }
}
