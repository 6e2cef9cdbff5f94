import Foundation
import TestSupport
import Testing

@testable import WeightFiles

struct HostileWeightsTests {
  private let storage = TorchTensor.Storage(key: "0", element: .float32, count: 64)

  @Test("An empty tensor with an enormous offset or other axes has no bytes")
  func emptyTensors() throws {
    for (offset, shape, strides) in [
      (1 << 62, [0], [1]), (0, [0, 1 << 40, 1 << 40], [1, 1 << 40, 1]), (5, [2, 0], [1, 1]),
    ] {
      let tensor = try TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)
      #expect(tensor.isContiguous)
      #expect(
        tensor.gather(from: Data(count: 256)) == StoredTensor(element: .float32, shape: shape, bytes: Data()))
    }
  }

  @Test("A tensor that repeats a small storage is rejected")
  func repeatedElements() {
    let error = #expect(throws: WeightsError.self) {
      try TorchTensor(storage: storage, offset: 0, shape: [1 << 20], strides: [0])
    }
    #expect(error?.reason.contains("repeats the elements") == true)
  }

  @Test("Only the requested tensors are read")
  func requestedKeys() throws {
    var file = Data()
    let tensor = StoredTensor(element: .uint8, shape: [2], bytes: Data([1, 2]))
    try TorchWriter.write(networks: ["genA2B": ["a": tensor, "b": tensor]]) { file.append($0) }
    #expect(try TorchArchive(file).stateDict("genA2B", keys: ["a", "z"]) == ["a": tensor])
  }

  @Test("Pipes and folders are rejected without waiting")
  func pipes() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.appending("pipe.pt")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    for (url, word) in [(pipe, "a pipe"), (folder.url, "a folder")] {
      let error = #expect(throws: WeightsError.self) {
        try WeightsFile(contentsOf: url, networks: [], otherwise: "network")
      }
      #expect(error?.reason.contains(word) == true)
    }
  }

  @Test("Control characters in keys are printed as escapes")
  func controlCharacters() {
    let difference = KeyDifference(of: "x", expected: [], found: ["\u{1B}[31mred\u{7}": [1]])
    #expect(difference.description.contains("\\u{1b}[31mred\\u{7}"))
    #expect(!difference.description.unicodeScalars.contains("\u{1B}"))
    let many = KeyDifference(
      of: "x", expected: [], found: Dictionary(uniqueKeysWithValues: (0..<500).map { ("k\($0)", [1]) }))
    #expect(many.description.split(separator: "\n").count == 22)
  }

  @Test("A file with a tensor beside its networks is not read as a bare state dict")
  func besideNetworks() throws {
    let tensor = StoredTensor(element: .uint8, shape: [1], bytes: Data([1]))
    let flat = ["genA2B.x": tensor, "genB2A.x": tensor]
    let folder = try TemporaryFolder()
    var data = Data()
    try TorchWriter.write(stateDict: flat) { data.append($0) }
    try data.write(to: folder.appending("flat.pt"))
    let file = try WeightsFile(
      contentsOf: folder.appending("flat.pt"), networks: ["genA2B", "genB2A"], otherwise: "genA2B")
    #expect(file.names == ["genA2B", "genB2A"])
    #expect(try file.stateDict("genB2A") == ["x": tensor])
  }

  @Test("Networks in one state dict of flat keys, as PyTorch Lightning saves them, are found")
  func flatStateDict() throws {
    let tensor = StoredTensor(element: .uint8, shape: [1], bytes: Data([1]))
    let folder = try TemporaryFolder()
    func names(_ entry: String, _ keys: [String]) throws -> WeightsFile {
      var data = Data()
      let state = Dictionary(uniqueKeysWithValues: keys.map { ($0, tensor) })
      try TorchWriter.write(networks: [entry: state]) { data.append($0) }
      let url = folder.appending("\(entry).pt")
      try data.write(to: url)
      return try WeightsFile(contentsOf: url, networks: ["genA2B", "genB2A"], otherwise: "genA2B")
    }
    let file = try names("state_dict", ["genA2B.x", "genB2A.x", "loss.y"])
    #expect(file.names == ["genA2B", "genB2A"])
    #expect(try file.stateDict("genB2A") == ["x": tensor])
    #expect(try names("model", ["x"]).names == ["genA2B"])
  }

  @Test("Changed bytes are detected by the checksum")
  func checksum() throws {
    var file = Safetensors(
      tensors: ["a": StoredTensor(element: .uint8, shape: [2], bytes: Data([1, 2]))], metadata: ["step": "1"])
    file.addChecksums()
    var data = try file.encoded()
    #expect(try Safetensors(data: data).isIntact)
    data[data.count - 1] ^= 1
    #expect(try !Safetensors(data: data).isIntact)
  }
}
