import Foundation
import ONNX
import Tensors
import TestSupport
import Testing
import Train
import WeightFiles

@testable import Translate

/// Generators as ONNX.
struct GeneratorGraphTests {
  /// A generator of a small width whose every number differs from its initial value.
  private func generator(_ architecture: Architecture) throws -> any ImageGenerator {
    let random = try RandomGenerator(seed: 5)
    let generator = try architecture.makeGenerator(from: random)
    try withoutGradient {
      for entry in generator.state
      where ["rho", "w_gamma", "w_beta"].contains(entry.key.split(separator: ".").last) {
        try entry.tensor.copy(from: random.uniform(entry.tensor.shape, in: 0..<1))
      }
    }
    return generator
  }

  /// The greatest difference between a generator and its graph, computed for pictures of `size`.
  private func difference(
    _ architecture: Architecture, size: (height: Int, width: Int)? = nil, hasFreeSize: Bool = false
  ) throws -> Float {
    let generator = try generator(architecture)
    let graph = try TrainedGenerator.graph(
      of: generator.storedState(), architecture, named: "g", hasFreeSize: hasFreeSize)
    let size = size ?? (architecture.side, architecture.side)
    let pictures = try RandomGenerator(seed: 9).uniform([1, 3, size.height, size.width], in: -1..<1)
    let (expected, found) = try withoutGradient {
      (try generator(pictures).images, try GraphEvaluation(graph).output(for: pictures))
    }
    #expect(found.shape == expected.shape)
    return zip(try found.floats(), try expected.floats()).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test(
    "The graph of each published generator computes what the generator computes, within 1e-4",
    arguments: Architecture.Model.allCases)
  func equal(_ model: Architecture.Model) throws {
    #expect(try difference(Architecture(model, side: 64, width: 8)) < 1e-4)
  }

  @Test("The graph of a generator that follows the TensorFlow original computes what the generator computes")
  func tensorflow() throws {
    #expect(
      try difference(Architecture(.ugatitLight, side: 32, width: 8, compatibility: .tensorflow)) < 1e-4)
  }

  @Test(
    "A graph of free size computes pictures of another height and width",
    arguments: [Architecture.Model.ugatitLight, .photo2cartoon])
  func freeSize(_ model: Architecture.Model) throws {
    let architecture = Architecture(model, side: 64, width: 8)
    #expect(try difference(architecture, size: (48, 80), hasFreeSize: true) < 1e-4)
  }

  @Test(
    "The graph of the published networks' reference weights gives PyTorch's output",
    .enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"),
    arguments: [("fwd_ugatit_G_light", Architecture.Model.ugatitLight), ("fwd_p2c_G_light", .photo2cartoon)])
  func reference(_ name: String, _ model: Architecture.Model) throws {
    let file = try Safetensors(
      contentsOf: try #require(TestData.reference).appendingPathComponent("\(name).safetensors"))
    let prefix = "state_before."
    let state = Dictionary(
      uniqueKeysWithValues: file.tensors.filter { $0.key.hasPrefix(prefix) }.map {
        (String($0.key.dropFirst(prefix.count)), $0.value)
      })
    let graph = try TrainedGenerator.graph(
      of: state, Architecture(model, side: 128, width: 8), named: name, hasFreeSize: true)
    let input = try Tensor(try #require(file.tensors["input"]))
    let expected = try Tensor(try #require(file.tensors["out"])).floats()
    let found = try withoutGradient { try GraphEvaluation(graph).output(for: input).floats() }
    #expect(found.count == expected.count)
    #expect(try #require(zip(found, expected).map { abs($0 - $1) }.max()) < 1e-4)
  }

  @Test("The size of a network whose fully connected layer sees every pixel cannot be free")
  func fixedSize() throws {
    let place = try TemporaryFolder()
    let architecture = Architecture(.ugatit, side: 32, width: 4)
    let state = try generator(architecture).storedState()
    let file = place.appending("full.safetensors")
    try Safetensors(
      tensors: Dictionary(uniqueKeysWithValues: state.map { ("genA2B.\($0.key)", $0.value) })
    ).encoded().write(to: file)
    let trained = try TrainedGenerator(weights: file, direction: .aToB)
    let error = #expect(throws: WeightsError.self) { try trained.graph(hasFreeSize: true) }
    #expect(error?.description.contains("32 x 32") == true)
    #expect(try trained.graph().inputs == [ONNXGraph.Value.picture(TrainedGenerator.inputName, 32)])
  }

  @Test(
    "onnxruntime reads the file and computes what the generator computes",
    .enabled(
      if: ProcessInfo.processInfo.environment["EASEL_ONNXRUNTIME"] != nil,
      "EASEL_ONNXRUNTIME names no Python that has onnxruntime"),
    arguments: Architecture.Model.allCases)
  func onnxruntime(_ model: Architecture.Model) throws {
    let python = try #require(ProcessInfo.processInfo.environment["EASEL_ONNXRUNTIME"])
    let place = try TemporaryFolder()
    let architecture = Architecture(model, side: 64, width: 8)
    let generator = try generator(architecture)
    let graph = try TrainedGenerator.graph(
      of: generator.storedState(), architecture, named: "g", hasFreeSize: model.isLight)
    try graph.encoded().write(to: place.appending("g.onnx"))
    let pictures = try RandomGenerator(seed: 9).uniform([1, 3, 64, 64], in: -1..<1)
    try pictures.bytes().write(to: place.appending("in.raw"))
    let script = """
      import sys, numpy, onnxruntime
      place = sys.argv[1]
      session = onnxruntime.InferenceSession(place + "/g.onnx")
      pictures = numpy.fromfile(place + "/in.raw", "<f4").reshape(1, 3, 64, 64)
      session.run(None, {"input": pictures})[0].astype("<f4").tofile(place + "/out.raw")
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", script, place.url.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let found = try Data(contentsOf: place.appending("out.raw")).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
    let expected = try withoutGradient { try generator(pictures).images.floats() }
    #expect(found.count == expected.count)
    #expect(try #require(zip(found, expected).map { abs($0 - $1) }.max()) < 1e-4)
  }
}

extension ONNXGraph.Value {
  fileprivate static func picture(_ name: String, _ side: Int) -> Self {
    Self(
      name, [1, 3, side, side],
      documentation: "pictures of the source domain, RGB as sample / 127.5 - 1")
  }
}
