internal import CCodecs
internal import Foundation

/// The heaps that decoders take the memory of images from.
package enum DecoderHeaps {
  /// Lets the process use one heap for every two processors.
  ///
  /// By default glibc gives each thread a heap of its own, and memory that one thread has freed is not used by the
  /// others. With fewer heaps, two photographs of 100 and 200 megapixels at once need 50 MB less.
  package static func limit() {
    codecs_limit_heaps(CInt(max(1, ProcessInfo.processInfo.activeProcessorCount / 2)))
  }
}
