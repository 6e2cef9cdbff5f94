import Train
import Imaging

/// What a translated picture is put together with.
public struct TranslationOutput: Sendable, Equatable {
  /// What stands behind the figure.
  public enum Background: String, Sendable, CaseIterable {
    /// White, as in training.
    case white
    /// Nothing: the input's own alpha, or the mask that it was prepared with.
    case transparent
  }

  /// Whether the input stands beside the translation.
  public var besides = false
  /// Whether the attention is laid over the input and put beside the translation.
  public var showsAttention = false
  /// Whether translated faces go back to their places in the pictures that they were cut from.
  public var pastesBack = false
  /// What stands behind the figure.
  public var background = Background.white

  /// The translation alone, on white.
  public init() {}

  /// What does not go together, as one sentence; nil if everything does.
  public var problem: String? {
    if background == .transparent && (besides || showsAttention) {
      return "--background transparent is for the translation alone, without --side-by-side and --cam"
    }
    if pastesBack && showsAttention {
      return "--cam shows the square that the network saw, so it does not go with --paste-back"
    }
    return nil
  }

  /// The picture to write for a square on its own.
  ///
  /// - Parameters:
  ///   - result: What the network made.
  ///   - alpha: How much of each pixel is figure, a grey image of any size; nil where all of it is.
  /// - Returns: RGB, or RGBA where the figure has no background.
  func picture(_ result: TranslatedPicture, alpha: ImageBuffer?) -> ImageBuffer {
    let size = result.output.size
    if background == .transparent, let alpha {
      return result.output.cutOutOfWhite(alpha: alpha.resized(to: size))
    }
    var parts = besides ? [result.input] : []
    if showsAttention, let map = result.attention {
      parts.append(map.picture(size: size, over: result.input))
    }
    return ImageBuffer.row(parts + [result.output])
  }

  /// The picture to write for an original whose faces were put back: RGBA only where the original's alpha is kept.
  func picture(_ pasted: ImageBuffer, beside original: ImageBuffer) -> ImageBuffer {
    if background == .transparent { return pasted }
    let white: [UInt8] = [255, 255, 255]
    return ImageBuffer.row((besides ? [original.composited(on: white)] : []) + [pasted.composited(on: white)])
  }
}

extension ImageBuffer {
  /// RGB pictures of one height beside each other.
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
