import Dataset
import FlyingFox
import Foundation
import Imaging
import Ledger

/// The routes of images.
struct PictureRoutes: Sendable {
  let store: SampleStore
  let pictures: Pictures
  let tiles: Tiles
  let editing: any SampleEditing

  /// Adds the routes to `table`.
  func add(to table: inout RoutedHTTPHandler) {
    add("thumbnail", to: &table) { try await thumbnail(of: $1, for: $0) }
    add("crop", to: &table) { request, item in
      keepable(request, tag: item.picture, try pictures.crop(of: item.id))
    }
    add("cutout", to: &table) { request, item in
      keepable(request, tag: item.picture, try pictures.cutout(of: item.id))
    }
    add("mask", to: &table) { request, item in
      keepable(request, tag: item.picture, try pictures.mask(of: item.id))
    }
    add("source", to: &table) { request, item in
      guard let image = try await store.image(of: item.id) else { return Reply.nothing }
      let tag = String(Digest(of: image.id.rawValue).hex.prefix(16))
      do {
        return keepable(request, tag: tag, try await pictures.source(of: image))
      } catch let error as any ItemFailure {
        return Reply.refusal(.notFound, "\(image.path): \(error.sentence)")
      }
    }
    add("strokes", to: &table) { _, item in try png(try await editing.strokes(of: item.id)) }
    add("offer", to: &table) { request, item in
      guard let other = request.text("from"), SampleID.isValid(other), await store.item(other) != nil else {
        return Reply.refusal(.badRequest, "from must be the ID of another sample")
      }
      return try png(try await editing.suggestedCutout(of: item.id, from: other))
    }
    add("preview", to: &table) { request, item in
      // Without a method, that of the settings.
      let name = request.text("method") ?? ""
      let method = MaskSettings.Method(rawValue: name)
      guard method != nil || name.isEmpty else {
        return Reply.refusal(
          .badRequest, "method must be one of \(MaskSettings.Method.allCases.map(\.rawValue))")
      }
      return try png(try await editing.preview(of: item.id, by: method))
    }
    table.appendRoute("POST /image/tiles") { request in try await sheet(request) }
    table.appendRoute("GET /image/mean/:domain") { request in
      guard let domain = request.routeParameters["domain"].flatMap(Domain.init(rawValue:)) else {
        return Reply.nothing
      }
      let kept = await store.kept(domain, limit: MeanPicture.maximumSamples)
      guard let picture = try MeanPicture.picture(of: kept, from: pictures) else { return Reply.nothing }
      return Reply.bytes(picture, type: "image/jpeg")
    }
  }

  /// The tiles of many samples in one image, and in a header which of them are there.
  private func sheet(_ request: HTTPRequest) async throws -> HTTPResponse {
    let form = "the body must be {\"ids\": [...]} with at most \(TileSheet.limit) IDs"
    let asked = try await request.json(TileRequest.self, form: form)
    guard (1...TileSheet.limit).contains(asked.ids.count), asked.ids.allSatisfy(SampleID.isValid) else {
      return Reply.refusal(.badRequest, form)
    }
    tiles.noteRequest()
    let items = await store.items(asked.ids)
    let sheet = try await tiles.sheet(of: items, until: .now + .milliseconds(300))
    let present = sheet.isPresent.map { $0 ? "1" : "0" }.joined()
    return Reply.bytes(
      sheet.image, type: "image/jpeg", headers: [HTTPHeader("X-Easel-Tiles"): present])
  }

  /// Adds `/image/KIND/ID`, which returns 404 with a sentence if the sample or its file is missing.
  private func add(
    _ kind: String, to table: inout RoutedHTTPHandler,
    answer: @escaping @Sendable (HTTPRequest, Item) async throws -> HTTPResponse
  ) {
    table.appendRoute(HTTPRoute(method: .GET, path: "/image/\(kind)/:id")) { request in
      guard let id = request.routeParameters["id"], SampleID.isValid(id), let item = await store.item(id)
      else { return Reply.nothing }
      tiles.noteRequest()
      do {
        return try await answer(request, item)
      } catch let error as any ItemFailure {
        return Reply.refusal(.notFound, error.sentence)
      }
    }
  }

  private func thumbnail(of item: Item, for request: HTTPRequest) async throws -> HTTPResponse {
    let side = request.number("side") ?? 256
    guard Pictures.sides.contains(side) else {
      return Reply.refusal(.badRequest, "side must be one of \(Pictures.sides)")
    }
    guard !item.isCut else {
      return keepable(
        request, tag: "\(item.picture)-\(side)",
        try pictures.thumbnail(of: item.id, side: side, version: item.picture))
    }
    guard let image = try await store.image(of: item.id) else { return Reply.nothing }
    return keepable(
      request, tag: "source-\(side)",
      try await pictures.thumbnail(ofSource: image, id: item.id, side: side))
  }

  private func png(_ image: ImageBuffer?) throws -> HTTPResponse {
    guard let image else { return Reply.nothing }
    return Reply.bytes(Data(try image.png()), type: "image/png")
  }

  /// An image that the browser may cache, because its address changes with it.
  private func keepable(_ request: HTTPRequest, tag: String, _ picture: Pictures.Picture) -> HTTPResponse {
    let headers: [HTTPHeader: String] = [
      HTTPHeader("Cache-Control"): "private, max-age=86400", .eTag: "\"\(tag)\"",
    ]
    let isKept = request.headers[.ifNoneMatch] == "\"\(tag)\""
    return Reply.bytes(
      isKept ? Data() : picture.bytes, type: picture.type, status: isKept ? .notModified : .ok,
      headers: headers)
  }
}

/// The body of a request for tiles.
private struct TileRequest: Decodable {
  let ids: [String]
}
