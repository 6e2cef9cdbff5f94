import Foundation

/// Writes a zip archive of stored entries, whose bytes begin at multiples of 64 as PyTorch maps them.
///
/// Source: PKWARE APPNOTE.TXT 6.3.9, sections 4.3 to 4.5.
struct ZipWriter {
  /// The minimum size or offset for which 64-bit fields are used; lower in tests, because 4 GiB would be
  /// slow.
  var wideFrom = 0xFFFF_FFFF
  private let sink: (Data) throws -> Void
  private var position = 0
  private var directory = Data()
  private var count = 0

  init(sink: @escaping (Data) throws -> Void) { self.sink = sink }

  private mutating func put(_ data: Data) throws {
    try sink(data)
    position += data.count
  }

  /// Adds an entry.
  mutating func add(_ name: String, _ bytes: Data) throws {
    let checksum = Checksum.crc32(bytes)
    let offset = position
    let wideSize = bytes.count >= wideFrom
    var extra = Data()
    if wideSize { extra.append(field: 1, of: [bytes.count, bytes.count]) }
    let unpadded = offset + 30 + name.utf8.count + extra.count + 4
    let padding = (64 - unpadded % 64) % 64
    // The tag of PyTorch's own padding.
    extra.append(littleEndian: UInt16(0x4246))
    extra.append(littleEndian: UInt16(padding))
    extra.append(contentsOf: repeatElement(0x5A, count: padding))

    var header = Data()
    header.append(littleEndian: UInt32(0x0403_4B50))
    header.append(common: checksum, size: wideSize ? nil : bytes.count, name: name, extra: extra)
    header.append(contentsOf: name.utf8)
    try put(header + extra)
    if !bytes.isEmpty { try put(bytes) }

    let wideOffset = offset >= wideFrom
    var listed = Data()
    if wideSize || wideOffset {
      listed.append(
        field: 1, of: (wideSize ? [bytes.count, bytes.count] : []) + (wideOffset ? [offset] : []))
    }
    directory.append(littleEndian: UInt32(0x0201_4B50))
    directory.append(littleEndian: UInt16(45))
    directory.append(common: checksum, size: wideSize ? nil : bytes.count, name: name, extra: listed)
    directory.append(contentsOf: Data(count: 10))
    directory.append(littleEndian: wideOffset ? UInt32.max : UInt32(offset))
    directory.append(contentsOf: name.utf8)
    directory.append(listed)
    count += 1
  }

  /// Writes the directory, which ends the archive.
  mutating func finish() throws {
    let start = position
    var end = directory
    if start >= wideFrom || count >= 0xFFFF {
      end.append(littleEndian: UInt32(0x0606_4B50))
      end.append(littleEndian: UInt64(44))
      end.append(littleEndian: UInt16(45))
      end.append(littleEndian: UInt16(45))
      end.append(contentsOf: Data(count: 8))
      for number in [count, count, directory.count, start] { end.append(littleEndian: UInt64(number)) }
      end.append(littleEndian: UInt32(0x0706_4B50))
      end.append(littleEndian: UInt32(0))
      end.append(littleEndian: UInt64(start + directory.count))
      end.append(littleEndian: UInt32(1))
    }
    let wideStart = start >= wideFrom
    end.append(littleEndian: UInt32(0x0605_4B50))
    end.append(littleEndian: UInt32(0))
    end.append(littleEndian: UInt16(clamping: count))
    end.append(littleEndian: UInt16(clamping: count))
    end.append(littleEndian: UInt32(clamping: directory.count))
    end.append(littleEndian: wideStart ? UInt32.max : UInt32(start))
    end.append(littleEndian: UInt16(0))
    try put(end)
  }
}

extension Data {
  fileprivate mutating func append(field tag: UInt16, of numbers: [Int]) {
    append(littleEndian: tag)
    append(littleEndian: UInt16(8 * numbers.count))
    for number in numbers { append(littleEndian: UInt64(number)) }
  }

  /// The fields that an entry's header and its line in the directory share; a size of nil is in the extra field.
  fileprivate mutating func append(common checksum: UInt32, size: Int?, name: String, extra: Data) {
    append(littleEndian: UInt16(45))  // the version needed: 4.5, with 64-bit fields
    append(littleEndian: UInt16(0x0800))  // names are UTF-8
    append(littleEndian: UInt16(0))  // stored
    // Time and date are always 1980-01-01 00:00, so that equal contents have equal bytes.
    append(littleEndian: UInt16(0))
    append(littleEndian: UInt16(0x0021))
    append(littleEndian: checksum)
    append(littleEndian: size.map { UInt32($0) } ?? UInt32.max)
    append(littleEndian: size.map { UInt32($0) } ?? UInt32.max)
    append(littleEndian: UInt16(name.utf8.count))
    append(littleEndian: UInt16(extra.count))
  }
}
