import Dataset
import Foundation
import Imaging
import Ledger
import Mask
import MaskEditing
import MaskScenes
import TestSupport
import Testing
import Vision

@Suite struct EditTests {
  private let dataset: MaskDataset

  init() throws { dataset = try MaskDataset() }

  private var edits: EditFolder { EditFolder(dataset.output) }

  /// A layer with foreground in the top left corner and background in the middle.
  private func strokes(side: Int = 64) -> BrushLayer {
    var layer = BrushLayer(size: PixelSize(width: side, height: side))
    for y in 0..<8 { for x in 0..<8 { layer[x, y] = .foreground } }
    for y in 30..<34 { for x in 30..<34 { layer[x, y] = .background } }
    return layer
  }

  private func alpha(_ id: String) throws -> Plane {
    Plane(try #require(ImageFile.read(dataset.output.cutout(id)).image.alpha))
  }

  @Test("Strokes are read back from their file and from soft brushes") func layerRoundTrip() throws {
    let layer = strokes()
    let file = try ImageCodec.decode(layer.image.png()).image
    #expect(try BrushLayer(file, for: layer.size) == layer)
    // A soft brush leaves darker, half-transparent pixels at its rim.
    var soft = file
    soft.bytes.replaceSubrange(0..<4, with: [0, 190, 20, 160])
    soft.bytes.replaceSubrange(4..<8, with: [0, 255, 0, 40])
    let read = try BrushLayer(soft, for: layer.size)
    #expect(read[0, 0] == .foreground)
    #expect(read[1, 0] == .none)
  }

  @Test("Layers of another size and with unknown colors are refused") func invalidLayer() throws {
    let image = strokes().image
    func reason(_ body: () throws -> BrushLayer) -> String {
      do { return "\(try body().size)" } catch { return (error as? MaskError)?.reason.rawValue ?? "?" }
    }
    #expect(reason { try BrushLayer(image, for: PixelSize(width: 32, height: 64)) } == "edit-size")
    let photo = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [180, 170, 160])
    #expect(reason { try BrushLayer(photo) } == "edit-colors")
  }

  @Test("An edit is applied by every run, and only its sample is masked again") func editIsApplied()
    async throws
  {
    let crops = try ["a.png", "b.png", "c.png"].map { try dataset.add($0) }
    _ = try await dataset.stage(.auto).run()
    let before = try crops.map { try Data(contentsOf: dataset.output.cutout($0.id)) }
    let rows = try dataset.ledger.masks()
    try edits.save(MaskEdit(layer: strokes(), matrix: .identity), of: crops[1].id)
    let run = try await dataset.stage(.auto).run()
    #expect((run.done, run.unchanged) == (1, 2))
    #expect(try Data(contentsOf: dataset.output.cutout(crops[0].id)) == before[0])
    #expect(try dataset.ledger.masks()[crops[2].id] == rows[crops[2].id])
    for method in [MaskSettings.Method.auto, .colorModel] {
      _ = try await dataset.stage(method).run()
      let found = try alpha(crops[1].id)
      #expect(found[2, 2] == 1)
      #expect(found[31, 31] == 0)
      #expect(found[32, 20] == 1, "unpainted pixels are the method's")
    }
    _ = try await dataset.stage(.auto).run()
    edits.remove(crops[1].id)
    #expect(try await dataset.stage(.auto).run().done == 1)
    #expect(try Data(contentsOf: dataset.output.cutout(crops[1].id)) == before[1])
  }

  @Test("A sample can have its own method") func ownMethod() async throws {
    let crops = try ["a.png", "b.png"].map { try dataset.add($0) }
    try edits.save(MaskEdit(method: .colorModel), of: crops[0].id)
    _ = try await dataset.stage(.auto).run()
    let masks = try dataset.ledger.masks()
    #expect(crops.map { masks[$0.id]?.summary.method } == ["color-model", "alpha"])
    #expect(try await dataset.stage(.auto).run().isIdle)
    let preview = try #require(try dataset.stage(.auto).preview(crops[1].id, by: MaskSettings.Method.none))
    #expect(preview.summary.coverage == 1)
    #expect(try dataset.ledger.masks()[crops[1].id]?.summary.method == "alpha")
  }

