import Tensors
import Testing

@testable import Train

struct MemoryPlanTests {
  /// The measured peak of a run, in GiB.
  struct Measurement: Sendable, CustomTestStringConvertible {
    var model = Architecture.Model.ugatitLight
    var side = 256
    var width: Int?
    var batch = 1
    var precision = Precision.bfloat16
    var device = Device.cuda(0)
    var peak: Double

    var testDescription: String { "\(model.rawValue) \(side) \(batch) \(precision.rawValue) on \(device)" }
  }

  /// The first seven on an H100 with 80 GB, the others on a CPU.
  static let measurements = [
    Measurement(precision: .float32, peak: 6.04), Measurement(precision: .tf32, peak: 4.41),
    Measurement(peak: 3.50), Measurement(batch: 8, peak: 11.3),
    Measurement(side: 128, peak: 2.9), Measurement(side: 128, batch: 8, peak: 4.8),
    Measurement(model: .ugatit, peak: 13.5),
    Measurement(precision: .float32, device: .cpu, peak: 4290.0 / 1024),
    Measurement(device: .cpu, peak: 3674.0 / 1024),
    Measurement(side: 64, width: 32, precision: .float32, device: .cpu, peak: 898.0 / 1024),
    Measurement(side: 64, width: 32, device: .cpu, peak: 939.0 / 1024),
  ]

  @Test(
    "The estimated memory is never below the measured one, and at most 1.4 times as much",
    arguments: measurements)
  func estimate(_ measured: Measurement) {
    let plan = MemoryPlan(
      Architecture(measured.model, side: measured.side, width: measured.width), batch: measured.batch,
      precision: measured.precision, device: measured.device)
    let estimate = Double(plan.bytes) / Double(1 << 30)
    #expect(estimate >= measured.peak && estimate <= measured.peak * 1.4, "\(estimate) GiB")
  }
}
