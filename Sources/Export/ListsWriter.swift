import Dataset
import Imaging

/// Writes lists in the format of CelebA and CelebAMask-HQ.
///
/// A list consists of the number of images, the column names, and one line for each image with values separated by spaces.
/// The partition and the identities have no number and no names.
///
/// | file | columns |
/// |---|---|
/// | `list_attr.txt` | 1 or -1: anime (domain B), in color, kept by a user's decision |
/// | `list_bbox.txt` | the face box in image pixels |
/// | `list_landmarks.txt` | eyes, nose and mouth corners in pixels; images without all five are not listed |
/// | `list_pose.txt` | roll in degrees; images without it are not listed |
/// | `list_eval_partition.txt` | 0 for train, 2 for test |
/// | `identity.txt` | the number of the group that is never split |
struct ListsWriter: ExportWriter {
  private let staging: Staging
  private let whole: [(name: String, file: StagedFile)]
  private let partial: [(name: String, header: String, rows: StagedFile)]
  private var counts = [0, 0]
  private var groups: [String: Int] = [:]

  init(_ staging: Staging, samples: Int) throws {
    self.staging = staging
    whole = try ["list_attr.txt", "list_bbox.txt", "list_eval_partition.txt", "identity.txt"].map {
      ($0, try staging.file($0))
    }
    try whole[0].file.append("\(samples)\nDrawn Color Kept_By_Person\n")
    try whole[1].file.append("\(samples)\nimage_id x_1 y_1 width height\n")
    partial = try [
      (
        "list_landmarks.txt",
        "lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y rightmouth_x rightmouth_y"
      ), ("list_pose.txt", "Roll"),
    ].map { ($0.0, $0.1, try staging.file(".\($0.0)")) }
  }

  mutating func add(_ sample: Sample, image: [UInt8]) throws {
    let name = "\(sample.id).png"
    try staging.write(image, to: "images/\(name)")
    func sign(_ value: Bool) -> String { value ? "1" : "-1" }
    let isColored = sample.quality?["saturation"].map { $0 > 0.02 } ?? true
    try whole[0].file.append(
      "\(name) \(sign(sample.domain == .b)) \(sign(isColored)) \(sign(sample.decision.by == .person))\n")
    let box = sample.faceBox
    let numbers = [box.x, box.y, box.width, box.height].map { String(Int($0.rounded())) }
    try whole[1].file.append("\(name) \(numbers.joined(separator: " "))\n")
    try whole[2].file.append("\(name) \(sample.split == .test ? 2 : 0)\n")
    let group = groups[sample.group ?? sample.id] ?? groups.count + 1
    groups[sample.group ?? sample.id] = group
    try whole[3].file.append("\(name) \(group)\n")
    if let points = sample.faceLandmarks?.five {
      counts[0] += 1
      let places = points.flatMap { [$0.x, $0.y] }.map { String(Int($0.rounded())) }
      try partial[0].rows.append("\(name) \(places.joined(separator: " "))\n")
    }
    if let roll = sample.face?.roll {
      counts[1] += 1
      try partial[1].rows.append("\(name) \(roll)\n")
    }
  }

  mutating func finish() throws {
    for list in whole { try staging.end(list.file, as: list.name) }
    for (list, count) in zip(partial, counts) {
      let file = try staging.file(list.name)
      try file.append("\(count)\n\(list.header)\n")
      try staging.append(list.rows, at: ".\(list.name)", to: file)
      try staging.end(file, as: list.name)
    }
  }
}
