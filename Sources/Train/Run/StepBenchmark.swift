package import Tensors

/// The measured speed of a training step with random images.
package struct StepBenchmark: Sendable, Codable {
  package let model: String
  /// The side of the images in pixels.
  package let side: Int
  package let width: Int
  package let batch: Int
  /// fp32, tf32, bf16 or fp16.
  package let precision: String
  /// Whether the step is a CUDA graph.
  package let graph: Bool
  /// cpu or cuda:n.
  package let device: String
  /// The card's name.
  package var card: String?
  /// The median time of a step in seconds.
  package var seconds: Double?
  /// The fastest step in seconds.
  package var fastest: Double?
  /// Images of both domains.
  package var imagesPerSecond: Double?
  /// The work of `StepWork` in 10^12 operations per second.
  package var teraflops: Double?
  /// The fraction of the card's peak in this precision; nil if the card is not known.
  package var peakShare: Double?
  /// The peak memory of the timed steps in bytes: libtorch's on the card, or that of the process on the processor.
  package var memory: UInt64?
  /// The peak memory of the first steps in bytes, in which cuDNN tries algorithms that need more; nil on the processor.
  package var startMemory: UInt64?
  /// The hours of 100,000 steps.
  package var hours: Double?
  /// The error that ended the measurement.
  package var error: String?

  /// Measures `steps` steps of `architecture` with `batch` images of each domain; an error becomes part of the result.
  ///
  /// Steps are timed in groups on a GPU, because waiting for it after each step would add to the time. Reading
  /// images is not part of the measurement; it runs in the background of a training.
  package init(_ architecture: Architecture, batch: Int, mode: StepMode, device: Device, steps: Int) {
    model = architecture.model.rawValue
    (side, width, self.batch) = (architecture.side, architecture.width, batch)
    precision = mode.precision.rawValue
    graph = mode.usesGraph && device != .cpu
    self.device = device.description
    do {
      try mode.precision.check(device)
      try device.release()
      card = try device.cardName()
      let (times, first) = try Self.times(architecture, batch, mode, device, steps)
      startMemory = first
      let median = times.sorted()[times.count / 2]
      (seconds, fastest) = (median, times.min())
      imagesPerSecond = Double(2 * batch) / median
      let rate = StepWork(architecture).step(batch: batch) / median / 1e12
      teraflops = rate
      peakShare = card.flatMap { PeakRate(card: $0)?.rate(mode.precision) }.map { rate / $0 }
      memory = try device == .cpu ? UInt64(RunLog.peakMemory) << 20 : device.memory().peak
      hours = median * 100_000 / 3600
    } catch {
      self.error = "\(error)"
    }
  }

  /// The seconds of one step, measured in groups, and the peak memory of the warm-up.
  private static func times(
    _ architecture: Architecture, _ batch: Int, _ mode: StepMode, _ device: Device, _ steps: Int
  ) throws -> (seconds: [Double], startMemory: UInt64?) {
    let networks = try NetworkSet(architecture, seed: 1, device: device)
    let step = try mode.makeStep(networks)
    let random = try RandomGenerator(seed: 2)
    let shape = [batch, 3, architecture.side, architecture.side]
    let pair = ImagePair(
      realA: try random.uniform(shape, in: -1..<1).to(device: device),
      realB: try random.uniform(shape, in: -1..<1).to(device: device))
    var number = 0
    func run(_ count: Int) throws -> Double {
      let start = ContinuousClock.now
      var report: StepReport?
      for _ in 0..<count {
        number += 1
        report = try step([pair], rate: 1e-4, number: number)
      }
      if let report, let term = try report.losses.first(where: { !$0.value.isFinite }) {
        throw MeasurementError("\(term.name) is \(term.value) at step \(number)")
      }
      try device.synchronize()
      let took = start.duration(to: .now).components
      return (Double(took.seconds) + Double(took.attoseconds) * 1e-18) / Double(count)
    }
    // The first steps let cuDNN and oneDNN choose kernels, and record the CUDA graph.
    _ = try run(device == .cpu ? 2 : 5)
    let first = device == .cpu ? nil : try device.memory().peak
    try device.release()
    // The memory that was returned is allocated again.
    if device != .cpu { _ = try run(1) }
    let size = device == .cpu ? 1 : max(1, steps / 5)
    return (try (0..<max(1, steps / size)).map { _ in try run(size) }, first)
  }
}
