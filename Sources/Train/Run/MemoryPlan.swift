import Dataset
import Foundation
import Tensors

/// The memory and disk space that a run needs, so that a run that cannot fit is refused before its first step.
struct MemoryPlan {
  /// The bytes of weights, gradients and both moments of all six networks, and of what one step holds.
  let bytes: Int
  /// The bytes of one checkpoint: weights and both moments of all six networks, and the average.
  let checkpointBytes: Int

  /// The plan of a run, which may keep an average of the generators besides.
  init(_ architecture: Architecture, batch: Int, averages: Bool = false) {
    let (width, side) = (architecture.width, architecture.side)
    // Parameters grow with the square of the width (10.6 M, light, at 64; trainer networks' published counts), and the
    // full model's first linear layer with the map besides.
    let scale = Double(width * width) / Double(architecture.model.isPhoto2cartoon ? 32 * 32 : 64 * 64)
    var generator = (architecture.model.isPhoto2cartoon ? 3.83e6 : 10.59e6) * scale
    let discriminator = (architecture.model.isPhoto2cartoon ? 14.12e6 : 56.42e6) * scale
    if !architecture.model.isLight {
      let channels = Double(width * 4)
      generator += channels * channels * Double(side / 4 * side / 4)
    }
    let state = (generator * 2 + discriminator * 2) * 4 * 4 + (averages ? generator * 2 * 4 : 0)
    // Measured: a step at 256, width 64 holds about 1.6 GB; it grows with pixels, width and batch.
    let held = 1.6e9 * Double(side * side) / 65536 * Double(width) / 64 * Double(batch)
    bytes = Int(state + held)
    // Weights and two moments are three quarters of what is trained; gradients are not saved.
    checkpointBytes = Int(
      (generator * 2 + discriminator * 2) * 3 * 4 + (averages ? generator * 2 * 4 : 0))
  }

  /// Checks that the plan fits into the memory of `device`: the host's free memory, or a GPU's free memory.
  ///
  /// - Throws: `TrainError.memory` if it does not fit.
  func check(_ device: Device) throws {
    let available: Int?
    if case .cuda = device {
      available = (try? device.memory()).map { Int($0.total) - Int($0.used) }
    } else {
      available = MemoryPlan.available
    }
    guard let available, bytes > available else { return }
    throw TrainError.memory(needed: bytes >> 20, available: available >> 20)
  }

  /// One sentence if the disk of `folder` has too little space for `count` checkpoints; nil if it has enough.
  func diskWarning(_ folder: URL, checkpoints count: Int) -> String? {
    let needed = checkpointBytes * count
    guard
      let values = try? folder.resourceValues(forKeys: [.volumeAvailableCapacityKey]),
      let free = values.volumeAvailableCapacity, free < needed
    else { return nil }
    return
      "the disk of \(folder.path) has \(free >> 20) MiB free, and \(count) checkpoints need about \(needed >> 20) MiB: "
      + "free space, or lower train.keep"
  }

  /// The free memory of the host in bytes, as the system reports it.
  static var available: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
