import Imaging
import Testing
import Train

struct SamplesTests {
  private func flat(_ level: UInt8, side: Int = 8) -> ImageBuffer {
    ImageBuffer(width: side, height: side, format: .rgb, filledWith: [level, level, level])
  }

  private func column(_ first: UInt8, heatmap: Heatmap) -> SampleColumn {
    SampleColumn(
      real: flat(first), identity: flat(first + 1), identityHeatmap: heatmap, translated: flat(first + 2),
      translatedHeatmap: heatmap, cycled: flat(first + 3), cycledHeatmap: heatmap)
  }

  @Test("Levels range from the minimum to the maximum value") func levelsRunFromLeast() {
    let map = Heatmap(width: 2, height: 2, values: [-3, 1, -1, 0])
    #expect(map.levels.bytes == [0, 255, 128, 191])
    let large = Heatmap(width: 2, height: 1, values: [-3e38, 3e38])
    #expect(large.levels.bytes == [0, 255])
  }

  @Test(
    "A constant map has the middle color",
    arguments: [Float(0), 7, -2, .nan, .infinity])
  func mapWithoutDifferencesHas(value: Float) {
    let map = Heatmap(width: 3, height: 3, values: [Float](repeating: value, count: 9))
    let picture = map.picture(size: PixelSize(width: 6, height: 6))
    let middle = Array(ColorMap.jet.samples[384..<387])
    for y in 0..<6 { for x in 0..<6 { #expect(Array(picture[x, y]) == middle) } }
  }

  @Test("NaN and infinite values do not affect the others") func valuesNoNumbersDo() {
    let map = Heatmap(width: 5, height: 1, values: [0, .nan, 1, .infinity, -.infinity])
    #expect(map.levels.bytes == [0, 128, 255, 255, 0])
  }

  @Test("The maximum is red, the minimum is blue") func greatestValueRedLeast() {
    let picture = Heatmap(width: 2, height: 1, values: [0, 1]).picture(size: PixelSize(width: 2, height: 1))
    #expect(Array(picture[0, 0]) == Array(ColorMap.jet.samples[0..<3]))
    #expect(Array(picture[1, 0]) == Array(ColorMap.jet.samples[765..<768]))
    #expect(picture[1, 0].first ?? 0 > 100 && picture[1, 0].last == 0)
    #expect(picture[0, 0].last ?? 0 > 100 && picture[0, 0].first == 0)
  }

  @Test("An overlay mixes image and colors") func overlayMixesPictureColors() {
    let map = Heatmap(width: 2, height: 1, values: [0, 1])
    let size = PixelSize(width: 2, height: 1)
    let under = ImageBuffer(width: 2, height: 1, format: .rgb, filledWith: [200, 200, 200])
    #expect(map.picture(size: size, over: under, opacity: 0) == under)
    #expect(map.picture(size: size, over: under, opacity: 1) == map.picture(size: size))
    let mixed = map.picture(size: size, over: under, opacity: 0.5)
    let colors = map.picture(size: size)
    for index in 0..<6 { #expect(abs(Int(mixed.bytes[index]) * 2 - Int(colors.bytes[index]) - 200) <= 1) }
  }

  @Test("A sheet has the published seven rows and both directions") func sheetHasPublishedSeven() throws {
    let map = Heatmap(width: 2, height: 2, values: [0, 1, 2, 3])
    let forward = [column(10, heatmap: map), column(20, heatmap: map)]
    let sheet = try #require(SampleSheet(gap: 4).picture([forward, [column(30, heatmap: map)]]))
    #expect(sheet.size == PixelSize(width: 3 * 8 + 4, height: 7 * 8))
    // The rows of images are 0, 2, 4 and 6; the others are attention.
    for (x, first) in [(0, UInt8(10)), (8, 20), (20, 30)] {
      for (row, level) in [(0, first), (2, first + 1), (4, first + 2), (6, first + 3)] {
        #expect(Array(sheet[x + 3, row * 8 + 5]) == [level, level, level])
      }
      let attention = map.picture(size: PixelSize(width: 8, height: 8))
      for row in [1, 3, 5] { #expect(Array(sheet[x + 1, row * 8 + 6]) == Array(attention[1, 6])) }
    }
    #expect(Array(sheet[17, 20]) == [255, 255, 255])
    #expect(SampleSheet().picture([[], []]) == nil)
  }
}
