import Foundation
import TestSupport
import Testing
import WeightFiles
import Train

struct PublishedWeightsTests {
  /// The keys and shapes of a network as the reference lists them.
  private func listed(_ name: String) throws -> [(key: String, shape: [Int])] {
    let folder = try #require(TestData.reference)
    let text = try String(contentsOf: folder.appendingPathComponent("keys_\(name).txt"), encoding: .utf8)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let columns = line.split(separator: "\t")
      return (String(columns[0]), columns[1].split { !$0.isNumber }.compactMap { Int($0) })
    }
  }

  private func shapes(_ name: String) throws -> [String: [Int]] {
    Dictionary(uniqueKeysWithValues: try listed(name).map { ($0.key, $0.shape) })
  }

  @Test(
    "Generators are recognised by their keys",
    .enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"),
    arguments: [
      ("ugatit_G_light", Architecture.Model.ugatitLight, 64, nil), ("ugatit_G_full", .ugatit, 64, 256),
      ("p2c_G_light_ngf32", .photo2cartoon, 32, nil), ("p2c_G_light_ngf64", .photo2cartoon, 64, nil),
      ("p2c_G_full_ngf32", .photo2cartoonFull, 32, 256),
    ] as [(String, Architecture.Model, Int, Int?)])
  func generatorsKnownByTheir(name: String, model: Architecture.Model, width: Int, side: Int?) throws {
    let traits = try GeneratorTraits(shapes: try shapes(name))
    #expect(traits.model == model && traits.width == width && traits.blocks == 4 && traits.side == side)
    #expect(traits.architecture(side: 128) == Architecture(model, side: side ?? 128, width: width))
  }

  @Test(
    "Discriminators are recognised by their keys",
    .enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"),
    arguments: [
      ("ugatit_D_global_n7", 64, 7), ("ugatit_D_local_n5", 64, 5), ("p2c_D_global_n7_ndf32", 32, 7),
      ("p2c_D_local_n5_ndf32", 32, 5),
    ])
  func discriminatorsKnownByTheir(name: String, width: Int, layers: Int) throws {
    let traits = try DiscriminatorTraits(shapes: try shapes(name))
    #expect(traits.width == width && traits.layers == layers)
  }

  @Test(
    "A published checkpoint is read",
    .enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"))
  func publishedCheckpoint() throws {
    let folder = try #require(TestData.reference)
    let file = try WeightsFile(contentsOf: folder.appendingPathComponent("ugatit_params_0000003.pt"))
    #expect(file.names == WeightsFile.publishedNames)
    let traits = try file.generator()
    #expect(traits.model == .ugatitLight && traits.width == 8 && traits.blocks == 4)
    #expect(try file.discriminator("disGA").layers == 7)
    #expect(try file.discriminator("disLB").layers == 5)
    #expect(try file.stateDict("genB2A").count == 44)
    #expect(throws: WeightsError.self) { try file.generator("disGA") }
  }

  /// A PyTorch file with other networks than the published ones.
  private var nested: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("WeightFilesTests/Fixtures/nested.pt")
  }

  private var tiny: [String: StoredTensor] {
    func zeros(_ shape: [Int]) -> StoredTensor {
      StoredTensor(element: .float32, shape: shape, bytes: Data(count: 4 * shape.reduce(1, *)))
    }
    return [
      "DownBlock.1.weight": zeros([2, 3, 7, 7]), "FC.0.weight": zeros([8, 8 * 36]),
      "UpBlock1_1.conv1.weight": zeros([8, 8, 3, 3]),
    ]
  }

  private func withPrefix(_ prefix: String, _ state: [String: StoredTensor]) -> [String: StoredTensor] {
    Dictionary(uniqueKeysWithValues: state.map { (prefix + $0, $1) })
  }

  @Test("Bare, nested, parallel and safetensors files give the same network") func bareNestedParallel() throws
  {
    let folder = try TemporaryFolder()
    var files: [URL] = []
    func keep(_ name: String, _ write: ((Data) throws -> Void) throws -> Void) throws {
      var data = Data()
      try write { data.append($0) }
      files.append(folder.appending(name))
      try data.write(to: folder.appending(name))
    }
    try keep("bare.pt") { try TorchWriter.write(stateDict: tiny, to: $0) }
    try keep("parallel.pt") { try TorchWriter.write(stateDict: withPrefix("module.", tiny), to: $0) }
    try keep("nested.weights") { try TorchWriter.write(networks: ["genA2B": tiny, "genB2A": [:]], to: $0) }
    try keep("wrapped.pt") { try TorchWriter.write(networks: ["state_dict": tiny], to: $0) }
    try keep("bare.safetensors") { try Safetensors(tensors: tiny).write(to: $0) }
    try keep("nested.safetensors") {
      try Safetensors(tensors: withPrefix("genA2B.", tiny).merging(withPrefix("genB2A.", tiny)) { $1 })
        .write(to: $0)
    }
    for url in files {
      let file = try WeightsFile(contentsOf: url)
      #expect(try file.stateDict("genA2B") == tiny, "\(url.lastPathComponent)")
      let traits = try file.generator()
      #expect(traits.width == 2 && traits.side == 24 && traits.model == .ugatit && traits.blocks == 1)
    }
  }

  @Test("Other files are refused by name") func otherFilesRefusedBy() throws {
    let folder = try TemporaryFolder()
    let picture = folder.appending("picture.pt")
    try Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0, 0, 0, 0]).write(to: picture)
    let error = #expect(throws: WeightsError.self) { try WeightsFile(contentsOf: picture) }
    #expect(error?.description.hasPrefix(picture.path) == true)
    #expect(error?.code == .notWeights)
    #expect(throws: (any Error).self) { try WeightsFile(contentsOf: folder.appending("absent.pt")) }
    let foreign = try WeightsFile(contentsOf: nested)
    let unknown = #expect(throws: WeightsError.self) { try foreign.generator() }
    #expect(unknown?.reason.contains("its first keys are bias, expanded, none") == true)
  }

  @Test("The difference lists every key") func differenceNamesEveryKey() {
    let difference = KeyDifference(
      of: "genA2B of x.pt", expected: [("b.weight", [2, 3]), ("a.bias", [2]), ("c", []), ("d", [1])],
      found: ["b.weight": [3, 2], "z": [7], "e": [], "d": [1]])
    #expect(
      difference.description == """
        genA2B of x.pt does not fit: 2 missing, 1 of another shape, 2 unexpected
          missing     a.bias (2)
          missing     c ()
          shape       b.weight is (3, 2), expected (2, 3)
          unexpected  e ()
          unexpected  z (7)
        """)
    #expect(
      difference.text(atMost: 1).split(separator: "\n").dropFirst() == [
        "  missing     a.bias (2)", "  ... and 1 more", "  shape       b.weight is (3, 2), expected (2, 3)",
        "  unexpected  e ()", "  ... and 1 more",
      ])
    #expect(KeyDifference(of: "x", expected: [("d", [1])], found: ["d": [1]]).isEmpty)
  }
}
