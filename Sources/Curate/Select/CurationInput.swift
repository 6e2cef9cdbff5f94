import Dataset
import Foundation
import Imaging
import Ledger

/// The ledger's contents at the start of curation.
struct CurationInput: Sendable {
  /// A face with a crop and everything that is known about it.
  struct Candidate: Sendable {
    let image: ImageRow
    let crop: CropRow
    let mask: MaskRow?
    var measures: MeasureRow?
    /// Its annotations from lists beside the source.
    var annotations: Sample.Annotations?
    /// The rejection if its pixels could not be read; nil if they could.
    var failure: Sample.Decision?

    /// The fingerprint for the search of duplicates; nil if it was not measured.
    var fingerprint: ImageFingerprint? {
      guard let measures else { return nil }
      let words = (measures.turned ?? "").split(separator: " ")
      let faces = words.dropFirst().compactMap { FaceHash($0) }
      guard faces.count == FaceHashes.views.count else { return nil }
      var print = ImageFingerprint(face: FaceHashes(all: faces), pixels: measures.pixels)
      print.polar = words.first.flatMap { PerceptualHash(String($0)) }
      print.aspect = crop.cut?.aspect ?? 1
      return print
    }

    /// Its perceptual hash; nil if it was not measured.
    var hash: PerceptualHash? { measures.flatMap { PerceptualHash($0.hash) } }

    /// The value of a measure; nil if this sample has none.
    func value(of measure: MeasureName) -> Double? {
      measure.value(quality: measures?.quality, face: crop.face, cut: crop.cut, mask: mask?.summary)
    }
  }

  /// The images without a face.
  var faceless: [ImageRow] = []
  /// The faces without a crop, with their images.
  var uncut: [(image: ImageRow, crop: CropRow)] = []
  /// The faces with a crop, by domain.
  var candidates: [Domain: [Candidate]] = [:]
  /// Files with the same bytes as another file, with that file's image.
  var copies: [(path: String, image: ImageRow)] = []
  /// Problems in annotation lists beside the sources.
  let notes: [String]
  /// The users' decisions by sample ID.
  let people: [String: DecisionRow]
  /// The users' decisions about duplicates.
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

  /// The digest of the input, which is the same only if nothing changed.
  ///
  /// - Parameter settings: Everything else that the dataset depends on.
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: `EncodingError`.
  func digest(with settings: String) throws -> String {
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
  /// Width over height of the source region in a square crop: 1 unless both axes were scaled differently.
  var aspect: Double {
    let (x, y) = (matrix.a * matrix.a + matrix.d * matrix.d, matrix.b * matrix.b + matrix.e * matrix.e)
    return x > 0 && y > 0 ? (y / x).squareRoot() : 1
  }
}

extension ImageRow {
  /// The size in pixels; nil if the image could not be decoded.
  var size: PixelSize? { width.flatMap { width in height.map { PixelSize(width: width, height: $0) } } }
}
