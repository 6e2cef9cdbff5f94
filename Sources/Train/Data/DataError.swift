/// The reason why a dataset cannot be used for training.
public enum DataError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The folder does not exist or cannot be listed.
  case unreadableFolder(path: String, reason: String)
  /// The folder contains no images; the number of its other files.
  case noImages(path: String, others: Int)
  /// None of the folder's images can be decoded; the first one's error.
  case noneReadable(path: String, count: Int, first: String)
  /// A line of metadata.jsonl is not valid.
  case metadata(path: String, line: Int, reason: String)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .unreadableFolder(let path, let reason):
      "\(path): \(reason), but a folder of images is expected; a dataset has the folders trainA and trainB, and testA and testB "
        + "if there are test images"
    case .noImages(let path, let others):
      "\(path): the folder contains no images"
        + (others == 0 ? "" : " (\(others) other files)") + "; put JPEG, PNG or WebP files there"
    case .noneReadable(let path, let count, let first):
      "\(path): none of its \(count) images can be read; the first error is \(first)"
    case .metadata(let path, let line, let reason): "\(path):\(line): \(reason)"
    }
  }
}

/// A property of a dataset that the user should know but that does not stop the training.
public enum DataNotice: Sendable, Equatable, CustomStringConvertible {
  /// A file is not used.
  case unreadable(path: String, reason: String)
  /// An image has another size than the networks' input; reported once per domain.
  case resized(path: String, width: Int, height: Int, side: Int)
  /// A domain has only one image.
  case singleImage(path: String)
  /// There are no test images, so samples show training images.
  case noTestSplit(path: String)

  /// One sentence.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): not used: \(reason)"
    case .resized(let path, let width, let height, let side):
      "\(path): \(width)x\(height) pixels; images of other sizes are resized to \(side)x\(side)"
        + (width == height ? "" : ", which changes their aspect ratio")
    case .singleImage(let path):
      "\(path): the domain has a single image, which the networks will memorise"
    case .noTestSplit(let path): "\(path): no test images, so samples are made from training images"
    }
  }
}
