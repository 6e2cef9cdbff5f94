internal import COpenCV
internal import Imaging

extension ImageBuffer {
  /// Passes the samples to the shim, which only reads them.
  func withView<Result>(_ body: (ocv_view) -> Result) -> Result {
    bytes.withUnsafeBytes { raw in
      body(view(raw.baseAddress, width: width, height: height, channels: channels, depth: OCV_UINT8))
    }
  }

  /// Creates an image whose samples `body` fills; nil if `body` fails.
  static func filled(
    width: Int, height: Int, format: Format, _ body: (ocv_view) -> Bool
  ) -> ImageBuffer? {
    var success = false
    let count = width * height * format.rawValue
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      success = body(
        view(
          UnsafeRawPointer(buffer.baseAddress), width: width, height: height, channels: format.rawValue,
          depth: OCV_UINT8))
      if !success { buffer.initialize(repeating: 0) }
      written = count
    }
    return success ? ImageBuffer(width: width, height: height, format: format, bytes: bytes) : nil
  }
}

extension Plane {
  /// Passes the values to the shim, which only reads them.
  func withView<Result>(_ body: (ocv_view) -> Result) -> Result {
    values.withUnsafeBytes { raw in
      body(view(raw.baseAddress, width: width, height: height, channels: 1, depth: OCV_FLOAT32))
    }
  }

  /// Creates a plane whose values `body` fills; nil if `body` fails.
  static func filled(width: Int, height: Int, _ body: (ocv_view) -> Bool) -> Plane? {
    var success = false
    let values = [Float](unsafeUninitializedCapacity: width * height) { buffer, written in
      success = body(
        view(
          UnsafeRawPointer(buffer.baseAddress), width: width, height: height, channels: 1,
          depth: OCV_FLOAT32))
      if !success { buffer.initialize(repeating: 0) }
      written = width * height
    }
    return success ? Plane(width: width, height: height, values: values) : nil
  }
}

/// A view of packed rows for the shim.
///
/// The shim writes through the pointer only if its documentation says so.
func view(
  _ data: UnsafeRawPointer?, width: Int, height: Int, channels: Int, depth: ocv_depth
) -> ocv_view {
  guard let data else { preconditionFailure("an image has at least one pixel") }
  let bytes = depth == OCV_UINT8 ? 1 : 4
  return ocv_view(
    data: UnsafeMutableRawPointer(mutating: data), width: Int32(clamping: width),
    height: Int32(clamping: height), channels: Int32(channels), stride: width * channels * bytes, depth: depth
  )
}
