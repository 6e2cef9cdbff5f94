import Dataset
import Foundation
import Imaging

/// Writes COCO's object detection format: for each split, a file with its images and the face in each.
///
/// Boxes are `[x, y, width, height]` in pixels from the image's top left corner. The seven key points are
/// `[x, y, v]` as in COCO's person key points: v is 2 for a known point and 0 for an unknown one. If there is a mask,
/// `segmentation` is the foreground (alpha of at least one half) as uncompressed run lengths, and `area` is its number of
/// pixels; otherwise the list is empty and the area is the box's.
struct CocoWriter: ExportWriter {
  private let staging: Staging
  private let reader: DatasetReader
  private let name: String
  private var splits: [(split: Split, images: StagedFile, annotations: StagedFile, count: Int)] = []

  init(_ staging: Staging, _ reader: DatasetReader, name: String) throws {
    (self.staging, self.reader, self.name) = (staging, reader, name)
    for split in Split.allCases {
      splits.append(
        (
          split, try staging.file(Self.part(split, "images")),
          try staging.file(Self.part(split, "annotations")), 0
        ))
    }
  }

  mutating func add(_ sample: Sample, image: [UInt8]) throws {
    let path = "\(sample.split?.rawValue ?? "train")\(sample.domain.rawValue)/\(sample.id).png"
    try staging.write(image, to: "images/\(path)")
    guard let at = splits.firstIndex(where: { $0.split == sample.split }) else { return }
    splits[at].count += 1
    let number = splits[at].count
    let comma = number == 1 ? "\n" : ",\n"
    let entry = Image(
      id: number, fileName: path, width: sample.width ?? 0, height: sample.height ?? 0, sample: sample.id,
      group: sample.group)
    try splits[at].images.append(comma)
    try splits[at].images.append(entry.jsonLine())
    let (box, points) = (sample.faceBox, Self.keyPoints(of: sample))
    let runs = reader.alpha(of: sample, image: image).map { RunLengths(of: $0) }
    let annotation = Annotation(
      id: number, imageID: number, categoryID: sample.domain == .a ? 1 : 2, box: box,
      area: runs.map { Double($0.area) } ?? (box.area * 100).rounded() / 100,
      keyPoints: points.flatMap { point in point.map { [$0.x, $0.y, 2] } ?? [0, 0, 0] },
      pointCount: points.count { $0 != nil }, score: sample.face?.score, segmentation: runs)
    try splits[at].annotations.append(comma)
    try splits[at].annotations.append(annotation.jsonLine())
  }

  mutating func finish() throws {
    for part in splits {
      let path = "annotations/\(part.split.rawValue).json"
      let file = try staging.file(path)
      try file.append("{\"info\":")
      try file.append(["description": "\(name), \(part.split.rawValue)", "version": "1.0"].jsonLine())
      try file.append(",\"licenses\":[],\"categories\":")
      try file.append([Category(id: 1, name: "A"), Category(id: 2, name: "B")].jsonLine())
      for (key, own) in [("images", part.images), ("annotations", part.annotations)] {
        try file.append(",\"\(key)\":[")
        try staging.append(own, at: Self.part(part.split, key), to: file)
        try file.append("]")
      }
      try file.append("}\n")
      try staging.end(file, as: path)
    }
  }

  /// The key points of both categories, in their order.
  private static var keyPoints: [(name: String, path: KeyPath<Landmarks, Point?>)] {
    [
      ("left_eye", \.leftEye), ("right_eye", \.rightEye), ("nose", \.nose), ("mouth_left", \.leftMouth),
      ("mouth_right", \.rightMouth), ("mouth", \.mouth), ("chin", \.chin),
    ]
  }

  /// The key points of a sample in image pixels; nil for unknown ones.
  private static func keyPoints(of sample: Sample) -> [Point?] {
    let landmarks = sample.faceLandmarks
    return keyPoints.map { landmarks?[keyPath: $0.path] }
  }

  /// The temporary file of one list of a split.
  private static func part(_ split: Split, _ key: String) -> String { ".\(split.rawValue)-\(key)" }

  private struct Image: Encodable {
    let id: Int
    let fileName: String
    let width: Int
    let height: Int
    let sample: String
    let group: String?

    enum CodingKeys: String, CodingKey {
      case id, width, height, sample, group
      case fileName = "file_name"
    }
  }

  private struct Annotation: Encodable {
    let id: Int
    let imageID: Int
    let categoryID: Int
    let box: Box
    let area: Double
    let keyPoints: [Double]
    let pointCount: Int
    let score: Double?
    var isCrowd = 0
    let segmentation: RunLengths?

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(id, forKey: .id)
      try fields.encode(imageID, forKey: .imageID)
      try fields.encode(categoryID, forKey: .categoryID)
      try fields.encode(box, forKey: .box)
      try fields.encode(area, forKey: .area)
      try fields.encode(keyPoints, forKey: .keyPoints)
      try fields.encode(pointCount, forKey: .pointCount)
      try fields.encodeIfPresent(score, forKey: .score)
      try fields.encode(isCrowd, forKey: .isCrowd)
      if let segmentation {
        try fields.encode(segmentation, forKey: .segmentation)
      } else {
        try fields.encode([Double](), forKey: .segmentation)
      }
    }

    enum CodingKeys: String, CodingKey {
      case id, area, score, segmentation
      case imageID = "image_id"
      case categoryID = "category_id"
      case box = "bbox"
      case keyPoints = "keypoints"
      case pointCount = "num_keypoints"
      case isCrowd = "iscrowd"
    }
  }

  private struct Category: Encodable {
    let id: Int
    let name: String
    var supercategory = "face"
    var keypoints = CocoWriter.keyPoints.map(\.name)
    var skeleton: [[Int]] = []
  }
}

/// A mask as COCO's uncompressed run lengths: alternating numbers of pixels outside and inside, column by column.
struct RunLengths: Encodable {
  /// The lengths; the first counts pixels outside.
  let counts: [Int]
  /// Height and width in pixels.
  let size: [Int]

  /// The number of pixels inside.
  var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] } }

  /// The mask of a one-channel alpha image; values of 128 and more are inside.
  init(of alpha: ImageBuffer) {
    size = [alpha.height, alpha.width]
    var (counts, isInside) = ([0], false)
    for x in 0..<alpha.width {
      for y in 0..<alpha.height {
        if (alpha.bytes[y * alpha.width + x] >= 128) != isInside {
          isInside.toggle()
          counts.append(0)
        }
        counts[counts.count - 1] += 1
      }
    }
    self.counts = counts
  }
}
