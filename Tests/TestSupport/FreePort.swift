#if canImport(Glibc)
  import Glibc
#endif

/// A TCP port of this machine that no program used a moment ago, and whose predecessor is a valid port; 0 if there is none.
public func freePort() -> UInt16 {
  let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(number) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(number, $0, size) == 0 && getsockname(number, $0, &size) == 0
    }
  }
  return isBound ? UInt16(bigEndian: address.sin_port) : 0
}
