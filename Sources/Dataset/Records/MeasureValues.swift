/// The measures of a sample by name, in a quarter of a dictionary's memory.
///
/// Names that `MeasureName` does not contain, such as those of other versions, are kept too.
public struct MeasureValues: Sendable, Hashable, Codable, ExpressibleByDictionaryLiteral {
  /// Whether each measure of `MeasureName.ordered` has a value, one bit for each.
  private var known: UInt64 = 0
  /// The values of these measures, in their order.
  private var values: [Double] = []
  /// The values of other names; nil if there are none.
  private var others: [String: Double]?

  /// The values of a dictionary by name.
  public init(_ values: [String: Double]) {
    self.values.reserveCapacity(values.count)
    for (place, measure) in MeasureName.ordered.enumerated() {
      guard let value = values[measure.rawValue] else { continue }
      known |= 1 << UInt64(place)
      self.values.append(value)
    }
    guard self.values.count < values.count else { return }
    others = values.filter { MeasureName(rawValue: $0.key) == nil }
  }

  /// The values of a literal; of equal names, the last one counts.
  public init(dictionaryLiteral elements: (String, Double)...) {
    self.init(Dictionary(elements, uniquingKeysWith: { $1 }))
  }

  /// Reads an object of numbers.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Name.self)
    var found: [String: Double] = [:]
    for name in fields.allKeys { found[name.stringValue] = try fields.decode(Double.self, forKey: name) }
    self.init(found)
  }

  /// Writes an object of numbers.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Name.self)
    for (name, value) in pairs { try fields.encode(value, forKey: Name(stringValue: name)) }
  }

  /// The value of a measure; nil if it is unknown.
  public subscript(measure: MeasureName) -> Double? {
    let bit: UInt64 = 1 << UInt64(measure.place)
    return known & bit == 0 ? nil : values[(known & (bit - 1)).nonzeroBitCount]
  }

  /// The value of a name; nil if it is unknown.
  public subscript(name: String) -> Double? {
    get { MeasureName(rawValue: name).map { self[$0] } ?? others?[name] }
    set {
      var all = Dictionary(pairs, uniquingKeysWith: { $1 })
      all[name] = newValue
      self = MeasureValues(all)
    }
  }

  /// All names and values, sorted by name.
  public var pairs: [(name: String, value: Double)] {
    var next = values.makeIterator()
    var pairs: [(name: String, value: Double)] = []
    for (place, measure) in MeasureName.ordered.enumerated() where known >> UInt64(place) & 1 == 1 {
      if let value = next.next() { pairs.append((measure.rawValue, value)) }
    }
    guard let others else { return pairs }
    return (pairs + others.map { ($0.key, $0.value) }).sorted { $0.name < $1.name }
  }

  /// The key of a value.
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension MeasureName {
  /// All measures, sorted by name.
  static let ordered = allCases.sorted()
  private static let places = allCases.map { ordered.firstIndex(of: $0) ?? 0 }
  private static let declared = allCases

  /// Its position in `ordered`.
  fileprivate var place: Int { Self.declared.firstIndex(of: self).map { Self.places[$0] } ?? 0 }
}
