/// The architecture of the networks: the model, the image size, the width, and the reference implementation it matches.
public struct Architecture: Sendable, Equatable, Codable {
  /// The published generators.
  public enum Model: String, Sendable, CaseIterable, Codable {
    /// U-GAT-IT with a fully connected layer over the whole feature map: 1.1 GB of weights for each generator at side 256.
    case ugatit = "ugatit"
    /// U-GAT-IT with a fully connected layer over the mean of the feature map.
    case ugatitLight = "ugatit-light"
    /// photo2cartoon, light: hourglasses and SoftAdaLIN.
    case photo2cartoon = "photo2cartoon"
    /// photo2cartoon with a fully connected layer over the whole feature map.
    case photo2cartoonFull = "photo2cartoon-full"

    /// Whether the model is one of photo2cartoon's two forms.
    public var isPhoto2cartoon: Bool { self == .photo2cartoon || self == .photo2cartoonFull }
    /// Whether the fully connected layer sees only channel means, so that the weights can be used at any side.
    public var isLight: Bool { self == .ugatitLight || self == .photo2cartoon }
    /// The published number of channels in the first layer.
    public var publishedWidth: Int { isPhoto2cartoon ? 32 : 64 }
  }

  /// The reference implementation to match in the details in which the published programs differ.
  public enum Compatibility: String, Sendable, CaseIterable, Codable {
    /// znxlwm/UGATIT-pytorch and minivision-ai/photo2cartoon.
    case pytorch
    /// Parts of taki0112/UGATIT, the paper's own program: one shared CAM layer whose attention is weight plus bias, the normalised
    /// attention weight in discriminators, biased variances, rho smoothing, weights from N(0, 0.02).
    ///
    /// It differs from that program in this: instance normalisation in the generators' encoder and residual blocks has no learned
    /// scale and shift; the generators' convolutions and linear layers, and the discriminators' last convolution, have no biases;
    /// weight decay applies to all parameters, not to kernels only; discriminators and generators are updated with the same images,
    /// not with two draws; the learning rate falls after each step, not after each epoch; the loss is least squares (`gan_type:
    /// lsgan`), the others are missing; the vector of the spectral norm's first iteration has length 1. TensorFlow checkpoints cannot
    /// be read.
    case tensorflow
  }

  /// The model.
  public var model: Model
  /// The side of the square images in pixels, a multiple of 16 in 32...4096.
  public var side: Int
  /// The number of channels in the first layer of every network, a multiple of 4 in 4...4096.
  public var width: Int
  /// The reference implementation to match.
  public var compatibility: Compatibility

  /// An architecture of `model`; without `width`, the published width is used.
  public init(
    _ model: Model = .ugatitLight, side: Int = 256, width: Int? = nil, compatibility: Compatibility = .pytorch
  ) {
    self.model = model
    self.side = side
    self.width = width ?? model.publishedWidth
    self.compatibility = compatibility
  }

  /// The properties that distinguish the architecture from others, in words.
  var text: String {
    "\(model.rawValue), width \(width), side \(side)"
      + (compatibility == .tensorflow ? ", compat tensorflow" : "")
  }

  /// The reason why the architecture is invalid, as one sentence; nil if it is valid.
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
