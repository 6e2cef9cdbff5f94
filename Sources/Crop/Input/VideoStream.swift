import Foundation

/// Selects the video stream of a file by what `ffprobe` reports.
struct VideoStream: Equatable {
  /// The stream's name for ffmpeg's option `-map`.
  var specifier = "0:v:0"
  /// The filters that convert its frames to sRGB.
  var filters = "scale=\(VideoStream.size)"

  /// Selects the stream of the video at `path` that players show.
  ///
  /// If `ffprobe` is not installed or cannot read the file, it is the first video stream.
  ///
  /// - Throws: `CancellationError`.
  init(of path: String) throws {
    guard let program = VideoFrames.program(called: "ffprobe") else { return }
    let probe = try ChildProcess(
      program.path,
      ["-v", "error", "-print_format", "json", "-show_streams", "-select_streams", "v", "file:" + path])
    let bytes = try probe.readToEnd()
    guard let list = try? JSONDecoder().decode(List.self, from: Data(bytes)) else { return }
    guard let chosen = list.streams.min(by: { $0.rank < $1.rank }) else { return }
    specifier = "0:\(chosen.index)"
    filters = chosen.filters
  }

  /// Frames with non-square pixels, as on DVDs, are scaled in width to square pixels.
  fileprivate static let size =
    "'if(eq(sar\\,1)\\,iw\\,round(iw*sar))':ih:flags=bicubic+accurate_rnd+full_chroma_int"

  private struct List: Decodable {
    var streams: [Entry]
  }

  /// One stream, by ffprobe's names.
  private struct Entry: Decodable {
    var index: Int
    var codec_name: String?
    var width: Int?
    var height: Int?
    var pix_fmt: String?
    var color_space: String?
    var color_transfer: String?
    var color_primaries: String?
    var disposition: [String: Int]?

    /// The stream with the lowest rank is chosen: no cover pictures, then the default stream, then no
    /// still-picture codecs, then the order in the file.
    var rank: (Int, Int, Int, Int) {
      let isStill = ["mjpeg", "png", "bmp", "webp", "gif"].contains(codec_name ?? "")
      return (
        disposition?["attached_pic"] ?? 0, 1 - (disposition?["default"] ?? 0), isStill ? 1 : 0, index
      )
    }

    /// The filters from the stream's colors to sRGB.
    var filters: String {
      let isHDR = color_transfer == "smpte2084" || color_transfer == "arib-std-b67"
      guard isHDR || color_primaries == "bt2020" && color_space != nil else {
        return "scale=\(VideoStream.size)\(matrix)"
      }
      // Primaries are converted and highlights are tone-mapped in linear light. Missing tags are filled in,
      // because zscale rejects unknown input. 203 cd/m2 is the white of HDR video (ITU-R BT.2408).
      let input =
        "tin=\(known(color_transfer) ?? "bt709"):pin=\(known(color_primaries) ?? "bt2020")"
        + ":min=\(known(color_space) ?? "bt2020nc")"
      return "zscale=\(input):t=linear:npl=203,format=gbrpf32le,zscale=p=bt709"
        + (isHDR ? ",tonemap=tonemap=mobius:param=0.5:desat=0" : "")
        + ",zscale=t=iec61966-2-1:m=gbr:r=pc,format=gbrp,scale=\(VideoStream.size)"
    }

    /// The tag, or nil if it is missing or means "unknown".
    private func known(_ tag: String?) -> String? {
      guard let tag, tag != "unknown", tag != "unspecified", tag != "reserved" else { return nil }
      return tag
    }

    /// The color matrix of a stream without a tag: like players, BT.709 for HD and BT.601 for smaller
    /// pictures.
    private var matrix: String {
      let isYUV =
        pix_fmt?.hasPrefix("yuv") == true || pix_fmt?.hasPrefix("nv") == true
        || pix_fmt?.hasPrefix("p0") == true
      // Motion JPEG is always BT.601.
      guard known(color_space) == nil, isYUV, codec_name != "mjpeg" else { return "" }
      let isHD = (width ?? 0) >= 1280 || (height ?? 0) > 576
      return ":in_color_matrix=\(isHD ? "bt709" : "bt601")"
    }
  }
}
