/// Which network is trained, at which size and with which of the two published semantics.
public struct Architecture: Sendable, Equatable, Codable {
  /// The published generators.
  public enum Model: String, Sendable, CaseIterable, Codable {
    /// U-GAT-IT with the fully connected layer over the whole map, 1.1 GB of weights a generator at 256.
    case ugatit = "ugatit"
    /// U-GAT-IT with the fully connected layer over the map's mean.
    case ugatitLight = "ugatit-light"
    /// photo2cartoon, light: hourglasses and SoftAdaLIN.
    case photo2cartoon = "photo2cartoon"
    /// photo2cartoon with the fully connected layer over the whole map.
    case photo2cartoonFull = "photo2cartoon-full"

    /// Whether it is of photo2cartoon's family.
    public var isPhoto2cartoon: Bool { self == .photo2cartoon || self == .photo2cartoonFull }
    /// Whether the fully connected layer sees only means, so that the weights fit every side.
    public var isLight: Bool { self == .ugatitLight || self == .photo2cartoon }
    /// The published number of channels in the first layer.
    public var publishedWidth: Int { isPhoto2cartoon ? 32 : 64 }
  }

  /// Whose details are followed where the published programs differ.
  public enum Compatibility: String, Sendable, CaseIterable, Codable {
    /// znxlwm/UGATIT-pytorch and minivision-ai/photo2cartoon.
    case pytorch
    /// taki0112/UGATIT, which the paper's numbers came from: one shared CAM layer whose attention is weight plus bias,
    /// the normalised attention weight in discriminators, biased variances, rho smoothing, N(0, 0.02).
    case tensorflow
  }

  /// The generator.
  public var model: Model
  /// The side of the square images in pixels, a multiple of 16.
  public var side: Int
  /// Channels in the first layer of every network, a multiple of 4.
  public var width: Int
  /// Whose details are followed.
  public var compatibility: Compatibility

  /// A network of `model`; the width is the published one unless given.
  public init(
    _ model: Model = .ugatitLight, side: Int = 256, width: Int? = nil, compatibility: Compatibility = .pytorch
  ) {
    self.model = model
    self.side = side
    self.width = width ?? model.publishedWidth
    self.compatibility = compatibility
  }

  /// What tells it from others, in words.
  var text: String {
    "\(model.rawValue), width \(width), side \(side)"
      + (compatibility == .tensorflow ? ", compat tensorflow" : "")
  }

  /// What does not fit, as one sentence; nil if everything does.
  public var problem: String? {
    if !(32...4096).contains(side) || side % 16 != 0 {
      return "the side is \(side); it must be a multiple of 16, from 32 to 4096"
    }
    if !(4...4096).contains(width) || width % 4 != 0 {
      return "the width is \(width); it must be a multiple of 4, from 4 to 4096"
    }
    return nil
  }
}
