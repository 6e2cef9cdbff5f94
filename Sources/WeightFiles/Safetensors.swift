public import Foundation

/// Why bytes are not a valid safetensors file.
public struct SafetensorsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, if there is one.
  public let path: String?
  /// What is wrong, in a few words.
  public let reason: String

  /// One sentence, with the file if there is one.
  public var description: String {
    (path.map { "\($0.printable): " } ?? "") + "not a valid safetensors file: \(reason.escaped)"
  }
}

/// Named tensors and text, in the safetensors format: a little-endian length, a JSON header, the tensors' bytes.
///
/// Source: https://github.com/huggingface/safetensors, README.md, "Format".
public struct Safetensors: Sendable, Equatable {
  /// The maximum length of a header in bytes.
  ///
  /// Ten thousand tensors need about one million; the format's own library reads up to 100 million, which takes minutes here.
  public static let maxHeader = 8_000_000

  /// The tensors by name.
  public var tensors: [String: StoredTensor]
  /// Free text by name, the header's `__metadata__`.
  public var metadata: [String: String]

  /// A file of `tensors` and `metadata`.
  public init(tensors: [String: StoredTensor] = [:], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads the file at `url`.
  ///
  /// - Throws: `SafetensorsError` for a damaged file, `WeightsError` for one that cannot be opened.
  public init(contentsOf url: URL) throws { try self.init(contentsOf: url, maps: false) }

  /// Reads the file at `url`, or maps it: see `Data.init(weightsAt:maps:)`.
  package init(contentsOf url: URL, maps: Bool) throws {
    let data = try Data(weightsAt: url, maps: maps)
    do {
      try self.init(data: data)
    } catch let error as SafetensorsError {
      throw SafetensorsError(path: url.path, reason: error.reason)
    }
  }

  /// Reads `data`, which must be one whole file: every byte belongs to exactly one tensor, in order and without gaps.
  ///
  /// - Throws: `SafetensorsError` that says what does not fit.
  public init(data: Data) throws {
    guard data.count >= 8 else {
      throw Self.invalid("it has \(data.count) bytes, fewer than the 8 of its length")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.maxHeader) else {
      throw Self.invalid("a header of \(length) bytes is longer than \(Self.maxHeader)")
    }
    guard length <= UInt64(data.count - 8) else {
      throw Self.invalid("the header should have \(length) bytes, the file ends after \(data.count - 8)")
    }
    let start = data.startIndex + 8 + Int(length)
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: data[(data.startIndex + 8)..<start])
    } catch {
      throw Self.invalid("its header is not understood: \(Self.sentence(error))")
    }
    self.init(metadata: header.metadata)
    var end = 0
    let order = header.entries.sorted { one, other in
      let (first, second) = (one.value.offsets, other.value.offsets)
      return first == second ? one.key < other.key : first < second
    }
    for (name, entry) in order {
      guard let element = StoredTensor.Element(rawValue: entry.dtype) else {
        throw Self.invalid("\(name) has elements of unknown type \(entry.dtype)")
      }
      guard entry.data_offsets.count == 2, entry.offsets.0 == end, entry.offsets.1 >= end else {
        throw Self.invalid("\(name) is at \(entry.data_offsets), expected to start at \(end)")
      }
      guard let count = StoredTensor.byteCount(element, entry.shape), count == entry.offsets.1 - end else {
        throw Self.invalid(
          "\(name) has \(entry.offsets.1 - end) bytes for \(element.rawValue) \(entry.shape)")
      }
      guard count <= data.endIndex - start - end else {
        throw Self.invalid("it ends within \(name)")
      }
      tensors[name] = StoredTensor(
        element: element, shape: entry.shape, bytes: data[(start + end)..<(start + end + count)])
      end += count
    }
    guard end == data.endIndex - start else {
      throw Self.invalid("\(data.endIndex - start - end) bytes follow the last tensor")
    }
  }

  /// The whole file in memory.
  ///
  /// - Throws: the JSON encoder's error.
  public func encoded() throws -> Data {
    var data = Data()
    try write { data.append($0) }
    return data
  }

  /// Passes the file to `sink` in pieces, so that a large file is never in memory twice.
  ///
  /// The order depends only on the content: wider elements first, so that each tensor is aligned, then by
  /// name.
  ///
  /// - Throws: what `sink` throws, or the JSON encoder's error.
  public func write(to sink: (Data) throws -> Void) throws {
    let order = tensors.sorted { ($1.value.element.size, $0.key) < ($0.value.element.size, $1.key) }
    var entries: [String: Entry] = [:]
    var end = 0
    for (name, tensor) in order {
      entries[name] = Entry(
        dtype: tensor.element.rawValue, shape: tensor.shape, data_offsets: [end, end + tensor.bytes.count])
      end += tensor.bytes.count
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var header = try encoder.encode(Header(metadata: metadata, entries: entries))
    header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    try sink(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header)
    for (_, tensor) in order where !tensor.bytes.isEmpty { try sink(tensor.bytes) }
  }

  private static func invalid(_ reason: String) -> SafetensorsError {
    SafetensorsError(path: nil, reason: reason)
  }

  private static func sentence(_ error: any Error) -> String {
    switch error {
    case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
      DecodingError.keyNotFound(_, let context), DecodingError.valueNotFound(_, let context):
      (context.codingPath.first.map { "\($0.stringValue): " } ?? "") + context.debugDescription
    default: String(describing: error)
    }
  }
}

/// One tensor in the header; the names are the format's.
private struct Entry: Codable {
  var dtype: String
  var shape: [Int]
  var data_offsets: [Int]

  var offsets: (Int, Int) { data_offsets.count == 2 ? (data_offsets[0], data_offsets[1]) : (-1, -1) }
}

/// The JSON header: an entry a tensor, and `__metadata__`.
private struct Header: Codable {
  var metadata: [String: String]
  var entries: [String: Entry]

  init(metadata: [String: String], entries: [String: Entry]) {
    self.metadata = metadata
    self.entries = entries
  }

  struct Name: CodingKey {
    static let metadata = Name(stringValue: "__metadata__")
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    metadata = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
    entries = [:]
    for key in container.allKeys where key.stringValue != Name.metadata.stringValue {
      entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    if !metadata.isEmpty { try container.encode(metadata, forKey: .metadata) }
    for (name, entry) in entries { try container.encode(entry, forKey: Name(stringValue: name)) }
  }
}
