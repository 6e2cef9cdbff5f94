/// This release of Easel.
public enum Release {
  /// The version, as `easel --version` prints it.
  public static let version = "0.1.0"
}