  @Test("Strokes are mapped if the crop gets another frame") func strokesFollowCrop() throws {
    let map = AffineMap(0.5, 0, 10, 0, 0.5, 4)
    let cut = Sample.Cut(matrix: map, scale: 0.5, outside: 0)
    let layer = try #require(
      try MaskEdit(layer: strokes(), matrix: .identity).layer(on: PixelSize(width: 64, height: 64), cut: cut))
    #expect(layer[11, 5] == .foreground)
    #expect(layer[26, 20] == .background)
    #expect(layer.labels.count { $0 != .none } == 20)
    #expect(throws: MaskError.self) {
      try MaskEdit(layer: strokes()).layer(on: PixelSize(width: 32, height: 32), cut: cut)
    }
  }

  @Test("A broken layer is one failed item") func brokenLayer() async throws {
    let crops = try ["a.png", "b.png", "c.png"].map { try dataset.add($0) }
    try AtomicFile.write(Data("no picture".utf8), to: edits.file(of: crops[0].id))
    try AtomicFile.write(
      try ImageBuffer(width: 9, height: 64, format: .rgba, filledWith: [0, 255, 0, 255]).png(),
      to: edits.file(of: crops[1].id))
    let summary = try await dataset.stage(.auto).run()
    #expect(summary.done == 1)
    #expect(summary.failed == ["not-an-image": 1, "edit-size": 1])
  }

  @Test("Layers are exported and imported, and each wrong file is named") func exportAndImport() async throws
  {
    let crops = try ["a.png", "b.png"].map { try dataset.add($0) }
    _ = try await dataset.stage(.auto).run()
    try edits.save(MaskEdit(layer: strokes(), matrix: .identity), of: crops[0].id)
    let exchange = EditExchange(output: dataset.output, ledger: dataset.ledger, reporter: SilentReporter())
    let folder = dataset.folder.appending("paint")
    let out = try exchange.export(.named(["a.png", String(crops[1].id.prefix(6)), "nobody"]), to: folder)
    #expect(out.done == 2)
    #expect(out.failed == ["unknown-sample": 1])
    #expect(try exchange.importLayers(from: folder).changed.isEmpty, "nothing was painted")
    let painted = folder.appendingPathComponent("\(crops[1].id).png")
    try AtomicFile.write(try strokes().image.png(), to: painted)
    try AtomicFile.write(try strokes().image.png(), to: folder.appendingPathComponent("stranger.png"))
    let (summary, changed) = try exchange.importLayers(from: folder)
    #expect(changed == [crops[1].id])
    #expect(summary.failed == ["unknown-sample": 1])
    #expect(try edits.edit(of: crops[1].id)?.layer == strokes())
    let blank = BrushLayer(size: PixelSize(width: 64, height: 64)).image
    try AtomicFile.write(try blank.png(), to: painted)
    #expect(try exchange.importLayers(from: folder).changed == [crops[1].id])
    #expect(edits.ids == [crops[0].id])
  }

  @Test("Soft strokes estimate alpha from the colors around them") func softStrokes() throws {
    var image = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [20, 40, 200])
    var alpha = Plane(width: 64, height: 64, values: [Float](repeating: 0, count: 64 * 64))
    var layer = BrushLayer(size: image.size)
    for y in 0..<64 {
      for x in 0..<64 {
        let share = min(max(1 - Double(x - 24) / 16, 0), 1)
        let color = zip([220.0, 180, 40], [20.0, 40, 200]).map { UInt8($0 * share + $1 * (1 - share)) }
        image.bytes.replaceSubrange((y * 64 + x) * 3..<(y * 64 + x) * 3 + 3, with: color)
        alpha[x, y] = x < 32 ? 1 : 0
        if (22..<42).contains(x) { layer[x, y] = .soft }
      }
    }
    let soft = try layer.applied(to: alpha, of: image)
    for x in [26, 30, 34, 38] {
      #expect(abs(soft[x, 32] - Float(min(max(1 - Double(x - 24) / 16, 0), 1))) < 0.12)
    }
  }

  @Test("Another background does not make masks outdated") func backgroundChange() async throws {
    try dataset.add("a.png")
    _ = try await dataset.stage(.auto).run()
    var settings = dataset.settings(.auto)
    settings.background = .color(red: 10, green: 20, blue: 30)
    #expect(try await dataset.stage(settings).run().isIdle)
  }
}
