import Foundation
import TestSupport
import Testing

struct MaskCommandsTests {
  @Test(
    "The commands of the mask network refuse wrong usage with status 64",
    arguments: [
      ["train-mask", "--data", "x", "--to", "y", "--side", "100"],
      ["train-mask", "--data", "x", "--to", "y", "--share", "flare"],
      ["train-mask", "--data", "x", "--to", "y", "--precision", "fp8"],
      ["train-mask", "--data", "x", "--to", "y", "--steps", "0"],
      ["export-mask", "--run", "x", "--to", "network.pt"],
      ["learn-mask", "--samples", "x", "--to", "y", "--steps", "0"],
    ]) func usage(arguments: [String]) throws
  {
    #expect(try Program("easel-train").run(arguments).status == 64)
  }

  @Test("The commands of the mask network name files that are missing, and write nothing")
  func missing() throws {
    let place = try TemporaryFolder()
    for arguments in [
      ["train-mask", "--data", "none", "--to", "run"], ["export-mask", "--run", "none", "--to", "a.onnx"],
      ["learn-mask", "--samples", "none.tsv", "--to", "learned"],
    ] {
      let result = try Program("easel-train").run(arguments, in: place.url)
      #expect(result.status == 1)
      #expect(result.talk.contains("none"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: place.url.path).isEmpty)
    }
  }
}
