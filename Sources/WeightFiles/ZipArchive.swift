import Foundation

/// The stored entries of a zip archive, read in place.
///
/// PyTorch packs checkpoints without compression, so entries are slices of the file. Sizes beyond 4 GiB (zip64) are
/// understood. Source: PKWARE APPNOTE.TXT 6.3.9, sections 4.3 to 4.5.
struct ZipArchive {
  private struct Entry {
    var method: UInt16
    var flags: UInt16
    var checksum: UInt32
    var size: Int
    var headerOffset: Int
  }

  /// The names of the entries, in the order of the directory.
  let names: [String]
  private let data: Data
  private let entries: [String: Entry]

  /// Reads the directory of `data`, which is one whole archive.
  init(_ data: Data) throws(WeightsError) {
    self.data = data
    var (offset, count) = try Self.directory(of: data)
    guard count <= 1_000_000 else { throw WeightsError(.damaged, "its directory lists \(count) entries") }
    var names: [String] = []
    var entries: [String: Entry] = [:]
    for _ in 0..<count {
      let (name, entry, next) = try Self.entry(in: data, at: offset)
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw WeightsError(.damaged, "its directory lists \(name) twice")
      }
      names.append(name)
      offset = next
    }
    (self.names, self.entries) = (names, entries)
  }

  /// Whether `data` starts as zip archives do.
  static func matches(_ data: Data) -> Bool { data.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

  /// The bytes of the entry called `name`, or nil if there is none.
  ///
  /// - Throws: `WeightsError` for a compressed, an encrypted or a damaged entry.
  func callAsFunction(_ name: String) throws(WeightsError) -> Data? {
    guard let entry = entries[name] else { return nil }
    guard entry.flags & 1 == 0 else { throw WeightsError(.unsupported, "the entry \(name) is encrypted") }
    guard entry.method == 0 else {
      throw WeightsError(
        .unsupported,
        "the entry \(name) is compressed, which PyTorch never does; unpack the file and pack it without compression"
      )
    }
    var reader = ByteReader(data, at: entry.headerOffset, what: "the entry \(name)")
    guard try reader.integer(UInt32.self) == 0x0403_4B50 else {
      throw WeightsError(.damaged, "the entry \(name) is not where the directory says")
    }
    _ = try reader.bytes(22)
    let (nameLength, extraLength) = (
      try reader.length(UInt16.self), try reader.length(UInt16.self)
    )
    _ = try reader.bytes(nameLength + extraLength)
    let bytes = try reader.bytes(entry.size)
    // PyTorch can be configured not to compute checksums; then they are zero.
    guard entry.checksum == 0 || Checksum.crc32(bytes) == entry.checksum else {
      throw WeightsError(.damaged, "the checksum of the entry \(name) does not fit its bytes")
    }
    return bytes
  }

  /// Where the directory starts and how many entries it has.
  private static func directory(of data: Data) throws(WeightsError) -> (offset: Int, count: Int) {
    let found = data.withUnsafeBytes { raw in
      stride(from: raw.count - 22, through: max(0, raw.count - 22 - 0xFFFF), by: -1).first {
        raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self).littleEndian == 0x0605_4B50
      }
    }
    guard let end = found else {
      throw WeightsError(.damaged, "it starts as a zip archive but ends before the archive's directory")
    }
    var reader = ByteReader(data, at: end + 10, what: "the archive's directory")
    let count = try reader.length(UInt16.self)
    _ = try reader.bytes(4)
    let offset = try reader.length(UInt32.self)
    _ = try reader.bytes(try reader.length(UInt16.self))
    guard count == 0xFFFF || offset == 0xFFFF_FFFF, end >= 20 else { return (offset, count) }
    reader = ByteReader(data, at: end - 20, what: "the archive's directory")
    guard try reader.integer(UInt32.self) == 0x0706_4B50 else { return (offset, count) }
    _ = try reader.bytes(4)
    reader = ByteReader(data, at: try reader.length(UInt64.self), what: "the archive's directory")
    guard try reader.integer(UInt32.self) == 0x0606_4B50 else {
      throw WeightsError(.damaged, "the archive's directory is not where its end says")
    }
    _ = try reader.bytes(28)
    let wideCount = try reader.length(UInt64.self)
    _ = try reader.bytes(8)
    return (try reader.length(UInt64.self), wideCount)
  }

  private static func entry(
    in data: Data, at offset: Int
  ) throws(WeightsError) -> (name: String, entry: Entry, next: Int) {
    var reader = ByteReader(data, at: offset, what: "the archive's directory")
    guard try reader.integer(UInt32.self) == 0x0201_4B50 else {
      throw WeightsError(.damaged, "the archive's directory holds something else at \(offset)")
    }
    _ = try reader.bytes(4)
    let flags = try reader.integer(UInt16.self)
    let method = try reader.integer(UInt16.self)
    _ = try reader.bytes(4)
    let checksum = try reader.integer(UInt32.self)
    var packedSize = try reader.length(UInt32.self)
    var size = try reader.length(UInt32.self)
    let nameLength = try reader.length(UInt16.self)
    let extraLength = try reader.length(UInt16.self)
    let commentLength = try reader.length(UInt16.self)
    _ = try reader.bytes(8)
    var headerOffset = try reader.length(UInt32.self)
    let name = String(decoding: try reader.bytes(nameLength), as: UTF8.self)
    var extra = ByteReader(
      Data(try reader.bytes(extraLength)), what: "the archive's directory at \(name)")
    _ = try reader.bytes(commentLength)
    while extra.remaining >= 4 {
      let tag = try extra.integer(UInt16.self)
      let length = try extra.length(UInt16.self)
      var field = ByteReader(try extra.bytes(length), what: "the archive's directory at \(name)")
      guard tag == 1 else { continue }
      if size == 0xFFFF_FFFF { size = try field.length(UInt64.self) }
      if packedSize == 0xFFFF_FFFF { packedSize = try field.length(UInt64.self) }
      if headerOffset == 0xFFFF_FFFF { headerOffset = try field.length(UInt64.self) }
    }
    guard method != 0 || size == packedSize else {
      throw WeightsError(.damaged, "the archive's directory gives \(name) two sizes")
    }
    let entry = Entry(
      method: method, flags: flags, checksum: checksum, size: size, headerOffset: headerOffset)
    return (name, entry, reader.position)
  }
}
