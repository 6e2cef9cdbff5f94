/// Names the results of inputs so that no two results have the same name.
public struct ResultNames: Sendable {
  private let inputs: Set<String>

  /// Names for the results of inputs with the distinct names `inputs`.
  public init(_ inputs: [String]) { self.inputs = Set(inputs) }

  /// The names of the results of `input`: its own name for one result; with `_1`, `_2` and so on appended for
  /// several.
  ///
  /// A number is skipped if it would make the name of another input. So the names depend only on the names of
  /// all inputs, not on the number of their results.
  public func callAsFunction(_ input: String, count: Int) -> [String] {
    if count == 1 { return [input] }
    return Array((1...).lazy.map { "\(input)_\($0)" }.filter { !inputs.contains($0) }.prefix(count))
  }
}
