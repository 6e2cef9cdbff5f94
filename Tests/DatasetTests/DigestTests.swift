import Foundation
import TestSupport
import Testing

@testable import Dataset

struct DigestTests {
  /// The examples of FIPS 180-2, appendix B, and the empty message.
  @Test(
    "SHA-256 agrees with the published vectors",
    arguments: [
      ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
  func publishedVectors(piece: String, count: Int, expected: String) throws {
    let text = String(repeating: piece, count: count)
    #expect(Digest(of: text).hex == expected)
    #expect(Digest(of: AnySequence(text.utf8)).hex == expected)

    var hasher = Hasher256()
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      rest.prefix(61).withUnsafeBytes { hasher.update($0) }
      rest = rest.dropFirst(61)
    }
    #expect(hasher.finish().hex == expected)
  }

  @Test("A file larger than one piece has the right digest") func largeFiles() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<(1 << 20) + 17).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let file = folder.appending("large")
    try Data(bytes).write(to: file)
    #expect(try Digest(ofFile: file) == Digest(of: bytes))
    #expect(throws: (any Error).self) { try Digest(ofFile: folder.appending("none")) }
  }
}
