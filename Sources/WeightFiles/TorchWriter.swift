public import Foundation

/// Writes checkpoints as `torch.save` does, so that `torch.load(weights_only=True)` and `load_state_dict` take them.
///
/// The layout is the zip of PyTorch 1.6 and later: stored entries whose tensors begin at multiples of 64 bytes, and a pickle
/// of protocol 2. State dicts are plain dicts, because libtorch's own `pickle_load` does not read an OrderedDict.
/// Source: torch/serialization.py (`_save`), caffe2/serialize/inline_container.cc.
public enum TorchWriter {
  /// Passes a file with one state dict for each network to `sink`, in pieces.
  ///
  /// - Parameters:
  ///   - networks: State dicts by name; names and keys are written in alphabetical order.
  ///   - sink: Receives the next bytes of the file.
  /// - Throws: what `sink` throws.
  public static func write(
    networks: [String: [String: StoredTensor]], to sink: (Data) throws -> Void
  ) throws {
    var pickler = Pickler()
    pickler.dictionary(networks) { $0.dictionary($1) { $0.tensor($1) } }
    try write(pickler, to: sink)
  }

  /// Passes a file that is one bare state dict to `sink`, in pieces.
  ///
  /// - Throws: what `sink` throws.
  public static func write(
    stateDict: [String: StoredTensor], to sink: (Data) throws -> Void
  ) throws {
    var pickler = Pickler()
    pickler.dictionary(stateDict) { $0.tensor($1) }
    try write(pickler, to: sink)
  }

  private static func write(_ pickler: Pickler, to sink: (Data) throws -> Void) throws {
    try withoutActuallyEscaping(sink) { sink in
      var zip = ZipWriter(sink: sink)
      try zip.add("archive/data.pkl", pickler.finished)
      try zip.add("archive/byteorder", Data("little".utf8))
      for (index, tensor) in pickler.tensors.enumerated() {
        try zip.add("archive/data/\(index)", tensor.bytes)
      }
      try zip.add("archive/version", Data("3\n".utf8))
      try zip.finish()
    }
  }
}

/// Builds the pickle of nested dictionaries of tensors.
private struct Pickler {
  private(set) var tensors: [StoredTensor] = []
  private var bytes = Data([0x80, 2])

  var finished: Data { bytes + [0x2E] }

  mutating func dictionary<Value>(_ values: [String: Value], each: (inout Pickler, Value) -> Void) {
    bytes.append(0x7D)  // EMPTY_DICT
    bytes.append(0x28)  // MARK
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      text(key)
      each(&self, value)
    }
    bytes.append(0x75)  // SETITEMS
  }

  /// `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward_hooks)`.
  mutating func tensor(_ tensor: StoredTensor) {
    let count = tensor.bytes.count / tensor.element.size
    global("torch._utils", "_rebuild_tensor_v2")
    bytes.append(0x28)  // MARK
    bytes.append(0x28)
    text("storage")
    global("torch", tensor.element.storageClass)
    text("\(tensors.count)")
    text("cpu")
    integer(count)
    bytes.append(0x74)  // TUPLE
    bytes.append(0x51)  // BINPERSID
    integer(0)
    tuple(tensor.shape)
    var stride = 1
    tuple(
      tensor.shape.reversed().map { length in
        defer { stride *= max(length, 1) }
        return stride
      }.reversed())
    bytes.append(0x89)  // NEWFALSE
    global("collections", "OrderedDict")
    bytes.append(contentsOf: [0x29, 0x52, 0x74, 0x52])  // EMPTY_TUPLE, REDUCE, TUPLE, REDUCE
    tensors.append(tensor)
  }

  private mutating func tuple(_ values: [Int]) {
    bytes.append(0x28)
    for value in values { integer(value) }
    bytes.append(0x74)
  }

  private mutating func global(_ module: String, _ name: String) {
    bytes.append(contentsOf: Data("c\(module)\n\(name)\n".utf8))
  }

  private mutating func text(_ text: String) {
    bytes.append(0x58)  // BINUNICODE
    bytes.append(littleEndian: UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func integer(_ value: Int) {
    if let small = Int32(exactly: value) {
      bytes.append(0x4A)  // BININT
      bytes.append(littleEndian: small)
    } else {
      bytes.append(contentsOf: [0x8A, 8])  // LONG1
      bytes.append(littleEndian: Int64(value))
    }
  }
}
