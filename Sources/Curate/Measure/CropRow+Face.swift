import Dataset
import Imaging
import Ledger

extension CropRow {
  /// Whether the centre of the detected face is inside the crop; true if no detector found the face.
  ///
  /// Automatic crops always contain the face, but a frame from an imported edit or an older version may not. Such a crop has
  /// no face to measure.
  var showsFace: Bool {
    guard let cut, let size, face.detector != "given", face.detector != "person" else { return true }
    let centre = cut.matrix(face.box.center)
    let inside = -0.5..<Double(size) - 0.5
    return inside.contains(centre.x) && inside.contains(centre.y)
  }
}
