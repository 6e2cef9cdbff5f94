import Foundation
import TestSupport
import Testing

struct DeviceCommandsTests {
  private func program(_ arguments: [String]) throws -> Program.Result {
    try Program("easel-train").run(arguments, environment: ["OMP_NUM_THREADS": "1"])
  }

  @Test("benchmark prints one JSON line for each combination, with consistent numbers")
  func benchmark() throws {
    let result = try program([
      "benchmark", "--model", "ugatit-light", "photo2cartoon", "--size", "32", "--width", "4", "--batch", "1",
      "2",
      "--precision", "fp32", "--device", "cpu", "--steps", "2", "--jobs", "1", "--json",
    ])
    #expect(result.status == 0, "\(result.talk)")
    #expect(result.events.count == 4)
    for event in result.events {
      let seconds = try #require(event["seconds"] as? Double)
      let batch = try #require(event["batch"] as? Int)
      #expect(
        event["device"] as? String == "cpu" && event["graph"] as? Bool == false && event["side"] as? Int == 32
      )
      #expect(try #require(event["fastest"] as? Double) <= seconds)
      #expect(abs(try #require(event["imagesPerSecond"] as? Double) * seconds - Double(2 * batch)) < 1e-6)
      #expect(abs(try #require(event["hours"] as? Double) - seconds * 100_000 / 3600) < 1e-6 * seconds * 28)
      #expect(try #require(event["memory"] as? Int) > 1 << 20)
      // The card of a processor is not known.
      #expect(event["peakShare"] == nil && event["card"] == nil && event["error"] == nil)
    }
    #expect(Set(result.events.compactMap { $0["model"] as? String }) == ["ugatit-light", "photo2cartoon"])
  }

  @Test("A precision that the device does not support is one failed row; the others are measured")
  func unsupportedPrecision() throws {
    let result = try program([
      "benchmark", "--size", "32", "--width", "4", "--precision", "fp16", "fp32", "--device", "cpu",
      "--steps", "1",
      "--jobs", "1", "--json",
    ])
    #expect(result.events.count == 2)
    #expect(result.events.last?["seconds"] is Double)
    #expect(try #require(result.events.first?["error"] as? String).contains("fp16 needs a GPU"))
    #expect(result.status == 1)
  }

  @Test("check-device compares all models with the processor and passes there")
  func checkDevice() throws {
    let arguments = ["check-device", "--device", "cpu", "--size", "96", "--steps", "3"]
    let result = try program(arguments + ["--model", "ugatit-light", "--model", "photo2cartoon", "--json"])
    #expect(result.status == 0, "\(result.output) \(result.talk)")
    #expect(result.events.count == 4)
    for event in result.events {
      let first = try #require(event["first"] as? Double)
      #expect(first <= (try #require(event["firstLimit"] as? Double)))
      // bfloat16 is another computation, so a difference of 0 would mean that nothing was compared.
      let isHalf = try #require(event["comparison"] as? String).hasPrefix("bf16")
      #expect(isHalf ? first > 1e-5 : first == 0)
    }
  }

  @Test(
    "check-device compares with the published steps",
    .enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"))
  func published() throws {
    let reference = try #require(TestData.reference)
    let result = try program([
      "check-device", "--device", "cpu", "--model", "ugatit-light", "--steps", "3", "--reference",
      reference.path,
    ])
    #expect(result.status == 0 && result.output.contains("against the published program"), "\(result.talk)")
    let missing = try program([
      "check-device", "--device", "cpu", "--model", "ugatit-light", "--size", "32", "--steps", "3",
      "--reference",
      "/nowhere",
    ])
    #expect(missing.status == 1 && missing.talk.contains("/nowhere"))
  }

  @Test("check-device --list names libtorch and whether it was built with CUDA")
  func list() throws {
    let result = try program(["check-device", "--list", "--json"])
    #expect(result.status == 0)
    #expect(result.events.first?["libtorch"] is String && result.events.first?["cuda"] is Bool)
  }

  @Test(
    "benchmark and check-device refuse wrong usage with status 64",
    arguments: [
      ["benchmark", "--model", "stylegan"], ["benchmark", "--precision", "fp8"],
      ["benchmark", "--size", "100"],
      ["benchmark", "--batch", "0"], ["benchmark", "--eager", "--both"], ["benchmark", "--steps", "0"],
      ["check-device", "--steps", "2"], ["check-device", "--size", "50"], ["check-device", "--model", "x"],
    ])
  func usage(arguments: [String]) throws {
    #expect(try program(arguments).status == 64)
  }
}
