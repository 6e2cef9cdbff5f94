internal import CNettle
public import Foundation
public import Imaging

/// A SHA-256 digest.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public let hex: String

  /// The digest of `bytes`.
  public init(of bytes: some Sequence<UInt8>) {
    var hasher = Hasher256()
    if bytes.withContiguousStorageIfAvailable({ hasher.update(UnsafeRawBufferPointer($0)) }) == nil {
      Array(bytes).withUnsafeBytes { hasher.update($0) }
    }
    self = hasher.finish()
  }

  /// The digest of the UTF-8 bytes of `text`.
  public init(of text: String) { self.init(of: Array(text.utf8)) }

  /// The digest of the regular file at `path`, which is read in pieces.
  ///
  /// - Throws: `ImagingError` with the path, as `RegularFile` does; also for pipes and devices, without
  ///   waiting for them.
  public init(ofFile path: String) throws(ImagingError) {
    var hasher = Hasher256()
    do throws(ImagingError) {
      let file = try RegularFile(path: path)
      var offset = 0
      while true {
        let piece = try file.read(1 << 20, at: offset)
        if piece.isEmpty { break }
        piece.withUnsafeBytes { hasher.update($0) }
        offset += piece.count
      }
    } catch { throw error.at(path: path) }
    self = hasher.finish()
  }

  /// The digest of the file at `url`; see `init(ofFile:)` for a path.
  public init(ofFile url: URL) throws(ImagingError) { try self.init(ofFile: url.path) }

  /// A digest from its 64 hexadecimal digits.
  fileprivate init(hex: String) { self.hex = hex }

  /// The 64 hexadecimal digits.
  public var description: String { hex }
}

/// Computes SHA-256 of bytes that arrive in pieces.
public struct Hasher256 {
  private var context = sha256_ctx()

  /// A hasher that has read no bytes yet.
  public init() { nettle_sha256_init(&context) }

  /// Adds `bytes`.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    nettle_sha256_update(&context, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
  }

  /// The digest of all added bytes.
  public mutating func finish() -> Digest {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
    nettle_sha256_digest(&context, digest.count, &digest)
    let digits = Array("0123456789abcdef".utf8)
    return Digest(
      hex: String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self))
  }
}
