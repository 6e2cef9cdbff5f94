import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Crop

struct CropSourceTests {
  /// A frame of 640 x 480 with black bars of 60 rows above and below a gray picture with some texture.
  private var frame: ImageBuffer {
    var picture = ImageBuffer(width: 640, height: 480, format: .rgb, filledWith: [4, 4, 4])
    for y in 60..<420 {
      for x in 0..<640 {
        for channel in 0..<3 { picture.bytes[(y * 640 + x) * 3 + channel] = UInt8(60 + (x * y) % 150) }
      }
    }
    return picture
  }

  @Test("A crop that a user placed excludes black bars and records their share")
  func barsOfUserCrops() throws {
    let folder = try TemporaryFolder()
    let output = OutputFolder(folder.appending("out"))
    try output.claim()
    let ledger = try Ledger(url: output.ledger)
    let id = SourceID(sha256: String(repeating: "0", count: 64))
    let image = ImageRow(
      domain: .b, id: id, source: 0, kind: .screenshots, file: "/frame.png", path: "frame.png",
      sha256: id.rawValue, digest: "d")
    let face = Sample.Face(detector: "known", score: 1, box: Box(x: 250, y: 60, width: 100, height: 100))
    var crop = CropRow(id: "0123456789abcdef", domain: .b, image: id, number: 0, face: face, digest: "d")
    crop.size = 128
    // Half of the square is in the upper bar.
    let chosen = UserCrop(matrix: AffineMap(1, 0, -236, 0, 1, 4), size: 128)
    try UserCropCutter(output: output, ledger: ledger, border: .white)
      .cut(chosen, of: crop, from: image, picture: SourcePicture(frame))
    let cut = try #require(try ledger.crops(of: id, in: .b).first?.cut)
    #expect(abs(cut.bars - 0.5) < 0.05)
    #expect(cut.native != nil)
    let pixels = try ImageFile.read(output.crop(crop.id)).image
    #expect(pixels[64, 20].elementsEqual([255, 255, 255]))
    #expect(!pixels[64, 100].elementsEqual([255, 255, 255]))
  }

  @Test(
    "A picture that was made brighter has gaps between its levels, and a smooth or compressed one has none")
  func levelGaps() throws {
    func picture(_ level: (Int) -> Int) -> ImageBuffer {
      var bytes: [UInt8] = []
      for index in 0..<400 * 300 {
        let value = UInt8(level(index % 400))
        bytes += [value, value, value]
      }
      return ImageBuffer(width: 400, height: 300, format: .rgb, bytes: bytes)
    }
    let smooth = picture { 40 + $0 / 3 }
    var bright = smooth
    for index in bright.bytes.indices { bright.bytes[index] = UInt8(Int(bright.bytes[index]) * 13 / 10) }
    #expect(LevelGaps.measure(smooth) == 0)
    #expect(LevelGaps.measure(bright) > 0.2)
    #expect(LevelGaps.measure(bright.converted(to: .gray)) > 0.2)
    // A drawing with few levels.
    let drawn = picture { $0 / 50 * 24 }
    #expect(LevelGaps.measure(drawn) == 0)
  }

  @Test("Compression is measured in the source's own pixels, independent of the crop's scale")
  func nativeMeasures() throws {
    let clean = frame
    let compressed = try ImageCodec.decode(clean.jpeg(quality: 10)).image
    func blocking(_ picture: ImageBuffer) throws -> Double {
      let source = CropSource(SourcePicture(picture), content: nil, captions: [])
      let map = AffineMap.rotation(degrees: 10).then(.scaling(0.4))
      let cut = try source.cut(
        by: map, side: 128, border: .edge, face: Box(x: 200, y: 150, width: 200, height: 200)
      ).cut
      return try #require(cut.native?.blocking)
    }
    #expect(try blocking(compressed) > blocking(clean) + 0.1)
  }
}
