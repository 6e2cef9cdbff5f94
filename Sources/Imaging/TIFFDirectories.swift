/// Reads numbers and short texts in the directories of a TIFF block (TIFF 6.0, section 2).
///
/// Every position comes from the file, so each is checked against the block.
struct TIFFDirectories {
  private let block: UnsafeBufferPointer<UInt8>
  private let bigEndian: Bool
  /// The position of the first directory.
  let first: Int

  /// Nil without a TIFF header.
  init?(_ block: UnsafeBufferPointer<UInt8>) {
    guard block.count >= 8 else { return nil }
    switch (block[0], block[1]) {
    case (0x4D, 0x4D): bigEndian = true
    case (0x49, 0x49): bigEndian = false
    default: return nil
    }
    self.block = block
    guard Self.number(at: 2, bytes: 2, of: block, bigEndian) == 42,
      let first = Self.number(at: 4, bytes: 4, of: block, bigEndian)
    else { return nil }
    self.first = first
  }

  private func number(at position: Int, bytes count: Int) -> Int? {
    Self.number(at: position, bytes: count, of: block, bigEndian)
  }

  private static func number(
    at position: Int, bytes count: Int, of block: UnsafeBufferPointer<UInt8>, _ bigEndian: Bool
  ) -> Int? {
    guard position >= 0, position + count <= block.count else { return nil }
    return (0..<count).reduce(0) { sum, index in
      sum << 8 | Int(block[position + (bigEndian ? index : count - 1 - index)])
    }
  }

  /// The position of the entry with `tag` in the directory at `directory`; nil if there is none.
  func entry(_ tag: Int, in directory: Int) -> Int? {
    guard let count = number(at: directory, bytes: 2) else { return nil }
    for entry in (0..<count).lazy.map({ directory + 2 + $0 * 12 }) {
      guard let found = number(at: entry, bytes: 2) else { return nil }
      if found == tag { return entry }
    }
    return nil
  }

  /// The first number of an entry; nil if it is no integer.
  ///
  /// The standards require SHORT or LONG. Some programs write a BYTE or a signed number, and other readers accept those.
  func number(_ entry: Int) -> Int? {
    let lengths = [1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4]
    return number(at: entry + 2, bytes: 2).flatMap { lengths[$0] }
      .flatMap { number(at: entry + 8, bytes: $0) }
  }

  /// A text of at most three characters, which the entry itself contains, without the final zero; nil if it is longer or no text.
  func text(_ entry: Int) -> String? {
    guard number(at: entry + 2, bytes: 2) == 2, let count = number(at: entry + 4, bytes: 4), count <= 4,
      entry + 12 <= block.count
    else { return nil }
    return String(decoding: block[entry + 8..<entry + 8 + count].prefix { $0 != 0 }, as: UTF8.self)
  }
}
