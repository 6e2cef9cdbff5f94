import FlyingFox
import FlyingSocks

#if canImport(Glibc)
  import Glibc
#endif

/// The server's usual pool of sockets, which send at once.
///
/// FlyingFox sends a response's head and body apart. With Nagle's algorithm the body then waits for the browser's
/// delayed acknowledgement of the head, 40 ms on Linux: nearly all the time that a decision takes.
struct PromptSockets: AsyncSocketPool {
  private let pool: any AsyncSocketPool = HTTPServer.defaultPool()

  /// Prepares the pool.
  func prepare() async throws { try await pool.prepare() }

  /// Runs the pool within the current task.
  func run() async throws { try await pool.run() }

  /// Waits until `socket` is ready.
  ///
  /// Every socket comes here before it can send, the one that listens too, from which connections inherit the option.
  func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
    // A socket that has been closed meanwhile cannot take it; the pool tells the caller.
    try? socket.setValue(true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
    try await pool.suspendSocket(socket, untilReadyFor: events)
  }
}
