import Dataset
import FlyingFox
import Foundation
import Imaging
import Ledger

/// What people change about single samples.
extension Routes {
  /// `/api/repair/ID` with JSON, and `/api/strokes/ID?version=N` with a PNG, or without a body to take the strokes back.
  func repair(_ path: String, _ request: HTTPRequest, _ body: Data) async throws -> HTTPResponse {
    let nothing = Reply.refusal(.notFound, "there is nothing here")
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard parts.count == 3, let id = parts.last.map(String.init), Self.isID(id[...]),
      await catalogue.item(id) != nil
    else { return nothing }
    let type = (request.headers[.contentType] ?? "").split(separator: ";").first ?? ""
    do {
      switch (parts.dropLast().joined(separator: "/"), type) {
      case ("api/repair", "application/json"):
        guard let wanted = try? JSONDecoder().decode(RepairRequest.self, from: body) else {
          return Reply.refusal(
            .badRequest,
            "repairs come as {\"version\", \"kind\": \"frame\", \"method\" or \"carried\", and the value}")
        }
        guard let repair = try await repair(wanted, of: id) else {
          return Reply.refusal(
            .badRequest,
            wanted.kind == .carried
              ? "from is the id of another sample"
              : "the frame must show some of the image, upright or turned, at a sane size")
        }
        return try await apply(repair, to: id, version: wanted.version)
      case ("api/strokes", "image/png"):
        guard let version = request.query.first(where: { $0.name == "version" }).flatMap({ Int($0.value) })
        else {
          return Reply.refusal(.badRequest, "version is a whole number")
        }
        let layer = body.isEmpty ? nil : try ImageCodec.decode([UInt8](body), pixelLimit: 4096 * 4096).image
        return try await apply(.strokes(layer), to: id, version: version)
      case ("api/repair", _), ("api/strokes", _):
        return Reply.refusal(.unsupportedMediaType, "repairs come as application/json, strokes as image/png")
      default: return nothing
      }
    } catch let error as any ItemFailure {
      return Reply.refusal(.unprocessableContent, error.sentence)
    }
  }

  /// `/api/pairings`: whether samples show the same picture.
  func pair(_ request: HTTPRequest, _ body: Data) async throws -> HTTPResponse {
    guard (request.headers[.contentType] ?? "").split(separator: ";").first == "application/json" else {
      return Reply.refusal(.unsupportedMediaType, "pairings come as application/json")
    }
    guard let asked = try? JSONDecoder().decode(PairingRequest.self, from: body),
      asked.pairs.allSatisfy({
        Self.isID($0.first[...]) && Self.isID($0.second[...]) && $0.first != $0.second
      })
    else {
      return Reply.refusal(
        .badRequest,
        "pairings come as {\"pairs\": [{\"first\", \"second\", \"same\"}], \"seen\": {id: version}}")
    }
    return try Reply.json(
      await catalogue.pair(asked.pairs.map { ($0.first, $0.second, $0.same) }, seen: asked.seen))
  }

  private func apply(_ repair: Repair, to id: String, version: Int) async throws -> HTTPResponse {
    guard let facts = try await catalogue.facts(id) else {
      return Reply.refusal(.notFound, "there is nothing here")
    }
    guard facts.crop.cut != nil || repair.isFrame else {
      return Reply.refusal(.unprocessableContent, "nothing is cut yet; give it a frame first")
    }
    return try Reply.json(
      await catalogue.change(id, version: version) { [workshop] in
        try await workshop.apply(repair, to: facts.crop, of: facts.image)
      })
  }

  /// What is asked for; nil for a frame, or a sample to carry from, that makes no sense.
  private func repair(_ wanted: RepairRequest, of id: String) async throws -> Repair? {
    switch wanted.kind {
    case .method: return .method(wanted.method)
    case .carried:
      guard let other = wanted.from else { return .carried(from: nil) }
      guard other != id, Self.isID(other[...]), await catalogue.item(other) != nil else { return nil }
      return .carried(from: other)
    case .frame: break
    }
    guard let image = try await catalogue.image(of: id) else { return nil }
    if let number = wanted.face {
      let faces = try await workshop.faces(in: image)
      guard faces.indices.contains(number) else { return nil }
      let found = faces[number]
      return .frame(UserCrop(matrix: wanted.matrix ?? found.matrix, size: found.size, face: found.face))
    }
    guard let matrix = wanted.matrix else { return .frame(nil) }
    guard let side = try await catalogue.detail(id, side: workshop.side)?.size, let width = image.width,
      let height = image.height,
      RepairRequest.isSane(matrix, side: side, size: PixelSize(width: width, height: height))
    else { return nil }
    // Another face that was chosen before stays chosen.
    let face = try await workshop.layers(of: id).frame?.face
    return .frame(UserCrop(matrix: matrix, size: side, face: face))
  }
}

/// What the page posts about copies.
private struct PairingRequest: Decodable {
  struct Pair: Decodable {
    let first: String
    let second: String
    let same: Bool?
  }

  let pairs: [Pair]
  let seen: [String: Int]
}
