/// Why a dataset cannot be trained on.
public enum DataError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The folder is not there or cannot be listed.
  case unreadableFolder(path: String, reason: String)
  /// The folder holds no images.
  case noImages(path: String, others: Int)
  /// None of the folder's images can be decoded.
  case noneReadable(path: String, count: Int, first: String)
  /// A line of metadata.jsonl is not understood.
  case metadata(path: String, line: Int, reason: String)

  /// One sentence with the way out.
  public var description: String {
    switch self {
    case .unreadableFolder(let path, let reason):
      "\(path): \(reason); a dataset has the folders trainA and trainB, and testA and testB if there are test images"
    case .noImages(let path, let others):
      "\(path): there are no images in it"
        + (others == 0 ? "" : " (\(others) other files)") + "; put JPEG, PNG or WebP files there"
    case .noneReadable(let path, let count, let first):
      "\(path): none of its \(count) images can be read; the first trouble is \(first)"
    case .metadata(let path, let line, let reason): "\(path):\(line): \(reason)"
    }
  }
}

/// Something about a dataset that does not stop the training but should be said.
public enum DataNotice: Sendable, Equatable, CustomStringConvertible {
  /// A file is left out.
  case unreadable(path: String, reason: String)
  /// An image has another size than the networks; said once a domain.
  case resized(path: String, width: Int, height: Int, side: Int)
  /// A domain has one image only.
  case singleImage(path: String)
  /// There are no test images, so that samples show images of the training.
  case noTestSplit(path: String)

  /// One sentence.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): left out: \(reason)"
    case .resized(let path, let width, let height, let side):
      "\(path): \(width)x\(height) pixels; images of other sizes are resized to \(side)x\(side)"
        + (width == height ? "" : ", which changes their aspect")
    case .singleImage(let path):
      "\(path): a single image; the networks will learn it by heart"
    case .noTestSplit(let path): "\(path): no test images, so samples are made from training images"
    }
  }
}
