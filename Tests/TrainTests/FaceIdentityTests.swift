import Foundation
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Train

struct FaceIdentityTests {
  private func write(_ tensors: [String: StoredTensor], to url: URL) throws {
    var data = Data()
    try Safetensors(tensors: tensors, metadata: [:]).write { data.append($0) }
    try data.write(to: url)
  }

  private func problem(_ body: () throws -> Void) throws -> String {
    let error = #expect(throws: TrainError.self) { try body() }
    return "\(try #require(error))"
  }

  @Test("The network is read from a file, and its loss makes the translation more similar to the face")
  func networkReadFromFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.appending("face.safetensors")
    let network = try MobileFaceNet()
    try write(network.storedState(), to: url)
    let face = try FaceIdentity(contentsOf: url, side: 32)
    let generator = try RandomGenerator(seed: 2)
    let pictures = try (0..<2).map { _ in try generator.uniform([2, 3, 32, 32], in: -1..<1) }
    let distance = try face(pictures[0], pictures[1]).item()
    #expect(try distance == FaceIdentity(network)(pictures[0], pictures[1]).item())

    func losses(_ change: (inout StepSettings) -> Void = { _ in }, face: FaceIdentity?) throws -> [LossTerm] {
      var settings = StepSettings()
      change(&settings)
      let networks = try NetworkSet(Architecture(.ugatitLight, side: 32, width: 4), seed: 1)
      let step = try TrainingStep(networks, settings: settings, face: face)
      return try step([ImagePair(realA: pictures[0], realB: pictures[1])], rate: 1e-4).losses
    }
    let (with, without) = (try losses(face: face), try losses(face: nil))
    #expect(Set(with.map(\.name)).subtracting(without.map(\.name)) == ["id_A", "id_B"])
    #expect(try losses({ $0.weights.face = 0 }, face: face) == without)
  }

  @Test("Files that contain no face network are refused with the reason") func filesNoFaceNetwork() throws {
    let folder = try TemporaryFolder()
    let missing = try problem { _ = try FaceIdentity(contentsOf: folder.appending("no.pth"), side: 256) }
    #expect(missing.contains("no.pth") && missing.contains("there is no such file"))

    try Data("not weights at all".utf8).write(to: folder.appending("text"))
    let text = try problem { _ = try FaceIdentity(contentsOf: folder.appending("text"), side: 256) }
    #expect(text.contains("not a weights file"))

    var state = try MobileFaceNet().storedState()
    state["linear.weight"] = nil
    state["linear.gain"] = try StoredTensor(Tensor.zeros([3]))
    state["bn.weight"] = try StoredTensor(Tensor.zeros([128]))
    try write(state, to: folder.appending("other"))
    let other = try problem { _ = try FaceIdentity(contentsOf: folder.appending("other"), side: 256) }
    #expect(other.contains("missing     linear.weight (512, 512)"))
    #expect(other.contains("bn.weight is (128), expected (512)"))
    #expect(other.contains("unexpected  linear.gain (3)"))
  }
}
