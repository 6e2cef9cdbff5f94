internal import Foundation

// The text form of values that are neither plain words nor plain numbers, in files and on command lines.

extension Background: LosslessStringConvertible {
  /// The allowed words.
  static let words = ["white", "transparent", "keep"]
  /// A description of the allowed values for error messages.
  static let allowed = "white, transparent, keep or a color such as \"#f0f0f0\", in quotes"

  /// Reads `white`, `transparent`, `keep` or `#rrggbb`; nil for anything else.
  public init?(_ description: String) {
    switch description {
    case "white": self = .white
    case "transparent": self = .transparent
    case "keep": self = .keep
    default:
      let digits = description.dropFirst()
      guard description.hasPrefix("#"), digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit),
        let value = UInt32(digits, radix: 16)
      else { return nil }
      self = .color(
        red: UInt8(value >> 16), green: UInt8(value >> 8 & 0xFF), blue: UInt8(value & 0xFF))
    }
  }

  /// `white`, `transparent`, `keep` or `#rrggbb`.
  public var description: String {
    switch self {
    case .white: "white"
    case .transparent: "transparent"
    case .keep: "keep"
    case .color(let red, let green, let blue): String(format: "#%02x%02x%02x", red, green, blue)
    }
  }
}

extension FrameInterval: LosslessStringConvertible {
  /// The allowed words.
  static let words = ["key-frames", "scenes"]
  /// A description of the allowed values for error messages.
  static let allowed =
    "a time such as 0.5s, a whole number of frames such as 12, key-frames or scenes"

  /// Reads `0.5s` as seconds, `12` or `12 frames` as frames, both above 0, and the words; nil for anything
  /// else.
  public init?(_ description: String) {
    switch description {
    case "key-frames": self = .keyFrames
    case "scenes": self = .scenes
    case let time where time.hasSuffix("s") && !time.hasSuffix(" frames"):
      let digits = time.dropLast()
      guard digits.allSatisfy({ "0123456789.".contains($0) }), let seconds = Double(digits), seconds > 0,
        seconds <= 86_400
      else { return nil }
      self = .seconds(seconds)
    default:
      let digits = description.hasSuffix(" frames") ? description.dropLast(7) : description[...]
      guard digits.allSatisfy({ "0123456789".contains($0) }), let frames = Int(digits), frames > 0 else {
        return nil
      }
      self = .frames(frames)
    }
  }

  /// `0.5s`, `12`, `key-frames` or `scenes`.
  public var description: String {
    switch self {
    case .seconds(let seconds): "\(seconds.written)s"
    case .frames(let frames): "\(frames)"
    case .keyFrames: "key-frames"
    case .scenes: "scenes"
    }
  }
}
