/// What several results of one input are called, so that no two inputs' results share a name.
public struct ResultNames: Sendable {
  private let inputs: Set<String>

  /// Names for the results of inputs that are called `inputs`, each once.
  public init(_ inputs: [String]) { self.inputs = Set(inputs) }

  /// The names of the results of `input`: its own for one, `_1`, `_2` and so on appended for more.
  ///
  /// A number that would make another input's name is passed over. What an input's results are called thus depends on the
  /// names of all inputs and on nothing that is found in the others.
  public func callAsFunction(_ input: String, count: Int) -> [String] {
    if count == 1 { return [input] }
    return Array((1...).lazy.map { "\(input)_\($0)" }.filter { !inputs.contains($0) }.prefix(count))
  }
}
