import Foundation

/// What a run will need, so that one that cannot fit is refused before it fills the machine.
struct MemoryPlan {
  /// The bytes of weights, gradients and both moments of all six networks, and of what one step holds.
  let bytes: Int

  /// The plan of a run, which may keep an average of the generators besides.
  init(_ architecture: Architecture, batch: Int, averages: Bool = false) {
    let (width, side) = (architecture.width, architecture.side)
    // Parameters grow with the square of the width (10.6 M, light, at 64; trainer networks' published counts), and the
    // full model's first linear layer with the map besides.
    let scale = Double(width * width) / Double(architecture.model.isPhoto2cartoon ? 32 * 32 : 64 * 64)
    var generator = (architecture.model.isPhoto2cartoon ? 3.83e6 : 10.59e6) * scale
    let judges = (architecture.model.isPhoto2cartoon ? 14.12e6 : 56.42e6) * scale
    if !architecture.model.isLight {
      let channels = Double(width * 4)
      generator += channels * channels * Double(side / 4 * side / 4)
    }
    let state = (generator * 2 + judges * 2) * 4 * 4 + (averages ? generator * 2 * 4 : 0)
    // Measured: a step at 256, width 64 holds about 1.6 GB; it grows with pixels, width and batch.
    let held = 1.6e9 * Double(side * side) / 65536 * Double(width) / 64 * Double(batch)
    bytes = Int(state + held)
  }

  /// - Throws: `TrainError.memory` where the machine has less than the plan asks for.
  func check() throws {
    guard let free = MemoryPlan.available, bytes > free else { return }
    throw TrainError.memory(needed: bytes >> 20, available: free >> 20)
  }

  /// The memory that can be had, in bytes, as the system counts it.
  static var available: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
