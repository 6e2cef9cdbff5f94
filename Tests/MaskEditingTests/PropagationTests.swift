import Dataset
import Foundation
import Imaging
import Ledger
import MaskScenes
import TestSupport
import Testing
import Vision

@testable import Mask
@testable import MaskEditing

/// An anime character with true alpha and several expressions over one background: similar frames of one scene.
@Suite(.enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
struct PropagationTests {
  private let dataset: MaskDataset

  init() throws { dataset = try MaskDataset() }

  private var edits: EditFolder { EditFolder(dataset.output) }
  private var stage: MaskStage { dataset.stage(.colorModel) }

  /// A frame of the scene: the character with an expression, camera motion and brightness, as JPEG.
  private struct Frame {
    let id: String
    let truth: Plane
  }

  private func frame(
    _ figure: String, _ scenery: String, at time: Double, moved: (x: Double, y: Double) = (0, 0),
    scale: Double = 1, gain: Double = 1, video: String = "video.mkv"
  ) throws -> Frame {
    let root = try #require(TestData.images).appendingPathComponent("renpy-sprites")
    let sprite = try ImageFile.read(root.appendingPathComponent(figure)).image.converted(to: .rgba)
    let ground = try ImageFile.read(root.appendingPathComponent(scenery)).image.converted(to: .rgb)
    let size = PixelSize(width: 256, height: 256)
    // The head and shoulders fill the crop.
    let map = AffineMap(1.15, 0, -52, 0, 1.15, -4)
      .then(AffineMap(scale, 0, moved.x + 128 * (1 - scale), 0, scale, moved.y + 128 * (1 - scale)))
    let drawn = try sprite.warped(by: map, to: size)
    let place = AffineMap(0.8, 0, -120 + moved.x / 2, 0, 0.8, -60 + moved.y / 2)
    var picture = try ground.warped(by: place, to: size, border: .reflect)
    for index in 0..<size.area {
      let alpha = Double(drawn.bytes[index * 4 + 3]) / 255
      for channel in 0..<3 {
        let color =
          Double(drawn.bytes[index * 4 + channel]) * alpha
          + Double(picture.bytes[index * 3 + channel]) * (1 - alpha)
        picture.bytes[index * 3 + channel] = UInt8(min(max(color * gain, 0), 255))
      }
    }
    picture = try ImageCodec.decode(try picture.jpeg(quality: 85)).image
    let id = try dataset.add(video, picture, time: time)
    return Frame(id: id, truth: Plane(try #require(drawn.alpha)))
  }

  private func alpha(_ frame: Frame) throws -> Plane {
    Plane(try #require(ImageFile.read(dataset.output.cutout(frame.id)).image.alpha))
  }

  private func score(_ frame: Frame) throws -> MaskScore { MaskScore(try alpha(frame), frame.truth) }

  /// Corrects the clearly wrong pixels of a mask, as with a broad brush.
  private func correct(_ frame: Frame) async throws {
    let alpha = try alpha(frame)
    var layer = BrushLayer(size: alpha.size)
    for (label, isForeground) in [(BrushLayer.Label.foreground, true), (.background, false)] {
      let wrong = zip(alpha.values, frame.truth.values).map { found, right -> UInt8 in
        (isForeground ? right > 0.95 && found < 0.6 : right < 0.05 && found > 0.4) ? 255 : 0
      }
      let broad = try ImageBuffer(width: 256, height: 256, format: .gray, bytes: wrong)
        .morphed(.open, radius: 1)
      for index in wrong.indices where broad.bytes[index] == 255 { layer.labels[index] = label }
    }
    try edits.save(MaskEdit(layer: layer, matrix: .identity), of: frame.id)
    _ = try await stage.run(only: [frame.id])
  }

  /// Four frames of one scene; the second differs in expression, the others also in camera and brightness.
  private func scene(_ figure: String = "the_question/sylvie green") throws -> [Frame] {
    let scenery = "the_question/bg lecturehall.jpg"
    return [
      try frame("\(figure) giggle.png", scenery, at: 1),
      try frame("\(figure) normal.png", scenery, at: 1.5),
      try frame("\(figure) smile.png", scenery, at: 2, moved: (7, -4)),
      try frame("\(figure) surprised.png", scenery, at: 2.5, moved: (-12, 9), scale: 1.06, gain: 1.12),
    ]
  }

  @Test("A correction improves the neighbouring frames and changes nothing else") func propagation()
    async throws
  {
    let frames = try scene()
    let bystander = try frame("demo/lucy mad.png", "demo/bg cave.jpg", at: 900)
    _ = try await stage.run()
    let before = try frames.map { try score($0) }
    try await correct(frames[0])
    let rows = try dataset.ledger.masks()
    let suggestions = try PropagationSuggestions(of: frames[0].id, by: stage)
    let neighbours = try suggestions.candidates()
    #expect(neighbours.prefix(3) == frames.dropFirst().map(\.id)[...], "the nearest in time come first")
    for frame in frames.dropFirst() {
      let offer = try suggestions.suggestion(for: frame.id)
      #expect(offer.refusal == nil, "\(String(describing: offer.refusal))")
      #expect(offer.strokes >= offer.propagated && offer.propagated > 0 && offer.after < offer.before / 4)
      try suggestions.accept(offer)
      #expect(try edits.edit(of: frame.id)?.propagatedFrom == frames[0].id)
    }
    let run = try await stage.run()
    #expect((run.done, run.unchanged) == (3, 2), "only their masks are made again")
    #expect(try dataset.ledger.masks()[bystander.id] == rows[bystander.id])
    let after = try frames.map { try score($0) }
    for (old, new) in zip(before, after) {
      #expect(new.overlap > old.overlap + 0.1, "\(old) \(new)")
      #expect(new.error < old.error)
    }
    #expect(after.map(\.overlap).reduce(0, +) / 4 > 0.88)
    #expect(try await stage.run().isIdle, "propagated strokes are kept")
    #expect(try stage.propagated(from: frames[0].id) == frames.dropFirst().map(\.id).sorted())
    for id in try stage.propagated(from: frames[0].id) { try stage.removePropagated(id) }
    _ = try await stage.run()
    #expect(try frames.dropFirst().map { try score($0).overlap } == before.dropFirst().map(\.overlap))
  }

  @Test("Other images and hand-painted samples are refused") func refusals() async throws {
    let frames = try scene()
    let other = try frame("demo/eileen happy.png", "demo/bg washington.jpg", at: 3)
    _ = try await stage.run()
    try await correct(frames[0])
    var layer = BrushLayer(size: PixelSize(width: 256, height: 256))
    for x in 0..<40 { layer[x, 0] = .background }
    try edits.save(MaskEdit(layer: layer, matrix: .identity), of: frames[1].id)
    let kept = try Data(contentsOf: edits.file(of: frames[1].id))
    let suggestions = try PropagationSuggestions(of: frames[0].id, by: stage)
    func reason(_ id: String) throws -> Reason? { try suggestions.suggestion(for: id).refusal?.reason }
    #expect(try reason(other.id) == "not-alike")
    #expect(try reason(frames[1].id) == "own-strokes")
    #expect(try reason(frames[0].id) == "same-sample")
    #expect(throws: MaskError.self) { try suggestions.accept(suggestions.suggestion(for: frames[1].id)) }
    #expect(throws: MaskError.self) { try suggestions.suggestion(for: "0000000000000000") }
    #expect(try Data(contentsOf: edits.file(of: frames[1].id)) == kept)
    #expect(throws: MaskError.self, "it has no correction") {
      try PropagationSuggestions(of: other.id, by: stage)
    }
    // A correction is applied once, until it changes.
    try suggestions.accept(suggestions.suggestion(for: frames[2].id))
    _ = try await stage.run()
    #expect(try reason(frames[2].id) == "fits-already")
    var edit = try #require(try edits.edit(of: frames[0].id))
    for y in 0..<12 { for x in 0..<12 { edit.layer?[x, y] = .foreground } }
    try edits.save(edit, of: frames[0].id)
    let changed = try PropagationSuggestions(of: frames[0].id, by: stage).suggestion(for: frames[2].id)
    #expect(changed.refusal == nil, "\(String(describing: changed.refusal))")
  }

  @Test("A stroke is not copied where the image changed") func changedPicture() async throws {
    let frames = try scene()
    _ = try await stage.run()
    try await correct(frames[0])
    // Something covers the lower half of the next frame.
    var picture = try ImageFile.read(dataset.output.crop(frames[1].id)).image
    for y in 150..<256 {
      for x in 0..<128 {
        picture.bytes.replaceSubrange((y * 256 + x) * 3..<(y * 256 + x) * 3 + 3, with: [200, 30, 160])
      }
    }
    let id = try dataset.add("video.mkv", picture, time: 1.7)
    var edit = try #require(try edits.edit(of: frames[0].id))
    for y in 180..<190 { for x in 20..<60 { edit.layer?[x, y] = .background } }
    for y in 4..<10 { for x in 200..<240 { edit.layer?[x, y] = .background } }
    try edits.save(edit, of: frames[0].id)
    _ = try await stage.run()
    let offer = try PropagationSuggestions(of: frames[0].id, by: stage).suggestion(for: id)
    #expect(offer.propagated < offer.strokes)
    let painted = offer.edit?.layer
    #expect(painted?[40, 185] == BrushLayer.Label.none)
    #expect(painted?[220, 7] == .background)
  }

  @Test("Another method is propagated by the pixels that it changed") func methodPropagation() async throws {
    let frames = try scene().prefix(2)
    _ = try await dataset.stage(.none).run()
    try edits.save(MaskEdit(method: .colorModel), of: frames[0].id)
    let suggestions = try PropagationSuggestions(of: frames[0].id, by: dataset.stage(.none))
    let offer = try suggestions.suggestion(for: frames[1].id)
    #expect((offer.strokes, offer.propagated) == (0, 0))
    #expect(offer.refusal == nil && offer.before > 0.5 && offer.after < 0.1)
    try suggestions.accept(offer)
    _ = try await dataset.stage(.none).run()
    let masks = try frames.map { try alpha($0) }
    #expect(MaskScore(masks[1], masks[0]).overlap > 0.9)
  }

  @Test("Copied strokes are marked as copies until a user paints on them") func propagatedRoundTrip()
    async throws
  {
    let frames = try scene().prefix(2)
    _ = try await stage.run()
    try await correct(frames[0])
    let suggestions = try PropagationSuggestions(of: frames[0].id, by: stage)
    try suggestions.accept(suggestions.suggestion(for: frames[1].id))
    let exchange = EditExchange(output: dataset.output, ledger: dataset.ledger, reporter: SilentReporter())
    let folder = dataset.folder.appending("paint")
    #expect(try exchange.export(.named(frames.map(\.id)), to: folder).done == 2)
    #expect(try exchange.importLayers(from: folder).changed.isEmpty)
    #expect(try edits.edit(of: frames[1].id)?.propagatedFrom == frames[0].id)
    let file = folder.appendingPathComponent("\(frames[1].id).png")
    var layer = try BrushLayer(try ImageFile.read(file).image)
    for x in 100..<130 { layer[x, 100] = .foreground }
    try AtomicFile.write(try layer.image.png(), to: file)
    #expect(try exchange.importLayers(from: folder).changed == [frames[1].id])
    #expect(try edits.edit(of: frames[1].id)?.propagatedFrom == nil)
    #expect(try suggestions.suggestion(for: frames[1].id).refusal?.reason == "own-strokes")
  }

  @Test("A shifted, rotated and brightened copy is registered onto its original") func registration() throws {
    let root = try #require(TestData.images).appendingPathComponent("selfie2anime/trainB")
    let names = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted().prefix(12)
    let pictures = try names.map {
      try ImageFile.read(root.appendingPathComponent($0)).image.converted(to: .rgb)
    }
    let truth = AffineMap.translation(x: -128, y: -128).then(.rotation(degrees: 3)).then(.scaling(1.05))
      .then(.translation(x: 141, y: 117))
    for picture in pictures {
      var copy = try picture.warped(by: truth, to: picture.size, border: .edge)
      copy.bytes = copy.bytes.map { UInt8(min(255, Double($0) * 0.9 + 12)) }
      let found = CropRegistration(of: picture, onto: copy)
      #expect(found.correlation > 0.95)
      for corner in [Point(x: 40, y: 40), Point(x: 200, y: 60), Point(x: 120, y: 210)] {
        #expect(found.map(corner).distance(to: truth(corner)) < 0.8)
      }
    }
    // Faces with the same framing are still different images.
    for (index, picture) in pictures.enumerated() {
      for other in pictures[(index + 1)...] {
        let found = CropRegistration(of: picture, onto: other).correlation
        #expect(found < MaskPropagation.minCorrelation)
      }
    }
  }
}
