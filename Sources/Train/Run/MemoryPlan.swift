import Dataset
import Foundation
import Tensors

/// An estimate of the memory and disk space that a run needs; a run that does not fit is refused before its first step.
struct MemoryPlan {
  /// The bytes of all six networks' weights, gradients and moments, and of the activations of one step.
  let bytes: Int
  /// The bytes of one checkpoint: weights and both moments of all six networks, and the moving average if kept.
  let checkpointBytes: Int

  /// The estimate for a run with convolutions in `dtype`; `averages` is whether it keeps a moving average.
  init(_ architecture: Architecture, batch: Int, dtype: DType = .float32, averages: Bool = false) {
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
    let state = (generator * 2 + discriminator * 2) * 4 * 4 + (averages ? generator * 2 * 4 : 0)
    // Measured: a step at side 256 and width 64 needs about 1.6 GB of activations, and 1.3 GB in 16 bits on a GPU.
    let perImage = dtype.size == 2 ? 1.3e9 : 1.6e9
    let activations = perImage * Double(side * side) / 65536 * Double(width) / 64 * Double(batch)
    bytes = Int(state + activations)
    // Weights and two moments, 4 bytes each; gradients are not saved.
    checkpointBytes = Int(
      (generator * 2 + discriminator * 2) * 3 * 4 + (averages ? generator * 2 * 4 : 0))
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
