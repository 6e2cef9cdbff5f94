import Foundation
import Imaging
import TestSupport
import Testing
import Vision

struct NetworkTests {
  static func model(_ name: String) throws -> URL { try #require(Samples.model(name)) }
  static let hasModels = Samples.model("SINet_Softmax.onnx") != nil && TestData.images != nil

  @Test(
    "A segmentation network finds the person in selfies",
    .enabled(if: hasModels, "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func segmentation() throws {
    let network = try Network(contentsOf: try Self.model("SINet_Softmax.onnx"))
    let deviations = [62.93292, 62.82138, 66.355705]
    let input = Network.Input(
      size: PixelSize(width: 320, height: 320), mean: [102.890434, 111.25247, 126.91212],
      scale: deviations.map { 1 / ($0 * 255) }, blueFirst: true)
    for image in try Samples.images("selfie2anime/testA", limit: 5) {
      try network.setInput(image.converted(to: .rgb), input)
      let output = try #require(try network.forward().first)
      #expect(output.shape == [1, 2, 320, 320] && output.values.count == 2 * 320 * 320)
      let person = output.values[(320 * 320)...]
      let middle = (0..<60).map { person[person.startIndex + (130 + $0) * 320 + 160] }
      #expect(middle.reduce(0, +) / 60 > 0.9, "the center of a selfie shows a person")
      let sums = zip(output.values, person).map { $0 + $1 }
      #expect(sums.allSatisfy { abs($0 - 1) < 1e-3 }, "probabilities add up")
    }
  }

  @Test(
    "A Caffe model is read and always gives the same output",
    .enabled(if: hasModels, "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func caffe() throws {
    let folder = try Self.model("mobilefacenet")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let weights = try #require(files.first { $0.hasSuffix(".caffemodel") })
    let text = try #require(files.first { $0.hasSuffix(".prototxt") })
    let network = try Network(
      contentsOf: folder.appendingPathComponent(weights), description: folder.appendingPathComponent(text))
    let image = try Samples.image("lfw/Tony_Blair/Tony_Blair_0001.jpg").converted(to: .rgb)
    let half = [127.5, 127.5, 127.5]
    let form = Network.Input(
      size: PixelSize(width: 112, height: 112), mean: half, scale: half.map { _ in 1 / 128 })
    try network.setInput(image, form)
    let first = try network.forward(network.outputNames)
    #expect(first.count == 1 && first[0].values.count == 128)
    try network.setInput(image, form)
    #expect(try network.forward() == first, "the same image gives the same numbers")
  }

  @Test(
    "The two generations of YuNet have different output names",
    .enabled(if: hasModels, "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func outputNames() throws {
    let old = try Network(contentsOf: try Self.model("yunet_120x160.onnx"))
    let new = try Network(contentsOf: try Self.model("yunet_n_320_320.onnx"))
    #expect(Set(old.outputNames).isSuperset(of: ["loc", "conf", "iou"]))
    #expect(new.outputNames.count == 12 && new.outputNames.contains("cls_8"))
  }

  @Test(
    "Inputs of a wrong size and unknown output names are errors",
    .enabled(if: hasModels, "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func invalidInputs() throws {
    let network = try Network(contentsOf: try Self.model("SINet_Softmax.onnx"))
    let image = ImageBuffer(width: 8, height: 8, format: .rgb, filledWith: [1, 2, 3])
    let alpha = ImageBuffer(width: 8, height: 8, format: .rgba, filledWith: [1, 2, 3, 4])
    let size = PixelSize(width: 320, height: 320)
    #expect(throws: VisionError.self, "there is no input") { try network.forward() }
    #expect(throws: VisionError.self) { try network.setInput(alpha, .init(size: size)) }
    #expect(throws: VisionError.self) {
      try network.setInput(image, .init(size: PixelSize(width: 0, height: 320)))
    }
    #expect(throws: VisionError.self) { try network.setInput([1, 2, 3], shape: [1, 4]) }
    #expect(throws: VisionError.self) { try network.setInput([], shape: []) }
    try network.setInput(image, .init(size: size))
    #expect(throws: VisionError.self, "no such output") { try network.forward(["nose"]) }
    try network.setInput(image, .init(size: PixelSize(width: 100, height: 64)))
    #expect(throws: VisionError.self, "the network does not accept this size") { try network.forward() }
  }

  @Test("Broken model files are errors") func brokenFiles() throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in [
      "empty.onnx": [], "text.onnx": Array("hello, this is no network".utf8),
      "zeros.onnx": [UInt8](repeating: 0, count: 5000),
    ] {
      let url = folder.appending(name)
      try Data(bytes).write(to: url)
      let error = try #require(throws: VisionError.self, "\(name)") { _ = try Network(contentsOf: url) }
      #expect(error.description.contains(name))
      #expect(throws: VisionError.self, "\(name)") { _ = try YuNet(contentsOf: url, score: 0.5) }
    }
    let error = #expect(throws: VisionError.self) {
      _ = try Network(contentsOf: folder.appending("missing.onnx"))
    }
    #expect(error?.reason == "there is no such file")
  }

  @Test(
    "A truncated model is an error, and an unsupported layer is named",
    .enabled(if: hasModels, "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func damagedModels() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: try Self.model("SINet_Softmax.onnx"))
    for share in [0.1, 0.5, 0.99] {
      let url = folder.appending("cut-\(share).onnx")
      try whole.prefix(Int(Double(whole.count) * share)).write(to: url)
      #expect(throws: VisionError.self, "\(share)") { _ = try Network(contentsOf: url) }
    }
    // The same file with one operation (field 4 of a node, 5 letters) renamed to an unknown one.
    var renamed = [UInt8](whole)
    let (old, new) = ([0x22, 5] + Array("PRelu".utf8), [0x22, 5] + Array("PRalu".utf8))
    let place = try #require(
      renamed.indices.dropLast(old.count).first { renamed[$0..<$0 + old.count].elementsEqual(old) })
    renamed.replaceSubrange(place..<place + old.count, with: new)
    let url = folder.appending("unknown-layer.onnx")
    try Data(renamed).write(to: url)
    let error = try #require(throws: VisionError.self) { _ = try Network(contentsOf: url) }
    #expect(error.reason.contains("PRalu"), "\(error)")
  }

  @Test(
    "OpenCV's YuNet finds a face in all selfies",
    .enabled(if: hasModels, "EASEL_MODELS or EASEL_TEST_DATA is not set"))
  func yunet() throws {
    let yunet = try YuNet(contentsOf: try Self.model("yunet_120x160.onnx"), score: 0.6)
    var found = 0
    for image in try Samples.images("selfie2anime/testA", limit: 30) {
      let faces = try yunet.detect(in: image.converted(to: .rgb))
      found += faces.isEmpty ? 0 : 1
      for face in faces.prefix(1) {
        #expect(face.points.count == 5 && (0.6...1.001).contains(face.score))
        #expect(face.points[0].x < face.points[1].x, "the person's right eye is on the viewer's left")
        #expect(face.points[2].y > min(face.points[0].y, face.points[1].y))
      }
    }
    #expect(found == 30)
    #expect(throws: VisionError.self, "4.6 does not read the new generation") {
      let other = try YuNet(contentsOf: try Self.model("yunet_n_320_320.onnx"), score: 0.6)
      _ = try other.detect(in: ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [0, 0, 0]))
    }
  }
}
