import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset

/// What the selection needs from the ledger besides the faces with a crop, which are read domain by domain.
struct CurationInput: Sendable {
  /// The images without a face.
  private(set) var faceless: [ImageRow] = []
  /// The faces without a crop, with their images.
  private(set) var uncut: [(image: ImageRow, crop: CropRow)] = []
  /// Files with the same bytes as another file, with that file's image.
  private(set) var copies: [(path: String, image: ImageRow)] = []
  /// The number of faces with a crop.
  private(set) var count = 0
  /// Problems in annotation lists beside the sources, once the digest is known.
  private(set) var notes: [String] = []
  /// The users' decisions by sample ID.
  let people: [String: DecisionRow]
  /// The users' decisions about duplicates.
  let pairings: [Pairing]
  private let domains: [Domain]

  init(_ ledger: Ledger, domains: [Domain]) throws {
    self.domains = domains
    people = try ledger.personDecisions()
    pairings = try ledger.pairings()
    for domain in domains {
      faceless += try ledger.imagesWithoutFaces(of: domain)
      uncut += try ledger.uncutFaces(of: domain)
      count += try ledger.sampleCount(of: domain)
      for (path, id) in try ledger.copies(in: domain) {
        guard let image = try ledger.image(id, of: domain), image.present else { continue }
        copies.append((path, image))
      }
    }
  }

  /// The digest of the input, which is the same only if nothing changed.
  ///
  /// - Parameters:
  ///   - settings: Everything else that the dataset depends on.
  ///   - ledger: The ledger.
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: `EncodingError`, `LedgerError`.
  mutating func digest(with settings: String, _ ledger: Ledger) throws -> String {
    let encoder = JSONEncoder.stable
    var hasher = Hasher256()
    func add(_ value: some Encodable) throws {
      try encoder.encode(value).withUnsafeBytes { hasher.update($0) }
    }
    try add(settings)
    for image in faceless { try add(image) }
    for (image, crop) in uncut {
      try add(image)
      try add(crop)
    }
    var lists = AnnotationLists()
    for domain in domains {
      try ledger.eachSampleText(of: domain) { text, kind, image in
        var text = text
        text.withUTF8 { hasher.update(UnsafeRawBufferPointer($0)) }
        guard kind == .celebamaskHQ, let image = image() else { return }
        if let annotations = lists.annotations(of: image) { try add(annotations) }
      }
    }
    notes = lists.notes
    for (path, image) in copies { try add([path, image.id.rawValue]) }
    for id in people.keys.sorted() { try add(people[id]) }
    for pairing in pairings { try add(pairing) }
    return hasher.finish().hex
  }
}

extension Sample.Cut {
  /// Width over height of the source region in a square crop: 1 unless both axes were scaled differently.
  var aspect: Double {
    let (x, y) = (matrix.a * matrix.a + matrix.d * matrix.d, matrix.b * matrix.b + matrix.e * matrix.e)
    return x > 0 && y > 0 ? (y / x).squareRoot() : 1
  }
}
