import Foundation

/// A zip archive of stored members, built byte by byte, so that names can be hostile.
func archive(_ members: [(name: String, content: [UInt8])]) -> Data {
  var body: [UInt8] = []
  var directory: [UInt8] = []
  for (name, content) in members {
    let common =
      word(20) + word(0) + word(0) + long(0) + long(crc32(content)) + long(UInt32(content.count))
      + long(UInt32(content.count)) + word(UInt16(name.utf8.count)) + word(0)
    directory +=
      long(0x0201_4b50) + word(20) + common + word(0) + word(0) + word(0) + long(0)
      + long(UInt32(body.count)) + Array(name.utf8)
    body += long(0x0403_4b50) + common + Array(name.utf8) + content
  }
  let count = word(UInt16(members.count))
  let end =
    long(0x0605_4b50) + word(0) + word(0) + count + count + long(UInt32(directory.count))
    + long(UInt32(body.count)) + word(0)
  return Data(body + directory + end)
}

private func word(_ value: UInt16) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }

private func long(_ value: UInt32) -> [UInt8] {
  word(UInt16(value & 0xffff)) + word(UInt16(value >> 16))
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var register = UInt32.max
  for byte in bytes {
    register ^= UInt32(byte)
    for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xedb8_8320 : 0) }
  }
  return ~register
}
