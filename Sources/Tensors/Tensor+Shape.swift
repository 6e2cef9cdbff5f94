import CTorch

extension Tensor {
  /// The same elements in another shape; one length may be -1 and is then computed from the others.
  public func reshape(_ shape: [Int]) throws(TensorError) -> Tensor {
    try make("reshape", [self]) { ctorch_reshape(handle, shape.wide, Int32(shape.count), $0) }
  }

  /// Axes of length 1 repeated to `shape`, without copying.
  public func expand(_ shape: [Int]) throws(TensorError) -> Tensor {
    try make("expand", [self]) { ctorch_expand(handle, shape.wide, Int32(shape.count), $0) }
  }

  /// The axes in another order, without copying.
  public func permute(_ axes: [Int]) throws(TensorError) -> Tensor {
    try make("permute", [self]) { ctorch_permute(handle, axes.wide, Int32(axes.count), $0) }
  }

  /// The part of `axis` in `range`, without copying.
  public func narrow(axis: Int, _ range: Range<Int>) throws(TensorError) -> Tensor {
    try make("narrow", [self]) {
      ctorch_narrow(handle, Int64(axis), Int64(range.lowerBound), Int64(range.count), $0)
    }
  }

  /// The sample at `index` of a batch, still with its batch axis.
  public func sample(_ index: Int) throws(TensorError) -> Tensor {
    try narrow(axis: 0, index..<index + 1)
  }

  /// `parts` pieces of equal length along `axis`.
  public func chunk(_ parts: Int, axis: Int = 0) throws(TensorError) -> [Tensor] {
    let length = shape[axis]
    precondition(parts > 0 && length % parts == 0, "\(length) cannot be cut into \(parts) equal parts")
    var pieces: [Tensor] = []
    for part in 0..<parts {
      pieces.append(try narrow(axis: axis, part * length / parts..<(part + 1) * length / parts))
    }
    return pieces
  }

  /// Elements picked along `axis` by `indices`, int64 of the result's shape.
  public func gather(axis: Int, _ indices: Tensor) throws(TensorError) -> Tensor {
    try make("gather", [self, indices]) { ctorch_gather(handle, Int64(axis), indices.handle, $0) }
  }

  /// Tensors one after the other along `axis`.
  public static func cat(_ tensors: [Tensor], axis: Int = 0) throws(TensorError) -> Tensor {
    try make("cat", tensors) { ctorch_cat(tensors.map(\.handle), Int32(tensors.count), Int64(axis), $0) }
  }
}
