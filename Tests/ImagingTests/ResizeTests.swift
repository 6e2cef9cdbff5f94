import Imaging
import Testing

struct ResizeTests {
  // Digests of Pillow 13.0's Image.resize(..., BILINEAR) of the 61 x 47 picture.
  @Test(
    "Antialiased bilinear resizing equals Pillow",
    arguments: [
      (1, 20, 15, "1ac9628ed8e82d86"),
      (1, 31, 47, "0b261610aa84c27b"),
      (1, 61, 9, "d038ed0093338adc"),
      (1, 100, 80, "2cbd9bef7cf250fe"),
      (1, 1, 1, "af63f34c860213a1"),
      (1, 286, 286, "3aec35e2d67510c4"),
      (3, 20, 15, "a1d58a05b56154b1"),
      (3, 31, 47, "6a30b21d7bf25a57"),
      (3, 61, 9, "d4072b9935c2e797"),
      (3, 100, 80, "63ae1a7b3c5369d3"),
      (3, 1, 1, "add55b1975a8f92b"),
      (3, 286, 286, "fe665732690f485a"),
      (4, 20, 15, "8eb977becdac5d7a"),
      (4, 31, 47, "e8ba4fa4d0e5e986"),
      (4, 61, 9, "2c4028fe166ad01c"),
      (4, 100, 80, "f82fd9847cab7514"),
      (4, 1, 1, "9749f8ba740a016e"),
      (4, 286, 286, "8799e7ba3259bbf4"),
    ] as [(Int, Int, Int, String)])
  func pillow(channels: Int, width: Int, height: Int, digest: String) throws {
    let format = try #require(ImageBuffer.Format(rawValue: channels))
    let image = Samples.picture(width: 61, height: 47, format: format)
    let resized = image.resized(to: PixelSize(width: width, height: height), .antialiasedBilinear)
    #expect(resized.size == PixelSize(width: width, height: height))
    #expect(Samples.digest(resized.bytes) == digest)
  }

  @Test("Area resizing takes the mean of the covered area") func area() {
    let image = ImageBuffer(width: 4, height: 2, format: .gray, bytes: [0, 10, 100, 200, 20, 30, 50, 150])
    #expect(image.resized(to: PixelSize(width: 2, height: 1)).bytes == [15, 125])
    // 3 to 2: each output covers one and a half inputs.
    let row = ImageBuffer(width: 3, height: 1, format: .gray, bytes: [0, 90, 240])
    #expect(row.resized(to: PixelSize(width: 2, height: 1)).bytes == [30, 190])
  }

  @Test("Enlarging is bilinear between pixel centers") func enlarging() {
    let row = ImageBuffer(width: 2, height: 1, format: .gray, bytes: [0, 100])
    #expect(row.resized(to: PixelSize(width: 4, height: 1)).bytes == [0, 25, 75, 100])
  }

  @Test("A flat image stays flat") func flat() {
    for value in [0, 1, 127, 254, 255] as [UInt8] {
      let image = ImageBuffer(width: 31, height: 17, format: .rgb, filledWith: [value, value, value])
      for (width, height) in [(7, 5), (64, 3), (100, 100), (30, 16)] {
        let size = PixelSize(width: width, height: height)
        for kind in [ImageBuffer.Resampling.area, .antialiasedBilinear] {
          #expect(image.resized(to: size, kind).bytes.allSatisfy { $0 == value })
        }
      }
    }
  }

  @Test("Colors of transparent pixels do not bleed into others") func hiddenColors() {
    let image = ImageBuffer(width: 2, height: 1, format: .rgba, bytes: [200, 10, 10, 255, 0, 255, 0, 0])
    let pixel = image.resized(to: PixelSize(width: 1, height: 1)).bytes
    #expect(pixel[3] == 128)
    #expect(abs(Int(pixel[0]) - 200) <= 1 && abs(Int(pixel[1]) - 10) <= 1)
  }
}
