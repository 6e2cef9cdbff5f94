import Foundation
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Train

/// Tensors of the published trainers, read from the reference folder.
struct Reference {
  let file: Safetensors

  init(_ name: String) throws {
    let folder = try #require(TestData.reference)
    file = try Safetensors(contentsOf: folder.appendingPathComponent(name))
  }

  func tensor(_ name: String) throws -> Tensor {
    try Tensor(#require(file.tensors[name], "\(name) is not in the reference"))
  }

  func state(_ prefix: String) -> [String: StoredTensor] {
    var state: [String: StoredTensor] = [:]
    for (name, tensor) in file.tensors where name.hasPrefix(prefix) {
      state[String(name.dropFirst(prefix.count))] = tensor
    }
    return state
  }
}

/// The maximum difference of two tensors, divided by the maximum value of the second.
func relativeError(_ a: Tensor, _ b: Tensor) throws -> Double {
  try #require(a.shape == b.shape)
  let scale = try b.absolute().max().item()
  return try (a - b).absolute().max().item() / max(scale, 1e-12)
}

@Suite(.enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"))
struct ParityForwardTests {
  private let architecture = Architecture(.ugatitLight, side: 128, width: 8)

  @Test(
    "Generators match the published ones",
    arguments: [
      ("fwd_ugatit_G_light", Architecture.Model.ugatitLight), ("fwd_p2c_G_light", .photo2cartoon),
    ])
  func generatorsMatchPublished(name: String, model: Architecture.Model) throws {
    let reference = try Reference("\(name).safetensors")
    let generator = try Architecture(model, side: 128, width: 8).makeGenerator(from: RandomGenerator(seed: 0))
    try generator.load(reference.state("state_before."))
    let result = try withoutGradient { try generator(reference.tensor("input")) }
    // photo2cartoon normalises small maps repeatedly, so the published result itself differs by 2e-5 from float64.
    #expect(try relativeError(result.images, reference.tensor("out")) < (model.isPhoto2cartoon ? 3e-5 : 1e-5))
    #expect(try relativeError(result.attention.logits, reference.tensor("cam_logit")) < 1e-5)
    #expect(try relativeError(result.attention.heatmap(), reference.tensor("heatmap")) < 1e-5)
  }

  @Test("A discriminator matches the published one") func discriminatorMatches() throws {
    let reference = try Reference("fwd_ugatit_D_local.safetensors")
    let discriminator = try architecture.makeDiscriminator(.local, from: RandomGenerator(seed: 0))
    try discriminator.load(reference.state("state_before."))
    let result = try withoutGradient { try discriminator(reference.tensor("input")) }
    #expect(try relativeError(result.logits, reference.tensor("out")) < 1e-5)
    #expect(try relativeError(result.attention.logits, reference.tensor("cam_logit")) < 1e-5)
    #expect(try relativeError(result.attention.heatmap(), reference.tensor("heatmap")) < 1e-5)
    for entry in discriminator.state where !entry.isParameter {
      #expect(
        try relativeError(entry.tensor, reference.tensor("state_after.\(entry.key)")) < 1e-5, "\(entry.key)")
    }
  }

  @Test("Several batches at once equal them one after the other") func severalBatchesAtOnce() throws {
    let reference = try Reference("fwd_ugatit_D_local.safetensors")
    let images = try reference.tensor("input").chunk(2)
    func outputs(_ apply: (Discriminator) throws -> [DiscriminatorOutput]) throws -> (
      [DiscriminatorOutput], Discriminator
    ) {
      let discriminator = try architecture.makeDiscriminator(.local, from: RandomGenerator(seed: 0))
      try discriminator.load(reference.state("state_before."))
      return (try withoutGradient { try apply(discriminator) }, discriminator)
    }
    let (together, first) = try outputs { try $0(images) }
    let (apart, second) = try outputs { discriminator in try images.map { try discriminator($0) } }
    for (a, b) in zip(together, apart) {
      #expect(try relativeError(a.logits, b.logits) < 1e-5)
      #expect(try relativeError(a.attention.logits, b.attention.logits) < 1e-5)
      #expect(try relativeError(a.attention.heatmap(), b.attention.heatmap()) < 1e-5)
    }
    for (a, b) in zip(first.state, second.state) { #expect(try a.tensor.floats() == b.tensor.floats()) }
    #expect(try relativeError(apart[0].logits, apart[1].logits) > 1e-3, "the two batches should differ")
  }

  @Test("Face features match the published ones") func faceFeaturesMatchPublished() throws {
    let reference = try Reference("fwd_mobilefacenet512.safetensors")
    let network = try MobileFaceNet()
    try network.load(reference.state("state."))
    let features = try withoutGradient { try network(reference.tensor("input")) }
    #expect(try relativeError(features, reference.tensor("embedding")) < 1e-5)
  }

  @Test(
    "Generators have the published keys",
    arguments: [
      ("ugatit_G_light", Architecture.Model.ugatitLight, 64), ("p2c_G_light_ngf32", .photo2cartoon, 32),
      ("p2c_G_light_ngf64", .photo2cartoon, 64), ("p2c_G_full_ngf32", .photo2cartoonFull, 32),
    ])
  func generatorsHavePublished(name: String, model: Architecture.Model, width: Int) throws {
    let generator = try Architecture(model, side: 256, width: width).makeGenerator(
      from: RandomGenerator(seed: 0))
    try expectKeys(generator, name)
  }

  @Test("The full generator has the published keys") func fullGeneratorHasPublished() throws {
    // Its 279 million weights in half precision, because only names and shapes are compared.
    let generator = try Architecture(.ugatit, side: 256, width: 64)
      .makeGenerator(from: RandomGenerator(seed: 0), dtype: .bfloat16)
    try expectKeys(generator, "ugatit_G_full", dtype: .bfloat16)
  }

  @Test(
    "Discriminators have the published keys",
    arguments: [
      ("ugatit_D_global_n7", Discriminator.Field.global, 64), ("ugatit_D_local_n5", .local, 64),
      ("p2c_D_global_n7_ndf32", .global, 32), ("p2c_D_local_n5_ndf32", .local, 32),
    ])
  func discriminatorsHave(name: String, field: Discriminator.Field, width: Int) throws {
    let architecture = Architecture(.ugatitLight, width: width)
    try expectKeys(architecture.makeDiscriminator(field, from: RandomGenerator(seed: 0)), name)
  }

  @Test("Face features have the published keys") func faceFeaturesHavePublished() throws {
    try expectKeys(MobileFaceNet(), "p2c_mobilefacenet512")
  }

  /// Names, shapes, types, and whether they are parameters, line by line as in the published list.
  private func expectKeys(_ module: any Module, _ name: String, dtype: DType = .float32) throws {
    let url = try #require(TestData.reference).appendingPathComponent("keys_\(name).txt")
    let published = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst().map(
      String.init)
    let own = module.state.map { entry in
      let shape = entry.tensor.shape
      let text = shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
      let type = entry.tensor.dtype == dtype ? DType.float32 : entry.tensor.dtype
      return "\(entry.key)\t\(text)\t\(type)\t\(entry.isParameter ? "param" : "buffer")"
    }
    #expect(own == published)
  }
}
