internal import COpenCV
public import Foundation
public import Imaging

/// A neural network run by OpenCV on the CPU.
///
/// Each worker needs an instance of its own.
public final class Network {
  /// How an image is converted to an input: `(sample - mean) * scale` for each channel, with samples from 0
  /// to 255.
  public struct Input: Sendable, Equatable {
    /// The input's size.
    ///
    /// The image is reduced by area averaging or enlarged linearly.
    public var size: PixelSize
    /// Is subtracted from each channel, in the order of the blob.
    public var mean: [Double] = [0, 0, 0]
    /// The factor for each channel, in the order of the blob.
    public var scale: [Double] = [1, 1, 1]
    /// Whether the blob's channels are in the order blue, green, red.
    public var blueFirst = false
    /// Whether the layout is N x H x W x C instead of N x C x H x W.
    public var channelsLast = false

    /// An input of `size` without normalization, in the order red, green, blue.
    public init(size: PixelSize) { self.size = size }

    /// An input of `size`, normalized by `mean` and `scale`.
    public init(size: PixelSize, mean: [Double], scale: [Double], blueFirst: Bool = false) {
      self.size = size
      self.mean = mean
      self.scale = scale
      self.blueFirst = blueFirst
    }
  }

  /// One output.
  public struct Output: Sendable, Equatable {
    /// Its dimensions, outermost first.
    public let shape: [Int]
    /// Its values, row by row.
    public let values: [Float]
  }

  /// The names of the network's outputs.
  public let outputNames: [String]
  private let handle: OpaquePointer
  private let name: String

  /// Reads an ONNX file, or a Caffe model with its `.prototxt`.
  ///
  /// - Throws: `VisionError` if the file is missing, damaged or needs a layer that this OpenCV does not
  ///   support; the reason then names the node.
  public convenience init(contentsOf model: URL, description: URL? = nil) throws(VisionError) {
    try self.init(contentsOf: model, description: description, joiningLayers: true)
  }

  /// Reads a network as `init(contentsOf:description:)` does.
  ///
  /// - Parameters:
  ///   - model: The network's file.
  ///   - description: A Caffe model's `.prototxt`.
  ///   - joiningLayers: Whether layers are fused, which is faster. In networks that add maps of several
  ///     sizes, OpenCV 4.6 then keeps parts of the first input's size, so do not fuse layers if the size of
  ///     inputs changes.
  /// - Throws: `VisionError`.
  public init(contentsOf model: URL, description: URL?, joiningLayers: Bool) throws(VisionError) {
    let operation = "load the network \(model.path)"
    let nextStep =
      "use a model with fixed shapes and layers that OpenCV \(openCVVersion) supports, or check the download"
    try requireFile(model, operation, nextStep: "check the path")
    if let description { try requireFile(description, operation, nextStep: "check \(description.path)") }
    let handle = try attempt(operation, nextStep: nextStep) {
      ocv_network_load(model.path, description?.path, joiningLayers, $0)
    }
    self.handle = handle
    name = model.lastPathComponent
    outputNames = String(cString: ocv_network_output_names(handle)).split(separator: "\n").map(String.init)
  }

  /// Reads a network from the bytes of an ONNX file.
  ///
  /// - Parameters:
  ///   - onnx: The file's bytes.
  ///   - name: The network's name in errors.
  /// - Throws: `VisionError` if the bytes are damaged or need a layer that this OpenCV does not support.
  public init(onnx: Data, name: String) throws(VisionError) {
    let operation = "load the network \(name)"
    guard !onnx.isEmpty else {
      throw VisionError(operation, reason: "it has no bytes", nextStep: "use a complete ONNX file")
    }
    let bytes = [UInt8](onnx)
    let handle = try attempt(
      operation, nextStep: "use an ONNX file with layers that OpenCV \(openCVVersion) supports"
    ) {
      ocv_network_read_onnx(bytes, bytes.count, $0)
    }
    self.handle = handle
    self.name = name
    outputNames = String(cString: ocv_network_output_names(handle)).split(separator: "\n").map(String.init)
  }

  deinit { ocv_network_free(handle) }

  /// Sets `image` (gray or RGB) as the input called `input`; the only input needs no name.
  ///
  /// - Throws: `VisionError` if the image has alpha, the size is out of range or the input does not exist.
  public func setInput(_ image: ImageBuffer, _ form: Input, named input: String = "") throws(VisionError) {
    let operation = "feed an image to \(name)"
    try ImageBuffer.check(form.size, operation)
    guard form.mean.count >= image.channels, form.scale.count >= image.channels else {
      throw VisionError(
        operation, reason: "mean and scale have fewer numbers than the image channels",
        nextStep: "use one of each for every channel")
    }
    var blob = ocv_blob()
    blob.width = Int32(form.size.width)
    blob.height = Int32(form.size.height)
    blob.swap_rb = form.blueFirst
    blob.channels_last = form.channelsLast
    let (mean, scale) = (form.mean + [0, 0, 0, 0], form.scale + [1, 1, 1, 1])
    blob.mean = (mean[0], mean[1], mean[2], mean[3])
    blob.scale = (scale[0], scale[1], scale[2], scale[3])
    try attempt(operation) { error in
      succeeded(image.withView { ocv_network_set_image(handle, $0, &blob, input, error) })
    }
  }

  /// Sets values of any shape as the input called `input`.
  ///
  /// - Throws: `VisionError` if the number of values does not match the shape or the input does not exist.
  public func setInput(_ values: [Float], shape: [Int], named input: String = "") throws(VisionError) {
    let operation = "feed values to \(name)"
    guard !shape.isEmpty, shape.count <= 8, shape.allSatisfy({ $0 > 0 && $0 < 1 << 20 }),
      shape.map(Double.init).reduce(1, *) == Double(values.count)
    else {
      throw VisionError(
        operation, reason: "\(values.count) values do not fill \(shape)",
        nextStep: "use as many values as the shape has")
    }
    let sizes = shape.map { Int32($0) }
    try attempt(operation) { error in
      succeeded(ocv_network_set_values(handle, values, sizes, Int32(sizes.count), input, error))
    }
  }

  /// Runs the network and returns `outputs` in that order; without names, all of `outputNames`.
  ///
  /// - Throws: `VisionError` if an input is missing or has a size that the network does not accept.
  public func forward(_ outputs: [String] = []) throws(VisionError) -> [Output] {
    let names = outputs.isEmpty ? outputNames : outputs
    let copies = names.map { Array($0.utf8CString) }
    // All names in one block of text, with a pointer to the start of each.
    let block = copies.flatMap { $0 }
    try attempt("run \(name)", nextStep: "check the input's size and the outputs' names") { error in
      succeeded(
        block.withUnsafeBufferPointer { text in
          guard let start = text.baseAddress else { return false }
          var offset = 0
          var pointers: [UnsafePointer<CChar>] = []
          for copy in copies {
            pointers.append(start + offset)
            offset += copy.count
          }
          return ocv_network_forward(handle, pointers, Int32(pointers.count), error)
        })
    }
    var results: [Output] = []
    for index in names.indices {
      var shape: UnsafePointer<Int32>?
      var (dimensions, count): (Int32, Int) = (0, 0)
      guard let values = ocv_network_output(handle, Int32(index), &shape, &dimensions, &count) else {
        throw VisionError("run \(name)", reason: "the output \(names[index]) is empty")
      }
      results.append(
        Output(
          shape: UnsafeBufferPointer(start: shape, count: Int(dimensions)).map { Int($0) },
          values: Array(UnsafeBufferPointer(start: values, count: count))))
    }
    return results
  }
}
