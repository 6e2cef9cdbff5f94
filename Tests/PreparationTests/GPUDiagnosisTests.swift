import Preparation
import Testing

struct GPUDiagnosisTests {
  private let driver =
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.159.04  Tue Oct 14 12:00:00 UTC 2025\nGCC version: 12.2.0\n"
  private let cards = GPUDiagnosis.Output(status: 0, output: "NVIDIA H100 80GB HBM3, 81559, 9.0\n")

  private func listing(cuda: Bool, devices: String = "") -> GPUDiagnosis.Output {
    .init(status: 0, output: #"{"cuda":\#(cuda),"devices":[\#(devices)],"libtorch":"2.11.0"}"#)
  }

  @Test("A machine that can train on its GPU is reported with driver, card, memory, capability and libtorch")
  func whole() {
    let device =
      #"{"capability":"9.0","device":"cuda:0","memory":85520809984,"name":"NVIDIA H100 80GB HBM3"}"#
    let found = GPUDiagnosis(driver: driver, cards: cards, trainer: listing(cuda: true, devices: device))
      .lines
    #expect(
      found.map(\.found) == [
        "580.159.04", "NVIDIA H100 80GB HBM3, capability 9.0, 81559 MiB", "2.11.0, built with CUDA",
        "cuda:0: NVIDIA H100 80GB HBM3, capability 9.0, 81559 MiB; use precision: bf16",
      ])
  }

  @Test("Without a GPU, only the driver is missing")
  func noGPU() {
    let found = GPUDiagnosis(driver: nil, cards: nil, trainer: listing(cuda: false)).lines
    #expect(found.map(\.found) == [nil, "2.11.0, built without CUDA"])
    #expect(GPUDiagnosis(driver: nil, cards: nil, trainer: nil).lines.count == 1)
  }

  @Test("If easel-train was built without CUDA on a machine with a GPU, make cuda is the advice")
  func builtWithoutCUDA() throws {
    let line = try #require(
      GPUDiagnosis(driver: driver, cards: cards, trainer: listing(cuda: false)).lines.last)
    #expect(line.found == nil && line.remedy.contains("make cuda"))
  }

  @Test("If easel-train finds no GPU although it was built with CUDA, the driver's version is the advice")
  func unusableGPU() throws {
    let line = try #require(
      GPUDiagnosis(driver: driver, cards: nil, trainer: listing(cuda: true)).lines.last)
    #expect(line.found == nil && line.remedy.contains("driver 580"))
  }

  @Test("The errors of nvidia-smi and of easel-train are reported")
  func errors() throws {
    let broken = GPUDiagnosis.Output(
      status: 9, output: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n")
    let loader = GPUDiagnosis.Output(
      status: 127, output: "",
      errors:
        "easel-train: error while loading shared libraries: libcudart.so.13: cannot open shared object file")
    let lines = GPUDiagnosis(driver: driver, cards: broken, trainer: loader).lines
    #expect(lines[1].found == nil && lines[1].remedy.contains("couldn't communicate"))
    #expect(lines[2].found == nil && lines[2].remedy.contains("libcudart.so.13"))
    #expect(lines[2].remedy.contains("LD_LIBRARY_PATH"))
  }
}
