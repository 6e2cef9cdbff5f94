package import Crop
package import Dataset
import Foundation
import Imaging
package import Ledger
package import Models
import Vision

#if canImport(Glibc)
  import Glibc
#endif

/// The checks before a run, so that it does not fail after an hour for a reason that was known at the start.
package struct Preflight {
  /// A problem.
  package struct Finding: Sendable, Equatable {
    /// Whether a run cannot succeed.
    package var isError: Bool
    /// One sentence that says what to do.
    package var sentence: String
  }

  /// The problems, errors first.
  package private(set) var findings: [Finding] = []
  /// The files of the sources.
  package let plan: SourcePlan

  private let settings: Settings
  private let models: ModelStore

  /// Checks `settings` against this machine; nothing is written.
  ///
  /// - Parameters:
  ///   - settings: The settings.
  ///   - models: The model store.
  ///   - ledger: The ledger of earlier runs; nil if there is none.
  ///   - looksAtExamples: Whether to open some images of each domain, to check whether A and B are swapped.
  /// - Throws: `LedgerError`.
  package init(
    _ settings: Settings, models: ModelStore, ledger: Ledger?, looksAtExamples: Bool
  ) throws {
    (self.settings, self.models) = (settings, models)
    plan = try SourcePlan(settings, ledger: ledger)
    checkSources()
    // Cached detections remain valid without the model.
    if plan.new > 0 { checkModels() }
    checkOutput()
    if looksAtExamples, plan.new > 0, !hasErrors { checkDomains() }
    findings = findings.filter(\.isError) + findings.filter { !$0.isError }
  }

  /// Whether a run cannot succeed.
  package var hasErrors: Bool { findings.contains(where: \.isError) }

  /// The errors as one; nil if there is none.
  package var failure: PreflightError? {
    let sentences = findings.filter(\.isError).map(\.sentence)
    return sentences.isEmpty ? nil : PreflightError(sentences: sentences)
  }

  private mutating func error(_ sentence: String) {
    findings.append(Finding(isError: true, sentence: sentence))
  }
  private mutating func warn(_ sentence: String) {
    findings.append(Finding(isError: false, sentence: sentence))
  }

  private mutating func checkSources() {
    do { try settings.validateSources() } catch { self.error("\(error)") }
    for (domain, part) in plan.domains.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let places = settings[domain].sources.map(\.location).joined(separator: ", ")
      if part.files == 0 {
        error(
          "domain \(domain.rawValue) has no files: \(places) is empty; put images there or correct the path"
        )
      }
      for folder in part.closed {
        warn("the folder \(folder) cannot be opened; check its permissions (ls -ld)")
      }
      let hasVideos = settings[domain].sources.contains { $0.kind == .videos }
      if hasVideos, VideoFrames.program == nil {
        error("domain \(domain.rawValue) has video sources, but ffmpeg is missing: apt-get install ffmpeg")
      }
    }
  }

  private mutating func checkModels() {
    let catalogue = DetectorCatalogue { [models] in models.locate($0) }
    for (domain, part) in settings.domains.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      do {
        _ = try catalogue.detector(part.crop.detector, for: domain, leastFace: part.crop.minFace)
        if part.crop.landmarks == .outline { _ = try models.require("pfld", for: "landmarks: 68") }
        if part.mask.method == .segment { _ = try models.segmentation(part.mask.model) }
      } catch { self.error("domain \(domain.rawValue): \(error)") }
    }
  }

  private mutating func checkOutput() {
    let output = OutputFolder(settings.output)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: output.url.path)) ?? []
    if !names.isEmpty, !names.contains(output.ledger.lastPathComponent) {
      error("\(OutputError.foreign(output.url.path))")
    }
    var folder = output.url
    while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
      folder.deleteLastPathComponent()
    }
    guard access(folder.path, W_OK) == 0 else {
      error("\(folder.path) cannot be written; choose another output, or check its permissions (ls -ld)")
      return
    }
    var volume = statvfs()
    guard statvfs(folder.path, &volume) == 0 else { return }
    let free = Double(volume.f_bavail) * Double(volume.f_frsize)
    // The crop, the cutout and the sample of a face, each with about two bytes per pixel.
    let needed = Double(plan.new) * Double(settings.size * settings.size) * 6
    if free < needed {
      warn(
        "the disk of \(folder.path) has \(Self.megabytes(free)) free, and \(plan.new) new files may need about "
          + "\(Self.megabytes(needed)); free space, or choose another output")
    }
  }

  private static func megabytes(_ bytes: Double) -> String {
    bytes < 1e9 ? "\(Int(bytes / 1e6)) MB" : "\(Int(bytes / 1e8) / 10).\(Int(bytes / 1e8) % 10) GB"
  }

  /// Checks some images of each domain: photos belong to A, anime to B.
  private mutating func checkDomains() {
    var wrongFaces: [Domain: (wrong: Int, all: Int)] = [:]
    for (domain, part) in plan.domains where !part.examples.isEmpty {
      guard
        let make = try? DetectorCatalogue(model: { [models] in models.locate($0) }).detector(
          settings[domain].crop.detector, for: domain), let detector = try? make()
      else { continue }
      var crop = settings[domain].crop
      (crop.faces, crop.minFace, crop.framing) = (.largest, 8, .photo2cartoon)
      let locator = FaceLocator(settings: crop, detector: detector, isVideoFrame: part.areVideoFrames)
      var count = (wrong: 0, all: 0)
      for path in part.examples {
        guard let image = try? ImageFile.read(path: path, minimumSide: 512).image,
          let face = try? locator.locate(in: image).faces.first
        else { continue }
        count.all += 1
        if face.reason == .wrongDomain || face.face.flags.contains(.wrongDomain) { count.wrong += 1 }
      }
      wrongFaces[domain] = count
    }
    func isMostlyWrong(_ domain: Domain) -> Bool {
      wrongFaces[domain].map { $0.all >= 2 && 2 * $0.wrong > $0.all } ?? false
    }
    func kindOfOther(_ domain: Domain) -> String { domain == .a ? "anime" : "photos" }
    if isMostlyWrong(.a), isMostlyWrong(.b) {
      warn("A and B seem to be swapped: A is for photos and B for anime; exchange their sources")
    } else {
      for domain in Domain.allCases where isMostlyWrong(domain) {
        let count = wrongFaces[domain] ?? (0, 0)
        warn(
          "\(count.wrong) of \(count.all) faces in examples of domain \(domain.rawValue) look like \(kindOfOther(domain)); check "
            + "its sources")
      }
    }
  }
}

/// The reasons why a run was not started.
package struct PreflightError: Error, Sendable, CustomStringConvertible {
  /// One sentence for each error that says what to do.
  package let sentences: [String]

  /// All sentences.
  package var description: String { sentences.joined(separator: "\n") }
}
