import Foundation

/// Reads one Python pickle of protocol 2 to 5 as data: containers, numbers, text and tensors; it calls no function.
///
/// A pickle is a program for a small stack machine. Python's own reader lets it import and call anything. This reader
/// supports the few names that state dicts need (`PickleName`). Containers are in `heap` and refer to each other by
/// index, so deep nesting cannot exhaust the call stack. Source: CPython's Lib/pickletools.py, and PyTorch's
/// torch/_utils.py for the arguments of `_rebuild_tensor_v2`.
struct Unpickler {
  /// The maximum number of values; a checkpoint of six networks has about 30,000.
  static let maxValues = 2_000_000
  /// The maximum nesting depth of containers; state dicts have three levels.
  static let maxDepth = 64

  private enum Item {
    case none
    case bool(Bool)
    case int(Int)
    case largeInt([UInt8])
    case float(Double)
    case string(String)
    case bytes(Data)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case global(String)
    case unread(String)
    case storage(TorchTensor.Storage, viewOffset: Int)
    case tensor(TorchTensor)
    case mark
  }

  private var reader: ByteReader
  private var stack: [Item] = []
  private var memo: [Int: Item] = [:]
  private var heap: [[Item]] = []
  private var valueCount = 0
  private var frozen: [Int: (value: TorchValue, height: Int)] = [:]
  private var storages: [String: StoredTensor.Element] = [:]

  private init(_ reader: ByteReader) { self.reader = reader }

  /// Reads the pickle at the reader's position, which moves behind it; returns its value and the storages that it names.
  static func read(
    _ reader: inout ByteReader
  ) throws(WeightsError) -> (value: TorchValue, storages: [String: StoredTensor.Element]) {
    var unpickler = Unpickler(reader)
    let item = try unpickler.run()
    reader = unpickler.reader
    return (try unpickler.frozen(item, depth: 0).value, unpickler.storages)
  }

  /// Whether the pickle at the reader's position, which moves behind it, is the number with these bytes.
  static func read(_ reader: inout ByteReader, isNumber bytes: [UInt8]) throws(WeightsError) -> Bool {
    var unpickler = Unpickler(reader)
    let item = try unpickler.run()
    reader = unpickler.reader
    if case .largeInt(let found) = item { return found == bytes }
    return false
  }

  private func damaged(_ reason: String) -> WeightsError {
    WeightsError(.damaged, "\(reason) at byte \(reader.position) of \(reader.what)")
  }

  // MARK: The stack

  private mutating func push(_ item: Item) throws(WeightsError) {
    valueCount += 1
    guard valueCount <= Self.maxValues else {
      throw WeightsError(.unsupported, "\(reader.what) holds more than \(Self.maxValues) values")
    }
    stack.append(item)
  }

  private mutating func pop() throws(WeightsError) -> Item {
    guard let item = stack.popLast() else { throw damaged("a value is missing") }
    if case .mark = item { throw damaged("a mark is in the place of a value") }
    return item
  }

  private mutating func popToMark() throws(WeightsError) -> [Item] {
    guard let index = stack.lastIndex(where: { if case .mark = $0 { true } else { false } }) else {
      throw damaged("a mark is missing")
    }
    let items = Array(stack[(index + 1)...])
    stack.removeSubrange(index...)
    return items
  }

  private mutating func allocate(_ items: [Item]) -> Int {
    heap.append(items)
    return heap.count - 1
  }

  private mutating func pushTuple(_ count: Int) throws(WeightsError) {
    var items: [Item] = []
    for _ in 0..<count { items.insert(try pop(), at: 0) }
    try push(.tuple(allocate(items)))
  }

  private mutating func extend(with items: [Item], pairs: Bool) throws(WeightsError) {
    let index: Int
    switch (stack.last, pairs) {
    case (.unread, _): return
    case (.list(let place), false): index = place
    case (.dictionary(let place), true): index = place
    default: throw damaged("the container that should take values is missing")
    }
    guard !pairs || items.count.isMultiple(of: 2) else { throw damaged("a key has no value") }
    heap[index].append(contentsOf: items)
  }

  // MARK: The opcodes

