import Train
import Imaging

/// The options that compose the written image from a translation.
public struct TranslationOutput: Sendable, Equatable {
  /// The background of the foreground.
  public enum Background: String, Sendable, CaseIterable {
    /// White, as in training.
    case white
    /// Transparent, by the input's own alpha or by the mask of the prepared face.
    case transparent
  }

  /// Whether the input is shown beside the translation.
  public var showsInput = false
  /// Whether the input with the attention over it is shown beside the translation.
  public var showsAttention = false
  /// Whether translated faces are pasted back into the images that they were cropped from.
  public var pastesBack = false
  /// The background of the foreground.
  public var background = Background.white

  /// The translation alone, on white.
  public init() {}

  /// The reason why the options contradict each other, as one sentence; nil if they do not.
  public var problem: String? {
    if background == .transparent && (showsInput || showsAttention) {
      return "--background transparent cannot be combined with --side-by-side or --cam"
    }
    if pastesBack && showsAttention {
      return "--cam shows the square that the network sees, so it cannot be combined with --paste-back"
    }
    return nil
  }

  /// The image to write for one square.
  ///
  /// - Parameters:
  ///   - result: The input and the network's output.
  ///   - alpha: The grey foreground mask, of any size; nil if the whole square is foreground.
  /// - Returns: RGB, or RGBA for a transparent background.
  func picture(_ result: TranslatedPicture, alpha: ImageBuffer?) -> ImageBuffer {
    let size = result.output.size
    if background == .transparent, let alpha {
      return result.output.cutOutOfWhite(alpha: alpha.resized(to: size))
    }
    var parts = showsInput ? [result.input] : []
    if showsAttention, let map = result.attention {
      parts.append(map.picture(size: size, over: result.input))
    }
    return ImageBuffer.row(parts + [result.output])
  }

  /// The image to write for an original with pasted faces: RGBA if the original has alpha and the background is transparent.
  func picture(_ pasted: ImageBuffer, beside original: ImageBuffer) -> ImageBuffer {
    if background == .transparent { return pasted }
    let white: [UInt8] = [255, 255, 255]
    return ImageBuffer.row(
      (showsInput ? [original.composited(on: white)] : []) + [pasted.composited(on: white)])
  }
}

extension ImageBuffer {
  /// RGB images of the same height side by side.
  fileprivate static func row(_ parts: [ImageBuffer]) -> ImageBuffer {
    guard parts.count > 1 else { return parts[0] }
    var sheet = ImageBuffer(
      width: parts.map(\.width).reduce(0, +), height: parts[0].height, format: .rgb,
      filledWith: [255, 255, 255])
    var x = 0
    for part in parts {
      sheet.paste(part, x: x, y: 0)
      x += part.width
    }
    return sheet
  }
}
