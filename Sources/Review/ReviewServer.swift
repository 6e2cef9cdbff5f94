public import Dataset
import FlyingFox
import FlyingSocks
public import Foundation
public import Ledger

#if canImport(Glibc)
  import Glibc
#endif

/// The local page in which a person decides about samples.
///
/// It listens at 127.0.0.1 alone. Decisions are in the ledger before they are answered; what other programs write to
/// the ledger meanwhile is taken in.
public final class ReviewServer: Sendable {
  private let port: UInt16
  private let name: String
  private let catalogue: Catalogue
  private let pictures: Pictures
  private let workshop: any Workshop
  private let runView: RunView

  /// A server for the dataset in `output`.
  ///
  /// - Parameters:
  ///   - output: Where crops and cutouts are.
  ///   - ledger: The dataset's ledger.
  ///   - port: Where to listen; 0 for any free port.
  ///   - rules: What the measures must be in each domain, which tells what is borderline.
  ///   - workshop: Works on single samples.
  ///   - run: The folder of the training run that is shown; `run` under the output where none is named.
  /// - Throws: `LedgerError`.
  public init(
    output: OutputFolder, ledger: Ledger, port: UInt16 = 0,
    rules: [Domain: [CurateSettings.Rule]], workshop: any Workshop,
    run: URL? = nil
  ) throws {
    (self.port, self.workshop) = (port, workshop)
    runView = RunView(run ?? output.url.appendingPathComponent("run"))
    name = output.url.lastPathComponent
    catalogue = try Catalogue(ledger, rules: rules)
    pictures = Pictures(output, workshop: workshop)
  }

  /// Serves the page until the task is cancelled.
  ///
  /// - Parameter opened: Called once with the address to open, its token included, when the server listens.
  /// - Throws: `ReviewError`.
  public func run(opened: @escaping @Sendable (String) -> Void) async throws {
    let server = HTTPServer(
      address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), timeout: 30,
      pool: PromptSockets(), logger: .disabled)
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        group.addTask {
          try await server.waitUntilListening()
          guard case .ip4(_, let port) = await server.listeningAddress else { return }
          let access = Access(port: port)
          await server.appendRoute(
            "*",
            to: Routes(
              access: access, name: self.name, catalogue: self.catalogue, pictures: self.pictures,
              workshop: self.workshop, run: self.runView))
          opened(access.address)
        }
        // Not waitForAll, which waits for the second task although the first has failed.
        while try await group.next() != nil {}
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
}