  private mutating func run() throws(WeightsError) -> Item {
    while true {
      let opcode = try reader.integer(UInt8.self)
      switch opcode {
      case 0x80:  // PROTO
        let version = try reader.integer(UInt8.self)
        guard (2...5).contains(version) else {
          throw WeightsError(.unsupported, "\(reader.what) is a pickle of protocol \(version), not 2 to 5")
        }
      case 0x95: _ = try reader.integer(UInt64.self)  // FRAME
      case 0x2E: return try pop()  // STOP
      case 0x28: try push(.mark)  // MARK
      case 0x30: if stack.popLast() == nil { throw damaged("a value is missing") }  // POP
      case 0x31: _ = try popToMark()  // POP_MARK
      case 0x32:  // DUP
        let item = try pop()
        stack.append(item)
        try push(item)
      case 0x4E: try push(.none)  // NONE
      case 0x88: try push(.bool(true))  // NEWTRUE
      case 0x89: try push(.bool(false))  // NEWFALSE
      case 0x4A: try push(.int(Int(try reader.integer(Int32.self))))  // BININT
      case 0x4B: try push(.int(Int(try reader.integer(UInt8.self))))  // BININT1
      case 0x4D: try push(.int(Int(try reader.integer(UInt16.self))))  // BININT2
      case 0x8A: try pushLong(try reader.length(UInt8.self))  // LONG1
      case 0x8B: try pushLong(try reader.length(Int32.self))  // LONG4
      case 0x47:  // BINFLOAT, the only big-endian number
        let bits = try reader.integer(UInt64.self).byteSwapped
        try push(.float(Double(bitPattern: bits)))
      case 0x58: try pushText(try reader.length(UInt32.self))  // BINUNICODE
      case 0x8C: try pushText(try reader.length(UInt8.self))  // SHORT_BINUNICODE
      case 0x8D: try pushText(try reader.length(UInt64.self))  // BINUNICODE8
      case 0x54: try pushText(try reader.length(Int32.self))  // BINSTRING, Python 2's text
      case 0x55: try pushText(try reader.length(UInt8.self))  // SHORT_BINSTRING
      case 0x42: try push(.bytes(try reader.bytes(try reader.length(UInt32.self))))  // BINBYTES
      case 0x43: try push(.bytes(try reader.bytes(try reader.length(UInt8.self))))  // SHORT_BINBYTES
      case 0x8E: try push(.bytes(try reader.bytes(try reader.length(UInt64.self))))  // BINBYTES8
      case 0x5D: try push(.list(allocate([])))  // EMPTY_LIST
      case 0x6C: try push(.list(allocate(try popToMark())))  // LIST
      case 0x61: try extend(with: [try pop()], pairs: false)  // APPEND
      case 0x65: try extend(with: try popToMark(), pairs: false)  // APPENDS
      case 0x29: try push(.tuple(allocate([])))  // EMPTY_TUPLE
      case 0x74: try push(.tuple(allocate(try popToMark())))  // TUPLE
      case 0x85...0x87: try pushTuple(Int(opcode) - 0x84)  // TUPLE1, TUPLE2, TUPLE3
      case 0x7D: try push(.dictionary(allocate([])))  // EMPTY_DICT
      case 0x64:  // DICT
        let items = try popToMark()
        try push(.dictionary(allocate([])))
        try extend(with: items, pairs: true)
      case 0x73:  // SETITEM
        let value = try pop()
        try extend(with: [try pop(), value], pairs: true)
      case 0x75: try extend(with: try popToMark(), pairs: true)  // SETITEMS
      case 0x71: try remember(try reader.length(UInt8.self))  // BINPUT
      case 0x72: try remember(try reader.length(UInt32.self))  // LONG_BINPUT
      case 0x94: try remember(memo.count)  // MEMOIZE
      case 0x68: try recall(try reader.length(UInt8.self))  // BINGET
      case 0x6A: try recall(try reader.length(UInt32.self))  // LONG_BINGET
      case 0x63:  // GLOBAL
        let module = try reader.line()
        try push(try global("\(module).\(try reader.line())"))
      case 0x93:  // STACK_GLOBAL
        guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
          throw damaged("a name is not text")
        }
        try push(try global("\(module).\(name)"))
      case 0x51: try push(try persistent(try pop()))  // BINPERSID
      case 0x52: try reduce()  // REDUCE
      case 0x62: try build()  // BUILD
      case 0x81: try skipObject(arguments: 1)  // NEWOBJ
      case 0x92: try skipObject(arguments: 2)  // NEWOBJ_EX
      case 0x69:  // INST
        let module = try reader.line()
        let item = try global("\(module).\(try reader.line())")
        _ = try popToMark()
        try push(try skipped(item))
      case 0x6F:  // OBJ
        guard let item = try popToMark().first else { throw damaged("a class is missing") }
        try push(try skipped(item))
      case 0x8F: try push(.unread("builtins.set"))  // EMPTY_SET
      case 0x90:  // ADDITEMS
        _ = try popToMark()
        guard case .unread = stack.last else {
          throw damaged("the container that should take values is missing")
        }
      case 0x91:  // FROZENSET
        _ = try popToMark()
        try push(.unread("builtins.frozenset"))
      default: throw unread(opcode)
      }
    }
  }

  private func unread(_ opcode: UInt8) -> WeightsError {
    switch opcode {
    case 0x82...0x84: WeightsError(.refused, "\(reader.what) asks for a registered extension")
    default: damaged("0x\(String(opcode, radix: 16)) is no opcode that state dicts use,")
    }
  }

  private mutating func pushLong(_ count: Int) throws(WeightsError) {
    let bytes = [UInt8](try reader.bytes(count))
    guard count <= 8 else { return try push(.largeInt(bytes)) }
    let negative = (bytes.last ?? 0) & 0x80 != 0
    try push(.int(bytes.reversed().reduce(negative ? -1 : 0) { $0 << 8 | Int($1) }))
  }

  private mutating func pushText(_ count: Int) throws(WeightsError) {
    try push(.string(String(decoding: try reader.bytes(count), as: UTF8.self)))
  }

  private mutating func remember(_ index: Int) throws(WeightsError) {
    let item = try pop()
    try push(item)
    memo[index] = item
  }

  private mutating func recall(_ index: Int) throws(WeightsError) {
    guard let item = memo[index] else { throw damaged("a value that was never stored is recalled") }
    try push(item)
  }

  // MARK: The names

  private func global(_ name: String) throws(WeightsError) -> Item {
    switch PickleName(name) {
    case .supported: return .global(name)
    case .skipped: return .unread(name)
    case .refused:
      throw WeightsError(
        .refused,
        "\(reader.what) asks to run \(name.printable); only state dicts are read, so save model.state_dict() instead"
      )
    }
  }

  /// The object of a class whose instances are skipped.
  private func skipped(_ item: Item) throws(WeightsError) -> Item {
    switch item {
    case .unread: return item
    case .global(let name): throw WeightsError(.refused, "\(reader.what) asks to make an object of \(name)")
    default: throw damaged("something that is not a class is called")
    }
  }

  private mutating func skipObject(arguments: Int) throws(WeightsError) {
    for _ in 0..<arguments { _ = try pop() }
    try push(try skipped(try pop()))
  }

  private func items(_ item: Item) -> [Item]? {
    switch item {
    case .tuple(let index), .list(let index): heap[index]
    default: nil
    }
  }

  private func lengths(_ item: Item) -> [Int]? {
    items(item)?.reduce(into: [Int]?.some([])) { lengths, item in
      if case .int(let length) = item { lengths?.append(length) } else { lengths = nil }
    }
  }

  /// A storage: ('storage', its class, its key, the device, the element count), and a view of it in the old layout.
  private mutating func persistent(_ identity: Item) throws(WeightsError) -> Item {
    if let parts = items(identity), parts.count >= 5, case .unread = parts[1] { return parts[1] }
    guard let parts = items(identity), parts.count >= 5, case .string("storage") = parts[0],
      case .global(let type) = parts[1],
      let element = StoredTensor.Element(storageClass: String(type.dropFirst("torch.".count))),
      case .string(let key) = parts[2], case .int(let count) = parts[4], count >= 0
    else { throw damaged("a storage is not described as PyTorch does") }
    var viewOffset = 0
    if parts.count > 5, let view = items(parts[5]) {
      guard view.count == 3, case .int(let start) = view[1], start >= 0 else {
        throw damaged("a view of a storage is not described as PyTorch does")
      }
      viewOffset = start
    }
    guard storages.updateValue(element, forKey: key) ?? element == element else {
      throw damaged("the storage \(key) has two element types")
    }
    return .storage(.init(key: key, element: element, count: count), viewOffset: viewOffset)
  }

  private mutating func reduce() throws(WeightsError) {
    let arguments = try pop()
    let function = try pop()
    if case .unread = function { return try push(function) }
    guard case .global(let name) = function, let arguments = items(arguments) else {
      throw damaged("something that is no function is called")
    }
    switch name {
    case "collections.OrderedDict": try push(try orderedDict(arguments))
    case "torch.Size":
      guard arguments.count == 1, let lengths = items(arguments[0]) else { throw unexpected(name) }
      try push(.tuple(allocate(lengths)))
    case "torch._utils._rebuild_parameter":
      if let first = arguments.first, case .unread = first { return try push(first) }
      guard let first = arguments.first, case .tensor = first else { throw unexpected(name) }
      try push(first)
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
      if let first = arguments.first, case .unread = first { return try push(first) }
      guard arguments.count >= 4, case .storage(let storage, let viewOffset) = arguments[0],
        case .int(let offset) = arguments[1], let shape = lengths(arguments[2]),
        let strides = lengths(arguments[3])
      else { throw unexpected(name) }
      let (start, overflow) = offset.addingReportingOverflow(viewOffset)
      guard !overflow else { throw unexpected(name) }
      try push(
        .tensor(try TorchTensor(storage: storage, offset: start, shape: shape, strides: strides)))
    default: throw WeightsError(.refused, "\(reader.what) asks to call \(name)")
    }
  }

  private func unexpected(_ name: String) -> WeightsError {
    damaged("\(name) has arguments that PyTorch does not give it")
  }

  /// An OrderedDict without arguments, or from a list of pairs, as Python 2 wrote it.
  private mutating func orderedDict(_ arguments: [Item]) throws(WeightsError) -> Item {
    var flat: [Item] = []
    for pair in arguments.first.flatMap({ items($0) }) ?? [] {
      guard let pair = items(pair), pair.count == 2 else { throw unexpected("collections.OrderedDict") }
      flat += pair
    }
    return .dictionary(allocate(flat))
  }

  /// Ignores attributes of an OrderedDict, such as `_metadata` with module versions, because they contain no weights.
  private mutating func build() throws(WeightsError) {
    _ = try pop()
    if case .unread = stack.last { return }
    guard case .dictionary = stack.last else {
      throw WeightsError(.refused, "\(reader.what) asks to set the attributes of an object")
    }
  }

  // MARK: The result

  /// The value of `item` and its nesting depth.
  ///
  /// Values that are nested too deeply, from the top or through a shared value, are rejected, because values are
  /// released recursively.
  private mutating func frozen(
    _ item: Item, depth: Int
  ) throws(WeightsError) -> (value: TorchValue, height: Int) {
    switch item {
    case .none: return (.none, 0)
    case .bool(let value): return (.bool(value), 0)
    case .int(let value): return (.int(value), 0)
    case .float(let value): return (.float(value), 0)
    case .string(let value): return (.string(value), 0)
    case .bytes(let value): return (.bytes(value), 0)
    case .tensor(let tensor): return (.tensor(tensor), 0)
    case .tuple(let index), .list(let index), .dictionary(let index):
      if let known = frozen[index] { return known }
      var values: [TorchValue] = []
      var height = 1
      guard depth < Self.maxDepth else { throw tooDeep }
      for item in heap[index] {
        let (value, below) = try frozen(item, depth: depth + 1)
        values.append(value)
        height = max(height, below + 1)
      }
      guard height <= Self.maxDepth else { throw tooDeep }
      var value = TorchValue.sequence(values)
      if case .dictionary = item {
        value = .dictionary(
          stride(from: 0, to: values.count, by: 2).map { (key: values[$0], value: values[$0 + 1]) })
      }
      frozen[index] = (value, height)
      return (value, height)
    case .largeInt: return (.unread("a number of more than 64 bits"), 0)
    case .unread(let name): return (.unread(name), 0)
    case .global(let name): throw WeightsError(.refused, "\(reader.what) holds the function \(name)")
    case .storage: return (.unread("torch.Storage"), 0)
    case .mark: throw damaged("a mark is in the place of a value")
    }
  }

  private var tooDeep: WeightsError {
    WeightsError(.damaged, "the containers in \(reader.what) nest deeper than \(Self.maxDepth)")
  }
}
