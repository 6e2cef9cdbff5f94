/// A partition of 0..<count into sets that can be joined: a union-find structure with path halving.
package struct UnionFind: Sendable {
  private var parents: [Int]

  /// `count` sets of one member each.
  package init(count: Int) { parents = Array(0..<count) }

  /// The smallest member of the set that `index` belongs to.
  package mutating func root(of index: Int) -> Int {
    var index = index
    while parents[index] != index {
      parents[index] = parents[parents[index]]
      index = parents[index]
    }
    return index
  }

  /// Joins the sets of both members.
  package mutating func join(_ a: Int, _ b: Int) {
    let (a, b) = (root(of: a), root(of: b))
    parents[max(a, b)] = min(a, b)
  }
}
