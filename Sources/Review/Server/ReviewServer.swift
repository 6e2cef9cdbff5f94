public import Dataset
import FlyingFox
import FlyingSocks
public import Foundation
public import Ledger

#if canImport(Glibc)
  import Glibc
#endif

/// The server of the local page on which users accept, reject and correct samples.
///
/// It listens on 127.0.0.1 only. A decision is written to the ledger before the response is sent. Changes of other programs to the
/// ledger are shown within seconds.
public final class ReviewServer: Sendable {
  private let port: UInt16
  private let output: OutputFolder
  private let store: SampleStore
  private let pictures: Pictures
  private let tiles: Tiles
  private let ledger: Ledger
  private let editing: any SampleEditing
  private let learner: (any MaskLearner)?
  private let settings: WritableSettings?
  private let name: String
  private let run: TrainingRun
  private let trial: (any PictureTrial)?

  /// A server for the dataset in `output`.
  ///
  /// - Parameters:
  ///   - output: The folder with crops and cutouts.
  ///   - ledger: The dataset's ledger.
  ///   - port: The port; 0 for any free port.
  ///   - rules: The limits of each domain's measures, which decide what is borderline.
  ///   - name: The dataset's name; that of the output folder if nil.
  ///   - editing: Changes single samples.
  ///   - learner: Fine-tunes the mask network on corrected masks; nil to disable it.
  ///   - settings: The settings file, into which the page can write rules; nil to disable it.
  ///   - run: The folder of the training run that is shown; `run` under the output if nil.
  ///   - trial: Translates images with the run's checkpoints; nil to disable it.
  /// - Throws: `LedgerError`.
  public init(
    output: OutputFolder, ledger: Ledger, port: UInt16 = 0,
    rules: [Domain: [CurateSettings.Rule]], name: String? = nil, editing: any SampleEditing,
    learner: (any MaskLearner)? = nil, settings: WritableSettings? = nil, run: URL? = nil,
    trial: (any PictureTrial)? = nil
  ) throws {
    (self.port, self.editing, self.trial) = (port, editing, trial)
    self.settings = settings
    (self.learner, self.name) = (learner, name ?? output.url.lastPathComponent)
    self.run = TrainingRun(run ?? output.url.appendingPathComponent("run"))
    (self.output, self.ledger) = (output, ledger)
    store = try SampleStore(ledger, rules: rules)
    pictures = Pictures(output, editing: editing)
    tiles = Tiles(output, pictures: pictures, samples: store)
  }

  /// Serves the page until the task is cancelled.
  ///
  /// - Parameter opened: Called once with the address to open, its token included, when the server listens.
  /// - Throws: `ReviewError`.
  public func run(opened: @escaping @Sendable (String) -> Void) async throws {
    do {
      let pool = HTTPServer.defaultPool()
      try await pool.prepare()
      let socket = try listeningSocket()
      guard case .ip4(_, let port) = try socket.sockname() else { return }
      let listener = try AsyncSocket(socket: socket, pool: pool)
      let access = Access(port: port)
      let routes = Routes(
        access: access, name: name, output: output, store: store, pictures: pictures, tiles: tiles,
        similarity: Similarity(tiles: tiles, ledger: ledger), editing: editing, learner: learner,
        settings: settings,
        run: run, trial: trial)
      let filling = Task(priority: .utility) { [tiles] in await tiles.fill() }
      defer { filling.cancel() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await pool.run() }
        group.addTask { try await Self.accept(on: listener, routes: routes) }
        opened(access.address)
        defer { try? listener.close() }
        try await group.next()
        group.cancelAll()
      }
    } catch {
      if Task.isCancelled { return }
      if case SocketError.failed(_, let code, let message) = error {
        throw code == EADDRINUSE
          ? ReviewError.portTaken(port) : ReviewError.cannotListen(port, reason: message)
      }
      throw ReviewError.cannotListen(port, reason: "\(error)")
    }
  }

  private func listeningSocket() throws -> Socket {
    let socket = try Socket(domain: AF_INET)
    try socket.setValue(true, for: .localAddressReuse)
    // Connections inherit this option. Without it, the last piece of a large image waits for an acknowledgement.
    try socket.setValue(true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
    do {
      try socket.bind(to: try sockaddr_in.inet(ip4: "127.0.0.1", port: port))
      try socket.listen()
    } catch {
      try? socket.close()
      throw error
    }
    return socket
  }

  private static func accept(on listener: AsyncSocket, routes: Routes) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      while true {
        do {
          let socket = try await listener.accept()
          group.addTask {
            var connection = ClientConnection(socket, routes: routes)
            await connection.serve()
          }
        } catch SocketError.failed {
          // Too many open files, or a client that disconnected at once; continue with others.
          try await Task.sleep(for: .milliseconds(50))
        }
      }
    }
  }
}
