import Dataset
import Foundation
import Imaging
import TestSupport
import Testing
import Vision

@testable import Crop

/// Large photographs are searched in a reduced copy, and crops are cut as from the whole image.
struct SourcePictureTests {
  private let folder: TemporaryFolder
  private let photo: ImageBuffer
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    // 3,600 x 2,400 pixels of waves that are too fine for a reduced copy.
    let (width, height) = (3600, 2400)
    var image = ImageBuffer(width: width, height: height, format: .rgb, filledWith: [0, 0, 0])
    for y in 0..<height {
      for x in 0..<width {
        let pixel = (y * width + x) * 3
        image.bytes[pixel] = UInt8(x % 97 + 60)
        image.bytes[pixel + 1] = UInt8(y % 89 + 40)
        image.bytes[pixel + 2] = UInt8((x / 3 + y / 2) % 128)
      }
    }
    photo = image
    path = folder.appending("photo.png").path
    try Data(image.png()).write(to: URL(fileURLWithPath: path))
  }

  @Test("A reduced copy is used only if the smallest face keeps enough pixels")
  func copies() throws {
    #expect(try SourcePicture(path: path, minFace: 96).box == 2)
    #expect(try SourcePicture(path: path, minFace: 64).box == 1)
    let picture = try SourcePicture(path: path, minFace: 96)
    #expect(picture.size == photo.size && picture.image.size == PixelSize(width: 1800, height: 1200))
  }

  @Test(
    "Crops from the copy and from a part of the file equal crops of the whole image",
    arguments: [0.12, 0.45, 0.8, 1.0, 2.5])
  func crops(scale: Double) throws {
    let (copy, whole) = (try SourcePicture(path: path, minFace: 96), SourcePicture(photo))
    for angle in [0.0, 17] {
      let map = AffineMap.translation(x: -1700, y: -1300).then(.rotation(degrees: angle)).then(
        .scaling(scale)
      )
      .then(.translation(x: 128, y: 128))
      let (a, b) = (
        try copy.warped(by: map, side: 256, border: .constant([255, 255, 255, 255]), content: nil),
        try whole.warped(by: map, side: 256, border: .constant([255, 255, 255, 255]), content: nil)
      )
      // From a copy, areas are averaged in two steps; from a part of the file the pixels are the same.
      #expect(a.meanDifference(from: b) < (scale < 0.5 ? 6 : 1), "\(angle)")
    }
  }

  @Test("A crop at the picture's corner has the same border as with the whole image")
  func corners() throws {
    let (copy, whole) = (try SourcePicture(path: path, minFace: 96), SourcePicture(photo))
    for (x, y) in [(0.0, 0.0), (3599, 2399), (3599, 0)] {
      let map = AffineMap.translation(x: -x, y: -y).then(.translation(x: 100, y: 100))
      for border in [Border.constant([255, 0, 255, 255]), .edge] {
        let (a, b) = (
          try copy.warped(by: map, side: 200, border: border, content: nil),
          try whole.warped(by: map, side: 200, border: border, content: nil)
        )
        #expect(a.meanDifference(from: b) < 0.5)
      }
    }
  }

  @Test("Native pixels equal the pixels of the file")
  func nativePixels() throws {
    let picture = try SourcePicture(path: path, minFace: 96)
    let patch = picture.native(x: 1001, y: 703, width: 300, height: 200)
    #expect(patch == photo.cropped(x: 1001, y: 703, width: 300, height: 200))
  }

  @Test("A crop is recognized in its own picture and not in another")
  func resemblance() throws {
    let map = AffineMap.translation(x: -900, y: -700).then(.scaling(0.4))
    let crop = try SourcePicture(photo).warped(by: map, side: 128, border: .edge, content: nil)
    #expect(try SourcePicture(photo).resembles(crop, cutBy: map))
    let other = photo.cropped(x: 200, y: 300, width: 3000, height: 2000)
    #expect(try !SourcePicture(other).resembles(crop, cutBy: map))
  }
}
