import Dataset
import FlyingFox
import Foundation
import Imaging
import Ledger

/// The routes that edit a sample: frame, mask method, strokes, and strokes copied from another sample.
struct EditRoutes: Sendable {
  let store: SampleStore
  let editing: any SampleEditing

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    // JSON: a frame, a method, or another sample's correction.
    add("POST", "/api/repair/:id", to: &table) { try await edit($1, $0) }
    // A PNG file; an empty body removes the strokes.
    add("POST", "/api/strokes/:id", to: &table) { try await paint($1, $0) }
    add("GET", "/api/faces/:id", to: &table) { _, id in
      guard let image = try await store.image(of: id) else { return Reply.nothing }
      return try Reply.json(try await editing.faces(in: image))
    }
    add("GET", "/api/offers/:id", to: &table) { _, id in
      try Reply.json(try await editing.suggestions(of: id))
    }
  }

  private func add(
    _ method: HTTPMethod, _ path: String, to table: inout RoutedHTTPHandler,
    answer: @escaping @Sendable (HTTPRequest, String) async throws -> HTTPResponse
  ) {
    table.appendRoute(HTTPRoute(method: method, path: path)) { request in
      guard let id = request.routeParameters["id"], SampleID.isValid(id), await store.item(id) != nil
      else { return Reply.nothing }
      do {
        return try await answer(request, id)
      } catch let error as any ItemFailure {
        return Reply.refusal(method == .GET ? .notFound : .unprocessableContent, error.sentence)
      }
    }
  }

  private func edit(_ id: String, _ request: HTTPRequest) async throws -> HTTPResponse {
    let asked = try await request.json(
      EditRequest.self,
      form: "the body must be {\"version\", \"kind\": \"frame\", \"method\" or \"copied\", and the value}")
    return try await apply(try await change(asked, to: id), to: id, version: asked.version)
  }

  private func paint(_ id: String, _ request: HTTPRequest) async throws -> HTTPResponse {
    guard request.headers[.contentType] == "image/png" else {
      return Reply.refusal(.unsupportedMediaType, "strokes must be image/png")
    }
    guard let version = request.number("version") else {
      return Reply.refusal(.badRequest, "version must be an integer")
    }
    let body = try await request.bodyData
    let layer = body.isEmpty ? nil : try ImageCodec.decode([UInt8](body), pixelLimit: 4096 * 4096).image
    return try await apply(.strokes(layer), to: id, version: version)
  }

  private func apply(_ change: SampleEdit, to id: String, version: Int) async throws -> HTTPResponse {
    guard let record = try await store.record(id) else { return Reply.nothing }
    guard record.crop.cut != nil || change.isFrame else {
      return Reply.refusal(.unprocessableContent, "there is no crop yet; draw a frame first")
    }
    return try Reply.json(
      await store.change(id, version: version) { [editing] in
        try await editing.apply(change, to: record.crop, of: record.image)
      })
  }

  /// The requested change.
  ///
  /// - Throws: `RequestHead.Refusal` for an invalid frame or sample.
  private func change(_ asked: EditRequest, to id: String) async throws -> SampleEdit {
    switch asked.kind {
    case .method: return .method(asked.method)
    case .copied:
      guard let other = asked.from else { return .copied(from: nil) }
      guard other != id, SampleID.isValid(other), await store.item(other) != nil else {
        throw RequestHead.Refusal(.badRequest, "from must be the ID of another sample")
      }
      return .copied(from: other)
    case .frame: return .frame(try await frame(asked, of: id))
    }
  }

  private func frame(_ asked: EditRequest, of id: String) async throws -> UserCrop? {
    guard asked.matrix != nil || asked.face != nil || asked.chosen != nil else { return nil }
    guard let record = try await store.record(id), let width = record.image.width,
      let height = record.image.height
    else { throw RequestHead.Refusal(.badRequest, "the image's size is not known; run easel crop") }
    var (matrix, side) = (asked.matrix, record.crop.size ?? editing.side)
    var face: Sample.Face?
    if let chosen = asked.chosen {
      (matrix, side, face) = (chosen.matrix, chosen.size, chosen.face)
    } else if let number = asked.face {
      let faces = try await editing.faces(in: record.image)
      guard faces.indices.contains(number) else {
        throw RequestHead.Refusal(.badRequest, "the image has \(faces.count) faces")
      }
      let found = faces[number]
      let chosen = matrix ?? found.matrix
      (face, side, matrix) = (found.face.recut(from: found.matrix, to: chosen), found.size, chosen)
    } else {
      // A previously chosen other face remains chosen.
      let before = try await editing.edits(of: id).frame
      face = matrix.flatMap { before?.face?.recut(from: before?.matrix, to: $0) }
    }
    guard let matrix, (1...8192).contains(side) else {
      throw RequestHead.Refusal(.badRequest, "the frame must have a matrix and a side in pixels")
    }
    let size = PixelSize(width: width, height: height)
    // In an image without a face, any frame is allowed.
    let box = face?.box ?? (record.hasFace ? record.crop.face.box : nil)
    if let problem = EditRequest.problem(with: matrix, side: side, size: size, face: box) {
      throw RequestHead.Refusal(.badRequest, problem)
    }
    return UserCrop(matrix: matrix, size: side, face: face)
  }
}
