import Dataset
import Foundation
import Testing

@Suite struct MeasureValuesTests {
  @Test("Measures are written and read as the dictionary of their names, with those of other versions")
  func json() throws {
    let values = ["sharpness": 0.25, "bars": 0, "yaw": -12.5, "white-point": 1, "future": 3, "a": 4]
    let measures = MeasureValues(values)
    let encoder = JSONEncoder.stable
    let json = try encoder.encode(measures)
    #expect(json == (try encoder.encode(values)))
    #expect(try JSONDecoder().decode(MeasureValues.self, from: json) == measures)
    #expect(measures.pairs.map(\.name) == values.keys.sorted())
    for (name, value) in values { #expect(measures[name] == value) }
    for measure in MeasureName.allCases { #expect(measures[measure] == values[measure.rawValue]) }
    #expect(measures["unknown"] == nil)
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(MeasureValues.self, from: Data(#"{"yaw":"left"}"#.utf8))
    }
  }

  @Test("A value can be added, replaced and removed")
  func changes() {
    var measures: MeasureValues = ["yaw": 1]
    measures["roll"] = 2
    measures["mark"] = 3
    measures["yaw"] = nil
    measures["roll"] = 5
    #expect(measures == ["roll": 5, "mark": 3])
  }
}
