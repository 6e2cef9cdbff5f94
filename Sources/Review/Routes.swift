import Dataset
import FlyingFox
import Foundation
import Imaging
import Ledger

/// What the server answers.
///
/// Only names of this list and identities of known samples lead anywhere.
struct Routes: HTTPHandler {
  /// The most bytes that a request's body may have.
  static let bodyLimit = 1 << 20

  let access: Access
  let name: String
  let catalogue: Catalogue
  let pictures: Pictures
  let workshop: any Workshop
  let run: RunView

  /// Answers one request.
  func handleRequest(_ request: HTTPRequest) async -> HTTPResponse {
    do {
      guard let body = try await body(of: request) else {
        return Reply.refusal(.payloadTooLarge, "the request is larger than 1 MiB")
      }
      guard access.isOwn(request) else {
        return Reply.refusal(.forbidden, "this server answers only its own page")
      }
      let path = request.target.path()
      if access.opens(request) { return page("/", setting: access.cookie) }
      guard access.isKnown(request) else {
        return Reply.refusal(.forbidden, "open the address that easel review printed, with its token")
      }
      switch (request.method, path) {
      case (.GET, _) where PageFile.all[path] != nil: return page(path)
      case (.GET, "/api/samples"):
        return try Reply.json(
          Overview(name: name, measures: Contents.measures.map(\.rawValue), all: await catalogue.listing()))
      case (.GET, "/api/changes"):
        let since = request.query.first { $0.name == "since" }.flatMap { Int($0.value) }
        guard let since else { return Reply.refusal(.badRequest, "since is a revision, a whole number") }
        return try Reply.json(await catalogue.changes(since: since))
      case (.GET, "/api/measures"): return try Reply.json(await catalogue.measures())
      case (.POST, "/api/decisions"): return try await decide(request, body)
      case (.POST, "/api/pairings"): return try await pair(request, body)
      case (.POST, _): return try await repair(path, request, body)
      case (.GET, "/api/framing"): return try Reply.json(await catalogue.framing())
      case (.GET, "/api/run"), (.GET, "/image/mean/A"), (.GET, "/image/mean/B"):
        return try await overview(path, request)
      case (.GET, _) where path.hasPrefix("/image/sheet/"): return try await overview(path, request)
      case (.GET, _): return try await sample(path, request)
      default: return Reply.refusal(.methodNotAllowed, "there is nothing to \(request.method.rawValue) here")
      }
    } catch {
      return Reply.refusal(.internalServerError, "\(error)")
    }
  }

  /// The whole body; nil where it is too large.
  ///
  /// Read to its end in any case, or its rest would be the next request.
  private func body(of request: HTTPRequest) async throws -> Data? {
    var (data, isTooLarge) = (Data(), false)
    for try await piece in request.bodySequence {
      isTooLarge = isTooLarge || data.count + piece.count > Self.bodyLimit
      if !isTooLarge { data.append(piece) }
    }
    return isTooLarge ? nil : data
  }

  private func page(_ path: String, setting cookie: String? = nil) -> HTTPResponse {
    guard let file = PageFile.all[path] else { return Reply.refusal(.notFound, "there is nothing here") }
    return Reply.bytes(file.bytes, type: file.type, headers: cookie.map { [.setCookie: $0] } ?? [:])
  }

  private func decide(_ request: HTTPRequest, _ body: Data) async throws -> HTTPResponse {
    let type = request.headers[.contentType] ?? ""
    guard type.split(separator: ";").first == "application/json" else {
      return Reply.refusal(.unsupportedMediaType, "decisions come as application/json")
    }
    guard let decisions = try? JSONDecoder().decode(Decisions.self, from: body) else {
      return Reply.refusal(
        .badRequest, "decisions come as {\"changes\": [{\"id\", \"version\", \"keep\", \"why\"}]}")
    }
    for change in decisions.changes {
      guard Self.isID(change.id[...]), change.why.map(Self.isReason) ?? true else {
        return Reply.refusal(.badRequest, "an id is 16 hexadecimal digits, a reason a code such as blurred")
      }
    }
    return try Reply.json(await catalogue.decide(decisions.changes))
  }

