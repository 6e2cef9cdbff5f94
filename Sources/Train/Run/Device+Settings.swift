import Dataset
package import Tensors

extension Device {
  /// The device of a setting: `auto`, `cpu`, `cuda` or `cuda:n`.
  ///
  /// Each of several processes on a machine gets the GPU of its `localRank`, or the only one that it sees.
  ///
  /// - Throws: `TrainError.noDevice`; with several processes `RankError`.
  package init(named name: String, localRank: Int? = nil) throws {
    let parts = name.split(separator: ":")
    switch (parts.first.map(String.init) ?? "", parts.count) {
    case ("auto", 1) where Torch.cudaDevices == 0: self = .cpu
    case ("cpu", 1): self = .cpu
    case ("auto", 1),
      ("cuda", 1) where Torch.cudaDevices > 0:
      let index = Torch.cudaDevices == 1 ? 0 : localRank ?? 0
      guard index < Torch.cudaDevices else {
        throw RankError.noCard(localRank: index, cards: Torch.cudaDevices)
      }
      self = .cuda(index)
    case ("cuda", 2) where localRank != nil: throw RankError.oneCard(name)
    case ("cuda", 2):
      guard let index = Int(parts[1]), index >= 0, index < Torch.cudaDevices else {
        throw TrainError.noDevice(name)
      }
      self = .cuda(index)
    default: throw TrainError.noDevice(name)
    }
  }
}

extension TrainSettings {
  /// The precision of convolutions on `device`; `auto` is the fastest one that trains well there.
  ///
  /// - Throws: `TrainError.precision` for fp16 on the CPU.
  func precision(on device: Device) throws -> Precision {
    guard let precision = Precision(rawValue: precision) else { return try .fastest(on: device) }
    try precision.check(device)
    return precision
  }
}
