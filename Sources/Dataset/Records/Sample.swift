public import Imaging

/// One line of the manifest: everything that is known about a sample.
public struct Sample: Sendable, Hashable, Codable {
  /// The file or video frame that a sample comes from.
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

    /// Writes a missing `time` as null, so that every line has the same keys.
    public func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(path, forKey: .path)
      try fields.encode(sha256, forKey: .sha256)
      try fields.encode(time, forKey: .time)
    }
  }

  /// What annotation lists beside the source say about the photograph.
  public struct Annotations: Sendable, Hashable, Codable {
    /// The rotation of the head in degrees.
    public struct Pose: Sendable, Hashable, Codable {
      /// The rotation to the side.
      public var yaw: Double
      /// The rotation up or down.
      public var pitch: Double
      /// The rotation in the image plane.
      public var roll: Double

      /// A pose from its angles.
      public init(yaw: Double, pitch: Double, roll: Double) {
        (self.yaw, self.pitch, self.roll) = (yaw, pitch, roll)
      }
    }

    /// The attributes that it has, such as `Eyeglasses`, in the list's order; nil if no list contains it.
    public var attributes: [String]?
    /// The head's pose; nil if no list contains it.
    public var pose: Pose?

    /// Annotations from all their fields.
    public init(attributes: [String]? = nil, pose: Pose? = nil) {
      (self.attributes, self.pose) = (attributes, pose)
    }
  }

  /// A face as the detector found it, in source pixels after EXIF orientation.
  public struct Face: Sendable, Hashable, Codable {
    /// The detector's name; `given` if the source itself says where the face is.
    public var detector: String
    /// The detector's confidence, 0 to 1.
    public var score: Double
    /// The detector's box, roughly from brow to chin.
    public var box: Box
    /// The points that the detector found.
    public var landmarks: Landmarks
    /// The box from brow to chin and from cheek to cheek, in crop pixels; nil if unknown.
    public var extent: Box?
    /// The rotation of the eye line in degrees, clockwise positive; nil if no eyes are known.
    public var roll: Double?
    /// The face's size in source pixels, comparable between detectors, which `min-face` limits; nil in older
    /// records.
    public var size: Double?
    /// Possible faults as codes such as `wrong-domain`.
    public var flags: [Reason]

    /// A face from all its fields.
    public init(
      detector: String, score: Double, box: Box, landmarks: Landmarks = Landmarks(), extent: Box? = nil,
      roll: Double? = nil, flags: [Reason] = []
    ) {
      (self.detector, self.score, self.box) = (detector, score, box)
      (self.landmarks, self.extent, self.roll, self.flags) = (landmarks, extent, roll, flags)
    }

    /// Reads a face; older records have no flags and a list of points without names.
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
      size = try fields.decodeIfPresent(Double.self, forKey: .size)
    }

    /// The same face in another crop of its image.
    ///
    /// The extent becomes nil if a map is unknown.
    ///
    /// - Parameters:
    ///   - map: Source pixels to pixels of the crop that the extent refers to.
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
    /// Crop pixels for each source pixel; above 1 the face was enlarged.
    public var scale: Double
    /// The share of the crop that is outside the image, 0 to 1.
    public var outside: Double
    /// The share of the crop that would have shown black bars, 0 to 1; they count as outside the picture.
    public var bars: Double
    /// The share of the crop that captions cover, 0 to 1.
    public var subtitle: Double

    /// The measures of the source's own pixels around the face; nil in older ledgers.
    ///
    /// In the manifest they are part of `quality`.
    public var native: NativeMeasures?

    /// A cut from all its fields.
    public init(matrix: AffineMap, scale: Double, outside: Double, bars: Double = 0, subtitle: Double = 0) {
      (self.matrix, self.scale, self.outside) = (matrix, scale, outside)
      (self.bars, self.subtitle) = (bars, subtitle)
    }

    /// Reads a cut; fields that are missing in older records are 0.
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

    /// The cut without `native`, for the manifest.
    public var published: Cut {
      var cut = self
      cut.native = nil
      return cut
    }
  }

  /// Traces of compression, interlacing and enlargement in the source's own pixels around a face.
  ///
  /// Rotation and scaling remove them from a crop.
  public struct NativeMeasures: Sendable, Hashable, Codable {
    /// How visible the grid of JPEG blocks is, 0 to 1.
    public var blocking: Double
    /// The share of pixels that alternate as the fields of an interlaced frame do, 0 to 1.
    public var combing: Double
    /// The detail of the picture relative to its pixels, 0 to 1; nil if the picture is too small to be
    /// measured.
    public var resolution: Double?

    /// The grain, as its standard deviation in levels of 255; nil if it was not measured.
    public var noise: Double?

    /// Measures from all their fields.
    public init(blocking: Double, combing: Double, resolution: Double?, noise: Double? = nil) {
      (self.blocking, self.combing, self.resolution, self.noise) = (blocking, combing, resolution, noise)
    }
  }

  /// What is known about a mask.
  public struct MaskSummary: Sendable, Hashable, Codable {
    /// The method that made it.
    public var method: String
    /// The mean of the alpha, 0 to 1.
    public var coverage: Double
    /// Possible faults as codes such as `islands`, `holes`, `empty`, `full`.
    public var flags: [String]
    /// The measured shares behind the flags, 0 to 1, by the flags' names; nil if nothing was measured.
    public var lint: [String: Double]?

    /// A summary from all its fields.
    public init(method: String, coverage: Double, flags: [String] = [], lint: [String: Double]? = nil) {
      (self.method, self.coverage, self.flags, self.lint) = (method, coverage, flags, lint)
    }

    /// How urgently a person should check the mask: 0 for nothing unusual, higher for worse.
    ///
    /// From 1 the sample is marked as "to check".
    ///
    /// Each flag adds 1 and its share; for parts of the face outside the mask the share counts ten times.
    /// Touching the border, which is normal in tight crops, adds only 0.1, and disagreement between methods
    /// adds only its share.
    public var checkPriority: Double {
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
      /// A user, whose decision overrides the rules.
      case person
    }

    /// Who decided.
    public var by: Author
    /// Why it was rejected; nil if it was kept.
    public var why: Reason?
    /// One sentence about the rejection, with the measure, its value and the threshold if a rule was broken.
    public var detail: String?
    /// The identity of the kept sample that shows the same picture, or of the image with the same bytes; nil
    /// for other reasons.
    public var duplicateOf: String?
    /// The measure whose rule was broken; nil for other reasons.
    public var measure: String?
    /// The measure's value.
    public var value: Double?
    /// The limit that the value exceeds.
    public var threshold: Double?

    /// A decision from its author, reason and sentence.
    public init(by: Author, why: Reason? = nil, detail: String? = nil) {
      (self.by, self.why, self.detail) = (by, why, detail)
    }

    /// Writes a missing `why` as null, so that every line has the same keys.
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

  /// The training sample that is most similar to a test sample, for the leak check.
  public struct Nearest: Sendable, Hashable, Codable {
    /// Its identity.
    public var id: String
    /// The number of different bits in their 64-bit hashes.
    public var distance: Int
    /// The correlation of their pixels after alignment, -1 to 1.
    public var correlation: Double
    /// The cosine similarity of their face embeddings, -1 to 1; nil if a face has none.
    public var likeness: Double?

    /// A neighbor from all its fields.
    public init(id: String, distance: Int, correlation: Double, likeness: Double? = nil) {
      (self.id, self.distance, self.correlation) = (id, distance, correlation)
      self.likeness = likeness
    }
  }

  /// The image file, relative to the dataset's folder; nil for rejected samples.
  public var fileName: String?
  /// The sample's identity, 16 hexadecimal digits.
  public var id: String
  /// Its domain.
  public var domain: Domain
  /// Training or test; nil for rejected samples.
  public var split: Split?
  /// Width in pixels.
  public var width: Int?
  /// Height in pixels.
  public var height: Int?
  /// The file or video frame that it comes from.
  public var source: Source
  /// The face; nil if none was found.
  public var face: Face?
  /// What annotation lists say about it; nil if there are none.
  public var annotations: Annotations?
  /// How it was cut.
  public var crop: Cut?
  /// How the background was removed.
  public var mask: MaskSummary?
  /// Measures by name.
  public var quality: MeasureValues?
  /// The perceptual hash, 16 hexadecimal digits.
  public var hash: String?
  /// The group of samples that must stay on one side of the split.
  public var group: String?
  /// The person or anime character that it seems to show: the name of a cluster of similar faces, or the
  /// name that a user gave it; nil if no other sample shows the same one.
  public var character: String?
  /// The most similar training sample; only test samples have one.
  public var nearest: Nearest?
  /// How often a trainer should draw it, relative to the others; nil if all samples have the same weight.
  public var weight: Double?
  /// Who kept or rejected it and why.
  public var decision: Decision

  /// A sample of which only identity, source and decision are known yet.
  public init(id: String, domain: Domain, source: Source, decision: Decision) {
    (self.id, self.domain, self.source, self.decision) = (id, domain, source, decision)
  }

  private enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case id, domain, split, width, height, source, face, annotations, crop, mask, quality, hash, group,
      character, nearest, weight, decision
  }
}
