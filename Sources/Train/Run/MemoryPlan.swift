import Dataset
import Foundation
import Tensors

/// An estimate of the memory and disk space that a run needs; a run that does not fit is refused before its first step.
struct MemoryPlan {
  /// The bytes of all six networks' weights, gradients and moments, and of the activations of one step.
  let bytes: Int
  /// The bytes of one checkpoint: weights and both moments of all six networks, and the moving average if kept.
  let checkpointBytes: Int

  /// The estimate for a run; `averages` is whether it keeps a moving average, and `exchanges` whether several processes
  /// exchange gradients.
  init(
    _ architecture: Architecture, batch: Int, precision: Precision = .float32, device: Device = .cpu,
    averages: Bool = false, exchanges: Bool = false
  ) {
    let (width, side) = (architecture.width, architecture.side)
    // The number of parameters grows with the square of the width; a light U-GAT-IT generator has 10.6 million at width 64.
    // The full model's first linear layer also grows with the size of the map.
    let scale = Double(width * width) / Double(architecture.model.isPhoto2cartoon ? 32 * 32 : 64 * 64)
    var generator = (architecture.model.isPhoto2cartoon ? 3.83e6 : 10.59e6) * scale
    let discriminator = (architecture.model.isPhoto2cartoon ? 14.12e6 : 56.42e6) * scale
    if !architecture.model.isLight {
      let channels = Double(width * 4)
      generator += channels * channels * Double(side / 4 * side / 4)
    }
    let parameters = generator * 2 + discriminator * 2
    // The size of an image's feature maps, relative to 256 pixels and width 64.
    let image = Double(side * side) / 65536 * Double(width) / 64
    let cost = Cost(precision, on: device)
    // The discriminators' gradients are exchanged as one array.
    let exchanged = exchanges ? discriminator * 2 * 4 : 0
    bytes = Int(
      parameters * cost.parameter + (averages ? generator * 2 * 4 : 0) + exchanged + cost.fixed
        + image * (cost.workspace + cost.image * Double(batch)))
    // Weights and two moments, 4 bytes each; gradients are not saved.
    checkpointBytes = Int(
      (generator * 2 + discriminator * 2) * 3 * 4 + (averages ? generator * 2 * 4 : 0))
  }

  /// The bytes that a step needs: fixed, for each parameter, and for images of 256 pixels at width 64.
  ///
  /// Measured with ugatit-light at 64, 128 and 256 pixels and batches of 1 and 8, and with ugatit, on an H100 and on a CPU;
  /// rounded up, so that the estimate is a little larger than each measurement.
  private struct Cost {
    /// Weights, gradients and two moments in float32, and on 16-bit devices copies of the weights.
    var parameter = 16.0
    /// libtorch itself, and buffers that do not depend on the images.
    var fixed = 0.4e9
    /// The activations and gradients of one image of each domain.
    var image: Double
    /// cuDNN's buffers for convolutions, independent of the batch.
    var workspace = 0.0

    init(_ precision: Precision, on device: Device) {
      switch (device, precision.dtype.size) {
      case (.cpu, 2): (parameter, image) = (18, 1.4e9)
      case (.cpu, _): image = 2.1e9
      case (_, 2): (parameter, fixed, image) = (20, 0.2e9, 1.25e9)
      default: (fixed, image, workspace) = (0.2e9, 2.5e9, precision == .tf32 ? 0 : 1.8e9)
      }
    }
  }

  /// Compares the estimate with the free memory of `device`, which is the host's or the GPU's.
  ///
  /// - Throws: `TrainError.memory` if the run does not fit.
  func check(_ device: Device) throws {
    let available: Int?
    if case .cuda = device {
      available = (try? device.memory()).map { Int($0.available) }
    } else {
      available = MemoryPlan.available
    }
    guard let available, bytes > available else { return }
    throw TrainError.memory(needed: bytes >> 20, available: available >> 20)
  }

  /// A warning if the disk of `folder` has too little space for `count` checkpoints; nil if it has enough.
  ///
  /// - Throws: `TrainError.disk` if it has no space for one checkpoint.
  func diskWarning(_ folder: URL, checkpoints count: Int) throws -> String? {
    guard let values = try? folder.resourceValues(forKeys: [.volumeAvailableCapacityKey]),
      let free = values.volumeAvailableCapacity
    else { return nil }
    return try diskWarning(folder, checkpoints: count, free: free)
  }

  /// As above, on a disk with `free` bytes free.
  func diskWarning(_ folder: URL, checkpoints count: Int, free: Int) throws -> String? {
    guard free >= checkpointBytes else {
      throw TrainError.disk(folder.path, needed: checkpointBytes >> 20, available: free >> 20)
    }
    let needed = checkpointBytes * count
    guard free < needed else { return nil }
    return
      "the disk of \(folder.path) has \(free >> 20) MiB free, and \(count) checkpoints need about \(needed >> 20) MiB: "
      + "free space, or lower train.keep"
  }

  /// The host's available memory in bytes; nil if the system does not report it.
  static var available: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
