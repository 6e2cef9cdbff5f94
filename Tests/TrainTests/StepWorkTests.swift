import Testing

@testable import Train

struct StepWorkTests {
  /// The forward passes of the published PyTorch networks at side 256, as counted by a hook on each layer, in GFLOP.
  @Test(
    "The work of each network is that of the published one",
    arguments: [
      (Architecture.Model.ugatitLight, Int?.none, 105.0, 8.51, 7.30), (.ugatit, nil, 105.5, 8.51, 7.30),
      (.photo2cartoon, nil, 37.3, 2.15, 1.85), (.photo2cartoonFull, nil, 37.4, 2.15, 1.85),
      (.photo2cartoon, 64, 147.6, 8.51, 7.30),
    ])
  func networks(model: Architecture.Model, width: Int?, generator: Double, global: Double, local: Double) {
    let work = StepWork(Architecture(model, side: 256, width: width))
    #expect(abs(work.generator / 1e9 - generator) < 0.06)
    #expect(abs(work.globalDiscriminator / 1e9 - global) < 0.006)
    #expect(abs(work.localDiscriminator / 1e9 - local) < 0.006)
  }

  @Test(
    "A step of light U-GAT-IT at 256 is 2143 GFLOP, and of light photo2cartoon 735; both grow with the batch")
  func steps() {
    let light = StepWork(Architecture(.ugatitLight, side: 256))
    #expect(abs(light.step(batch: 1) / 1e9 - 2143) < 1)
    #expect(abs(StepWork(Architecture(.photo2cartoon, side: 256)).step(batch: 1) / 1e9 - 735) < 1)
    #expect(light.step(batch: 8) == 8 * light.step(batch: 1))
  }

  @Test("The work of the light U-GAT-IT generator is the sum over its layers")
  func layers() {
    // Inputs, outputs, kernel, side of the output, number of such layers.
    let layers = [
      (3, 64, 7, 256, 1), (64, 128, 3, 128, 1), (128, 256, 3, 64, 1), (256, 256, 3, 64, 8),  // encoder
      (256, 1, 1, 1, 2), (512, 256, 1, 64, 1), (256, 256, 1, 1, 4),  // CAM, FC, gamma, beta
      (256, 256, 3, 64, 8), (256, 128, 3, 128, 1), (128, 64, 3, 256, 1), (64, 3, 7, 256, 1),  // decoder
    ]
    let products = layers.reduce(0) { $0 + $1.0 * $1.1 * $1.2 * $1.2 * $1.3 * $1.3 * $1.4 }
    #expect(StepWork(Architecture(.ugatitLight, side: 256)).generator == Double(2 * products))
  }

  /// The convolutions of small discriminators keep their size if the map would vanish, as in `Discriminator`.
  @Test("The work is positive at every side", arguments: [32, 48, 64, 96, 128])
  func smallSides(side: Int) {
    for model in Architecture.Model.allCases {
      let work = StepWork(Architecture(model, side: side, width: 4))
      #expect(work.generator > 0 && work.globalDiscriminator > 0 && work.localDiscriminator > 0)
    }
  }

  @Test("Cards are recognised by the name that CUDA reports; variants with other rates are not")
  func cards() {
    #expect(PeakRate(card: "NVIDIA H100 80GB HBM3")?.rate(.bfloat16) == 989)
    #expect(PeakRate(card: "NVIDIA H100 PCIe")?.rate(.bfloat16) == 756)
    #expect(PeakRate(card: "NVIDIA A100-SXM4-40GB")?.rate(.tf32) == 156)
    #expect(PeakRate(card: "NVIDIA A10")?.rate(.float32) == 31.2)
    #expect(
      PeakRate(card: "Tesla T4")?.rate(.bfloat16) == nil && PeakRate(card: "Tesla T4")?.rate(.float16) == 65)
    #expect(PeakRate(card: "Tesla V100-SXM2-16GB")?.rate(.tf32) == nil)
    #expect(PeakRate(card: "NVIDIA GeForce RTX 4090")?.rate(.bfloat16) == 165.2)
    for name in [
      "NVIDIA GeForce RTX 3080 Ti", "NVIDIA GeForce RTX 4090 Laptop GPU", "NVIDIA B200", "NVIDIA A1000", "",
    ] {
      #expect(PeakRate(card: name) == nil, "\(name)")
    }
  }
}
