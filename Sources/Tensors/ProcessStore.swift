import CTorch
import Foundation

/// Short texts that the processes of one training share; rank 0 serves them on a TCP port.
///
/// It is libtorch's `TCPStore`. Calls from several threads are answered one after the other; a call waits as long as the
/// process of rank 0 is suspended.
public final class ProcessStore: @unchecked Sendable {
  let handle: OpaquePointer

  /// A store at `port` of `host`.
  ///
  /// - Parameters:
  ///   - host: The address or name of the machine of rank 0.
  ///   - port: The TCP port.
  ///   - serves: Whether this process opens the port; the others connect to it.
  ///   - seconds: How long to wait for the process that serves.
  ///   - prefix: A text before all keys; stores of different prefixes have no key in common.
  /// - Throws: `TensorError` of the kind `timeout` if nothing answers, or `portInUse`.
  public init(host: String, port: UInt16, serves: Bool, seconds: Double, prefix: String) throws(TensorError) {
    handle = try attempt("open store") { ctorch_store_open(host, port, serves, seconds, prefix, $0) }
  }

  deinit { ctorch_store_free(handle) }

  /// The text at `key`; nil if there is none.
  public subscript(key: String) -> String? {
    get throws(TensorError) {
      // A missing key is not an error, so the error's kind decides.
      var value: OpaquePointer?
      try perform("read store") { error in
        value = ctorch_store_get(handle, key, error)
        return value != nil || error.kind.pointee == ctorch_failure_none
      }
      guard let value else { return nil }
      let tensor = Tensor(owning: value)
      return String(decoding: try tensor.bytes(), as: UTF8.self)
    }
  }

  /// Sets the text at `key`.
  public func set(_ key: String, to text: String) throws(TensorError) {
    let bytes = Array(text.utf8)
    try perform("write store") { ctorch_store_set(handle, key, bytes, bytes.count, $0) }
  }

  /// Adds `amount` to the number at `key`, 0 at first, and returns the sum.
  public func add(_ amount: Int, to key: String) throws(TensorError) -> Int {
    var sum: Int64 = 0
    try perform("add to store") { ctorch_store_add(handle, key, Int64(amount), &sum, $0) }
    return Int(sum)
  }
}