  /// `/api/sample/ID` and `/image/KIND/ID`.
  private func sample(_ path: String, _ request: HTTPRequest) async throws -> HTTPResponse {
    let nothing = Reply.refusal(.notFound, "there is nothing here")
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard parts.count == 3, let id = parts.last, Self.isID(id), let item = await catalogue.item(String(id))
    else { return nothing }
    do {
      switch parts.dropLast().joined(separator: "/") {
      case "api/sample":
        guard var detail = try await catalogue.detail(item.id, side: workshop.side) else { return nothing }
        detail.layers = try await workshop.layers(of: item.id)
        return try Reply.json(detail)
      case "api/faces":
        guard let image = try await catalogue.image(of: item.id) else { return nothing }
        return try Reply.json(try await workshop.faces(in: image))
      case "image/thumbnail":
        let side = request.query.first { $0.name == "side" }.flatMap { Int($0.value) } ?? 256
        guard Pictures.sides.contains(side) else {
          return Reply.refusal(.badRequest, "side is one of \(Pictures.sides)")
        }
        if !item.isCut {
          guard let image = try await catalogue.image(of: item.id) else { return nothing }
          return picture(
            request, tag: "source-\(side)",
            try await pictures.thumbnail(ofSource: image, id: item.id, side: side))
        }
        return picture(
          request, tag: "\(item.picture)-\(side)",
          try pictures.thumbnail(of: item.id, side: side, version: item.picture))
      case "image/crop": return picture(request, tag: item.picture, try pictures.crop(of: item.id))
      case "image/cutout": return picture(request, tag: item.picture, try pictures.cutout(of: item.id))
      case "image/mask": return picture(request, tag: item.picture, try pictures.mask(of: item.id))
      case "image/source":
        guard let image = try await catalogue.image(of: item.id) else { return nothing }
        return picture(
          request, tag: String(Digest(of: image.id.rawValue).hex.prefix(16)),
          try await pictures.source(of: image))
      case "image/strokes":
        guard let strokes = try await workshop.strokes(of: item.id) else { return nothing }
        return Reply.bytes(Data(try strokes.png()), type: "image/png")
      case "api/offers":
        return try Reply.json(try await workshop.offers(of: item.id))
      case "image/offer":
        guard let other = request.query.first(where: { $0.name == "from" })?.value, Self.isID(other[...]),
          await catalogue.item(other) != nil
        else { return Reply.refusal(.badRequest, "from is the id of another sample") }
        guard let cutout = try await workshop.offered(to: item.id, from: other) else { return nothing }
        return Reply.bytes(Data(try cutout.png()), type: "image/png")
      case "image/preview":
        let name = request.query.first { $0.name == "method" }?.value ?? ""
        guard let method = MaskSettings.Method(rawValue: name) else {
          return Reply.refusal(
            .badRequest, "method is one of \(MaskSettings.Method.allCases.map(\.rawValue))")
        }
        guard let cutout = try await workshop.preview(of: item.id, by: method) else { return nothing }
        return Reply.bytes(Data(try cutout.png()), type: "image/png")
      default: return nothing
      }
    } catch let error as any ItemFailure {
      return Reply.refusal(.notFound, error.sentence)
    }
  }

  /// A picture that the browser may keep: its address changes when it does.
  private func picture(_ request: HTTPRequest, tag: String, _ picture: Pictures.Picture) -> HTTPResponse {
    let headers: [HTTPHeader: String] = [
      HTTPHeader("Cache-Control"): "private, max-age=86400", .eTag: "\"\(tag)\"",
    ]
    let isKept = request.headers[.ifNoneMatch] == "\"\(tag)\""
    return Reply.bytes(
      isKept ? Data() : picture.bytes, type: picture.type, status: isKept ? .notModified : .ok,
      headers: headers)
  }

  /// Whether `text` has the form of a sample's identity: 16 lower-case hexadecimal digits.
  static func isID(_ text: Substring) -> Bool {
    text.utf8.count == 16
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// Whether `text` has the form of a reason's code: lower case, digits and hyphens.
  private static func isReason(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 45 }
  }
}

/// What the page loads first.
private struct Overview: Encodable {
  let name: String
  /// The measures that samples can be sorted by.
  let measures: [String]
  let all: Catalogue.Listing
}

/// What the page posts.
private struct Decisions: Decodable {
  let changes: [Catalogue.Change]
}
