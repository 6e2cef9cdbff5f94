import Foundation
import Imaging
import TestSupport
import Testing

@Suite(.enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
struct PngSuiteTests {
  private func path(_ name: String) throws -> String {
    try #require(TestData.images).appendingPathComponent("pngsuite/png/\(name).png").path
  }

  @Test("Every valid file of PngSuite is decoded to the same samples as by another decoder") func samples()
    throws
  {
    #expect(pngSuiteDigests.count == 161)
    for (name, digest) in pngSuiteDigests {
      let image = try ImageFile.read(path: path(name)).image
      #expect(Samples.digest(image.converted(to: .rgba).bytes) == digest, "\(name)")
    }
  }

  @Test("Gray, RGB and alpha are kept as stored") func formats() throws {
    let natural: [(String, ImageBuffer.Format)] = [
      ("basn0g01", .gray), ("basn0g16", .gray), ("basn2c16", .rgb), ("basn3p04", .rgb), ("basn4a16", .rgba),
      ("basn6a08", .rgba), ("tbbn0g04", .rgba), ("tbwn3p08", .rgba), ("tp0n3p08", .rgb),
    ]
    for (name, format) in natural {
      #expect(try ImageFile.read(path: path(name)).image.format == format, "\(name)")
    }
  }

  @Test(
    "Broken files of PngSuite are rejected",
    arguments: [
      ("xs1n0g01", ImagingError.Code.damaged), ("xs2n0g01", .notAnImage), ("xs4n0g01", .notAnImage),
      ("xs7n0g01", .damaged), ("xcrn0g04", .damaged), ("xlfn0g04", .damaged), ("xc1n0g08", .damaged),
      ("xc9n2c08", .damaged), ("xd0n2c08", .damaged), ("xd3n2c08", .damaged), ("xd9n2c08", .damaged),
      ("xdtn0g01", .damaged), ("xhdn0g08", .damaged), ("xcsn0g01", .damaged),
    ])
  func brokenFiles(name: String, code: ImagingError.Code) throws {
    let path = try path(name)
    let error = #expect(throws: ImagingError.self) { try ImageFile.read(path: path) }
    #expect(error?.code == code)
    #expect(error?.path == path)
    #expect(error?.reason.isEmpty == false)
  }
}
