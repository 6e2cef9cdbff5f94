public import Imaging

/// One line of the manifest: a sample and its whole story.
public struct Sample: Sendable, Hashable, Codable {
  /// Where a sample's image comes from.
  public struct Source: Sendable, Hashable, Codable {
    /// The file, relative to the source that was named in the settings.
    public var path: String
    /// The SHA-256 of the file's bytes.
    public var sha256: String
    /// Seconds from the start of the video; nil for an image file.
    public var time: Double?

    /// The file at `path`, or its frame at `time`.
    public init(path: String, sha256: String, time: Double? = nil) {
      (self.path, self.sha256, self.time) = (path, sha256, time)
    }

    /// Writes `time` as null where there is none, so that every line has the same keys.
    public func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(path, forKey: .path)
      try fields.encode(sha256, forKey: .sha256)
      try fields.encode(time, forKey: .time)
    }
  }

  /// What lists beside the source say of the photograph.
  public struct Annotations: Sendable, Hashable, Codable {
    /// How the head is turned, in degrees.
    public struct Pose: Sendable, Hashable, Codable {
      /// To the side.
      public var yaw: Double
      /// Up or down.
      public var pitch: Double
      /// In the image's plane.
      public var roll: Double

      /// A pose from its angles.
      public init(yaw: Double, pitch: Double, roll: Double) {
        (self.yaw, self.pitch, self.roll) = (yaw, pitch, roll)
      }
    }

    /// The attributes that it has, such as `Eyeglasses`, in the list's order; nil where no list names it.
    public var attributes: [String]?
    /// The head's pose; nil where no list names it.
    public var pose: Pose?

    /// Annotations from all their fields.
    public init(attributes: [String]? = nil, pose: Pose? = nil) {
      (self.attributes, self.pose) = (attributes, pose)
    }
  }

  /// A face as the detector found it, in source pixels after EXIF orientation.
  public struct Face: Sendable, Hashable, Codable {
    /// The detector's name; `given` where the source says where the face is.
    public var detector: String
    /// How sure the detector is, 0 to 1.
    public var score: Double
    /// The face, about brow to chin.
    public var box: Box
    /// The face's points, as far as the detector finds them.
    public var landmarks: Landmarks
    /// The face from brow to chin and from cheek to cheek, in crop pixels; nil where it is not known.
    public var extent: Box?
    /// How far the eye line is turned, in degrees, clockwise positive; nil where no eyes are known.
    public var roll: Double?
    /// What looks wrong, as codes such as `wrong-domain`.
    public var flags: [Reason]

    /// A face from all its fields.
    public init(
      detector: String, score: Double, box: Box, landmarks: Landmarks = Landmarks(), extent: Box? = nil,
      roll: Double? = nil, flags: [Reason] = []
    ) {
      (self.detector, self.score, self.box) = (detector, score, box)
      (self.landmarks, self.extent, self.roll, self.flags) = (landmarks, extent, roll, flags)
    }

    /// Reads a face; older ones have no flags and a list of points without names.
    public init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      let detector = try fields.decode(String.self, forKey: .detector)
      let landmarks =
        (try? fields.decode([Point].self, forKey: .landmarks)).map {
          Landmarks(list: $0, foundBy: detector)
        }
      self.init(
        detector: detector,
        score: try fields.decode(Double.self, forKey: .score),
        box: try fields.decode(Box.self, forKey: .box),
        landmarks: try landmarks ?? fields.decode(Landmarks.self, forKey: .landmarks),
        extent: try fields.decodeIfPresent(Box.self, forKey: .extent),
        roll: try fields.decodeIfPresent(Double.self, forKey: .roll),
        flags: try fields.decodeIfPresent([Reason].self, forKey: .flags) ?? [])
    }

    /// The same face in another crop of its image: the extent is that of the other crop, or nil where a map is not known.
    ///
    /// - Parameters:
    ///   - map: Source pixels to pixels of the crop that the extent is about.
    ///   - other: Source pixels to pixels of the other crop.
    /// - Returns: The face.
    public func recut(from map: AffineMap?, to other: AffineMap?) -> Face {
      var face = self
      face.extent = map?.inverse.flatMap { back in other.flatMap { extent?.mapped(by: back.then($0)) } }
      return face
    }
  }

  /// How a crop was cut.
  public struct Cut: Sendable, Hashable, Codable {
    /// Source pixels (after EXIF orientation) to crop pixels.
    public var matrix: AffineMap
    /// Crop pixels a source pixel; above 1 the face was enlarged.
    public var scale: Double
    /// The share of the crop that lies outside the image, 0 to 1.
    public var outside: Double
    /// The share of the crop that would have shown a screenshot's black bars, 0 to 1; they count as outside the picture.
    public var bars: Double
    /// The share of the crop that lies under a screenshot's captions, 0 to 1.
    public var subtitle: Double

    /// What was measured in the source's own pixels around the face; nil in older ledgers, and in the manifest, whose
    /// `quality` has it.
    public var native: NativeMeasures?

    /// A cut from all its fields.
    public init(matrix: AffineMap, scale: Double, outside: Double, bars: Double = 0, subtitle: Double = 0) {
      (self.matrix, self.scale, self.outside) = (matrix, scale, outside)
      (self.bars, self.subtitle) = (bars, subtitle)
    }

    /// Reads a cut; what older ones do not tell is 0.
    public init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        matrix: try fields.decode(AffineMap.self, forKey: .matrix),
        scale: try fields.decode(Double.self, forKey: .scale),
        outside: try fields.decode(Double.self, forKey: .outside),
        bars: try fields.decodeIfPresent(Double.self, forKey: .bars) ?? 0,
        subtitle: try fields.decodeIfPresent(Double.self, forKey: .subtitle) ?? 0)
      native = try fields.decodeIfPresent(NativeMeasures.self, forKey: .native)
    }

    /// The cut as the manifest has it.
    public var published: Cut {
      var cut = self
      cut.native = nil
      return cut
    }
  }

  /// What compression, interlacing and enlargement left in the source's own pixels around a face, which a crop's rotation and
  /// scale wipe away.
  public struct NativeMeasures: Sendable, Hashable, Codable {
    /// How far the grid of JPEG's blocks stands out, 0 to 1.
    public var blocking: Double
    /// The share of pixels that alternate as the fields of an interlaced frame do, 0 to 1.
    public var combing: Double
    /// How much of what the pixels can hold the picture uses, 0 to 1; nil if it is too small to be measured.
    public var resolution: Double?

    /// Measures from all their fields.
    public init(blocking: Double, combing: Double, resolution: Double?) {
      (self.blocking, self.combing, self.resolution) = (blocking, combing, resolution)
    }
  }

  /// What is known about a mask.
  public struct MaskSummary: Sendable, Hashable, Codable {
    /// The method that made it.
    public var method: String
    /// The mean of the alpha, 0 to 1.
    public var coverage: Double
    /// What looks wrong, as codes such as `islands`, `holes`, `empty`, `full`.
    public var flags: [String]
    /// The numbers behind the flags, shares from 0 to 1 by the flags' names; nil where nothing was measured.
    public var lint: [String: Double]?

    /// A summary from all its fields.
    public init(method: String, coverage: Double, flags: [String] = [], lint: [String: Double]? = nil) {
      (self.method, self.coverage, self.flags, self.lint) = (method, coverage, flags, lint)
    }

    /// How much the mask needs a person's eye: 0 for nothing unusual, higher for worse; below 1 it only comes before others.
    ///
    /// A flag counts 1, and with it the share that it is about; parts of the face outside count tenfold. A figure that touches
    /// the border, as in every tight frame, and another method's other opinion count little alone.
    public var suspicion: Double {
      flags.reduce(0) { sum, flag in
        let share = lint?[flag] ?? 0
        return switch flag {
        case "face-outside": sum + 1 + 10 * share
        case "disagreement": sum + share
        case _ where flag.hasPrefix("touches"): sum + 0.1
        default: sum + 1 + share
        }
      }
    }
  }

  /// Who kept or rejected a sample and why.
  public struct Decision: Sendable, Hashable, Codable {
    /// Who can decide.
    public enum Author: String, Sendable, Hashable, Codable {
      /// The settings' rules.
      case rule
      /// A person, whose word stands above the rules'.
      case person
    }

    /// Who decided.
    public var by: Author
    /// Why it was rejected; nil where it was kept.
    public var why: Reason?
    /// One sentence about the rejection, with the measure, its value and the threshold where there are some.
    public var detail: String?
    /// The id of the kept sample that shows the same picture, or of the image with the same bytes; nil for other reasons.
    public var duplicateOf: String?
    /// The measure whose rule was broken; nil for other reasons.
    public var measure: String?
    /// The measure's value.
    public var value: Double?
    /// The limit that the value lies beyond.
    public var threshold: Double?

    /// A decision from its author, and why and how it was rejected.
    public init(by: Author, why: Reason? = nil, detail: String? = nil) {
      (self.by, self.why, self.detail) = (by, why, detail)
    }

    /// Writes `why` as null where the sample was kept, so that every line has the same keys.
    public func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(by, forKey: .by)
      try fields.encode(why, forKey: .why)
      try fields.encodeIfPresent(detail, forKey: .detail)
      try fields.encodeIfPresent(duplicateOf, forKey: .duplicateOf)
      try fields.encodeIfPresent(measure, forKey: .measure)
      try fields.encodeIfPresent(value, forKey: .value)
      try fields.encodeIfPresent(threshold, forKey: .threshold)
    }
  }

  /// The training sample that is most like a test sample, which shows how far apart training and test are.
  public struct Nearest: Sendable, Hashable, Codable {
    /// Its identity.
    public var id: String
    /// How many of the 64 bits of their hashes differ.
    public var distance: Int
    /// The correlation of their pixels after one was laid on the other, -1 to 1.
    public var correlation: Double
    /// The cosine between their faces' embeddings, -1 to 1; nil where a face has none.
    public var likeness: Double?

    /// A neighbour from all its fields.
    public init(id: String, distance: Int, correlation: Double, likeness: Double? = nil) {
      (self.id, self.distance, self.correlation) = (id, distance, correlation)
      self.likeness = likeness
    }
  }

  /// The image, relative to the dataset's folder; nil for what was rejected.
  public var fileName: String?
  /// The sample's identity, 16 hexadecimal digits.
  public var id: String
  /// Which side of the dataset it belongs to.
  public var domain: Domain
  /// Training or test; nil for what was rejected.
  public var split: Split?
  /// Width in pixels.
  public var width: Int?
  /// Height in pixels.
  public var height: Int?
  /// Where it comes from.
  public var source: Source
  /// The face; nil where none was found.
  public var face: Face?
  /// What lists beside the source say of it; nil where there are none.
  public var annotations: Annotations?
  /// How it was cut.
  public var crop: Cut?
  /// How the background was removed.
  public var mask: MaskSummary?
  /// Measures by name.
  public var quality: [String: Double]?
  /// The perceptual hash, 16 hexadecimal digits.
  public var hash: String?
  /// The group of samples that must stay on one side of the split.
  public var group: String?
  /// The training sample that is most like it; test samples alone have one.
  public var nearest: Nearest?
  /// How often a trainer draws it, relative to the others; nil where all are alike.
  public var weight: Double?
  /// Who kept or rejected it and why.
  public var decision: Decision

  /// A sample about which nothing but its origin is known yet.
  public init(id: String, domain: Domain, source: Source, decision: Decision) {
    (self.id, self.domain, self.source, self.decision) = (id, domain, source, decision)
  }

  private enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case id, domain, split, width, height, source, face, annotations, crop, mask, quality, hash, group,
      nearest,
      weight, decision
  }
}
