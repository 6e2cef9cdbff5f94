/// The devices on which `easel-train` can train, as `easel-train check-device --list --json` prints them.
public struct DeviceListing: Codable, Sendable, Equatable {
  /// A CUDA device.
  public struct Entry: Codable, Sendable, Equatable {
    /// The name in the settings, such as `cuda:0`.
    public var device: String
    /// The card's name.
    public var name: String
    /// The compute capability, such as `9.0`.
    public var capability: String
    /// The memory in bytes.
    public var memory: UInt64

    /// A device with the given values.
    public init(device: String, name: String, capability: String, memory: UInt64) {
      (self.device, self.name, self.capability, self.memory) = (device, name, capability, memory)
    }

    /// One line with all values.
    public var text: String { "\(device): \(name), capability \(capability), \(memory >> 20) MiB" }
  }

  /// libtorch's version.
  public var libtorch: String
  /// Whether easel-train can use CUDA devices.
  public var cuda: Bool
  /// The CUDA devices.
  public var devices: [Entry]

  /// A listing with the given values.
  public init(libtorch: String, cuda: Bool, devices: [Entry]) {
    (self.libtorch, self.cuda, self.devices) = (libtorch, cuda, devices)
  }

  /// libtorch's version and whether it is built with CUDA, in words.
  public var libtorchText: String { "\(libtorch), built \(cuda ? "with" : "without") CUDA" }
}
