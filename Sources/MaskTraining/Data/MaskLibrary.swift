import Dataset
import Foundation
import Imaging
import Synchronization

/// A source of figures and backgrounds for composites.
protocol FigureSource: Sendable {
  /// The pictures that are backgrounds, by index.
  var backgrounds: [Int] { get }
  /// The figures of a part of the data.
  func groups(_ split: MaskLibrary.Split) -> [MaskLibrary.Group]
  /// The figure of a picture; nil if it cannot be used.
  func figure(_ index: Int) -> Figure?
  /// A picture as a background; nil if it cannot be used.
  func background(_ index: Int) -> Pyramid?
}

/// The figures and backgrounds of a training, decoded at the first use and cached within a memory budget.
public final class MaskLibrary: FigureSource {
  /// The pictures that a composite may use.
  public enum Split: Sendable, Equatable {
    /// The characters that the network learns from.
    case training
    /// Characters of the same sources that are held out.
    case heldOutCharacters
    /// A whole source that is held out.
    case heldOutSource(String)
  }

  /// Which parts of the data are used for training and evaluation.
  public struct Selection: Sendable, Equatable, Codable {
    /// Sources or characters that are not used at all.
    public var leaveOut: [String] = []
    /// Sources that are only used for evaluation.
    public var holdOut: [String] = []
    /// The share of each source in the training; sources without one have equal shares.
    public var shares: [String: Double] = [:]
    /// The share of characters of each source that is held out for validation.
    public var validation = 0.08

    /// All data is used for training except a few characters.
    public init() {}
  }

  /// A group of figures: characters with their pictures, sampled uniformly.
  struct Group: Sendable {
    var source: String
    var share: Double
    var characters: [[Int]]
  }

  private enum Entry {
    case figure(Figure)
    case background(Pyramid)
    case broken
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var bytes = 0
  }

  let manifest: Manifest
  let backgrounds: [Int]
  private let groups: [(split: Split, group: Group)]
  private let budget: Int
  private let state = Mutex(State())
  private let report: @Sendable (String) -> Void

  /// The library of `manifest`, which keeps at most `budget` bytes of pixels.
  ///
  /// - Throws: `MaskDataError`.
  public init(
    _ manifest: Manifest, selection: Selection, budget: Int = 2 << 30,
    report: @escaping @Sendable (String) -> Void
  ) throws {
    (self.manifest, self.budget, self.report) = (manifest, budget, report)
    let known = Set(manifest.entries.map(\.source)).union(manifest.entries.map(\.character))
    for name in selection.leaveOut + selection.holdOut + selection.shares.keys.sorted()
    where !known.contains(name) { throw MaskDataError.unknownSource(name) }
    let leftOut = Set(selection.leaveOut)
    var bySource: [String: [String: [Int]]] = [:]
    var backgrounds: [Int] = []
    for (index, entry) in manifest.entries.enumerated() {
      if leftOut.contains(entry.source) || leftOut.contains(entry.character) { continue }
      if entry.isBackground {
        backgrounds.append(index)
      } else if !entry.file.hasSuffix("-mask.png") {
        bySource[entry.source, default: [:]][entry.character, default: []].append(index)
      }
    }
    var groups: [(split: Split, group: Group)] = []
    for (source, characters) in bySource.sorted(by: { $0.key < $1.key }) {
      let share = selection.shares[source] ?? 1
      if selection.holdOut.contains(source) {
        let all = characters.sorted { $0.key < $1.key }.map(\.value)
        groups.append((.heldOutSource(source), Group(source: source, share: 1, characters: all)))
        continue
      }
      // Which characters are held out depends only on their names.
      let isAside: (String) -> Bool = { name in
        var random = CounterRandom(name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }, 11)
        return random.unit() < selection.validation
      }
      let sorted = characters.sorted { $0.key < $1.key }
      let aside = characters.count < 4 ? [] : sorted.filter { isAside($0.key) }.map(\.value)
      let trained =
        characters.count < 4 ? sorted.map(\.value) : sorted.filter { !isAside($0.key) }.map(\.value)
      if !aside.isEmpty {
        groups.append((.heldOutCharacters, Group(source: source, share: share, characters: aside)))
      }
      if !trained.isEmpty {
        groups.append((.training, Group(source: source, share: share, characters: trained)))
      }
    }
    self.groups = groups
    self.backgrounds = backgrounds
    guard !backgrounds.isEmpty else { throw MaskDataError.tooFew("pictures of kind background") }
    guard groups.contains(where: { $0.split == .training }) else {
      throw MaskDataError.tooFew("pictures with alpha to train on")
    }
  }

  /// The figures of `split`.
  func groups(_ split: Split) -> [Group] { groups.filter { $0.split == split }.map(\.group) }

  /// The sources that are held out as a whole.
  public var heldOutSources: [String] {
    groups.compactMap { if case .heldOutSource(let name) = $0.split { name } else { nil } }
  }

  /// Characters and pictures that the network learns from.
  public var trainingCounts: (characters: Int, pictures: Int) {
    let trained = groups(.training)
    return (
      trained.map(\.characters.count).reduce(0, +),
      trained.flatMap(\.characters).map(\.count).reduce(0, +)
    )
  }

  /// The figure of entry `index`; nil if it cannot be used, which is reported once.
  func figure(_ index: Int) -> Figure? {
    let entry = entry(index) { folder, entry in
      let url = folder.appendingPathComponent(entry.file)
      var picture = try ImageFile.read(url).image
      let isPhoto = entry.kind == "photo-mask"
      let mask = url.deletingPathExtension().path + "-mask.png"
      var hasScene = false
      if isPhoto, FileManager.default.fileExists(atPath: mask) {
        let alpha = try ImageFile.read(path: mask).image.converted(to: .gray)
        picture = picture.converted(to: .rgb).withAlpha(alpha.resized(to: picture.size))
        hasScene = true
      }
      return Figure(picture, hasScene: hasScene, faces: entry.faces).map { Entry.figure($0) }
    }
    if case .figure(let figure) = entry { return figure }
    return nil
  }

  /// The background of entry `index`; nil if it cannot be used, which is reported once.
  func background(_ index: Int) -> Pyramid? {
    let entry = entry(index) { folder, entry in
      let image = try ImageFile.read(folder.appendingPathComponent(entry.file), minimumSide: 512).image
      let scale = min(1, 512 / Double(min(image.width, image.height)))
      let size = PixelSize(
        width: max(32, Int(Double(image.width) * scale)), height: max(32, Int(Double(image.height) * scale)))
      return .background(Pyramid(image.composited(on: [255, 255, 255]).resized(to: size)))
    }
    if case .background(let pyramid) = entry { return pyramid }
    return nil
  }

  private func entry(_ index: Int, _ load: (URL, ManifestEntry) throws -> Entry?) -> Entry {
    if let found = state.withLock({ $0.entries[index] }) { return found }
    let described = manifest.entries[index]
    var loaded: Entry
    do {
      loaded = try load(manifest.folder, described) ?? .broken
      if case .broken = loaded { report("\(described.file) is left out: hardly anything in it is opaque") }
    } catch {
      loaded = .broken
      report("\(described.file) is left out: \((error as? ImagingError)?.sentence ?? "\(error)")")
    }
    let cost =
      switch loaded {
      case .figure(let figure): figure.cost
      case .background(let pyramid): pyramid.cost
      case .broken: 0
      }
    state.withLock { state in
      guard state.entries[index] == nil, state.bytes + cost <= budget else { return }
      state.entries[index] = loaded
      state.bytes += cost
    }
    return loaded
  }
}
