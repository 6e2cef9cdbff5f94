import Dataset
import Foundation
import Imaging
import Ledger

/// What the ledger knew when the curation began.
struct Snapshot: Sendable {
  /// One face with a crop and all that was found out about it.
  struct Candidate: Sendable {
    let image: ImageRow
    let crop: CropRow
    let mask: MaskRow?
    var measures: MeasureRow?
    /// What lists beside its source say of it.
    var annotations: Sample.Annotations?
    /// Why its pixels could not be read; nil where they could.
    var failure: Sample.Decision?

    /// What duplicates of it are found by.
    var picture: Appearance {
      let texts = [measures?.hash ?? ""] + (measures?.turned?.split(separator: " ").map(String.init) ?? [])
      let hashes = texts.compactMap { PerceptualHash($0) }
      var picture = Appearance(
        hashes: hashes.isEmpty ? [PerceptualHash(bits: 0)] : Array(hashes.prefix(8)),
        pixels: measures?.pixels ?? "")
      picture.disc = hashes.count > 8 ? hashes[8] : nil
      picture.aspect = crop.cut?.aspect ?? 1
      return picture
    }

    /// The value of a measure that a rule names; nil where this sample has none, which no rule holds against it.
    func value(of measure: String) -> Double? {
      switch measure {
      case "roll": crop.face.roll
      default: measures?.quality[measure] ?? mask?.summary.value(of: measure)
      }
    }
  }

  /// The images without a face, with why.
  var faceless: [ImageRow] = []
  /// The faces that were not cut, with their images.
  var uncut: [(image: ImageRow, crop: CropRow)] = []
  /// The faces that were cut, by domain.
  var candidates: [Domain: [Candidate]] = [:]
  /// Files with the bytes of another file, with its image.
  var copies: [(path: String, image: ImageRow)] = []
  /// What is wrong with lists beside the sources.
  let notes: [String]
  /// What people decided, by sample.
  let people: [String: DecisionRow]
  /// What people said about copies.
  let pairings: [Pairing]

  init(_ ledger: Ledger, domains: [Domain]) throws {
    people = try ledger.personDecisions()
    pairings = try ledger.pairings()
    let (masks, measures) = (try ledger.masks(), try ledger.measures())
    var lists = AnnotationLists()
    for domain in domains {
      let images = try ledger.images(of: domain)
      let byID = Dictionary(images.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
      var withFaces: Set<SourceID> = []
      var found: [Candidate] = []
      for crop in try ledger.crops(of: domain) {
        guard let image = byID[crop.image] else { continue }
        withFaces.insert(image.id)
        if crop.cut != nil, crop.reason == nil {
          found.append(
            Candidate(
              image: image, crop: crop, mask: masks[crop.id], measures: measures[crop.id],
              annotations: lists.annotations(of: image)))
        } else {
          uncut.append((image, crop))
        }
      }
      candidates[domain] = found
      faceless += images.filter { !withFaces.contains($0.id) }
      copies += try ledger.copies(in: domain).compactMap { path, id in byID[id].map { (path, $0) } }
    }
    notes = lists.notes
  }

  /// The digest of all this, which is equal only where nothing changed.
  ///
  /// - Parameter settings: What else the dataset depends on.
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: What encoding throws.
  func digest(with settings: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
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
    for domain in Domain.allCases {
      for candidate in candidates[domain] ?? [] {
        try add(candidate.image)
        try add(candidate.crop)
        try add(candidate.mask)
        if let annotations = candidate.annotations { try add(annotations) }
      }
    }
    for (path, image) in copies { try add([path, image.id.rawValue]) }
    for id in people.keys.sorted() { try add(people[id]) }
    for pairing in pairings { try add(pairing) }
    return hasher.finish().hex
  }
}

extension Sample.Cut {
  /// Width over height of what a square crop shows: 1 unless its axes were scaled differently.
  var aspect: Double {
    let (x, y) = (matrix.a * matrix.a + matrix.d * matrix.d, matrix.b * matrix.b + matrix.e * matrix.e)
    return x > 0 && y > 0 ? (y / x).squareRoot() : 1
  }
}
