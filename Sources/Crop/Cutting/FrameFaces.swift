import Dataset
package import Imaging

/// The faces of one frame of a video.
package struct FrameFaces: Sendable {
  /// The faces that get a crop, from left to right.
  package var faces: [LocatedFace]
  /// The frame without its black bars; nil if it has none.
  package var content: Box?

  /// Faces from all their fields.
  package init(faces: [LocatedFace], content: Box? = nil) { (self.faces, self.content) = (faces, content) }
}

extension FaceLocator {
  /// Finds the faces of a video's frame that the settings select.
  ///
  /// - Throws: `VisionError`.
  package func locate(inFrame frame: ImageBuffer) throws -> FrameFaces {
    let found = try analyzeFrame(SourcePicture(frame))
    return FrameFaces(
      faces: selection.locate(found).faces.filter { $0.square != nil }, content: found.content)
  }

  /// Cuts a crop of `side` pixels from a frame whose black bars are known.
  ///
  /// - Returns: The crop in the frame's format.
  /// - Throws: `VisionError`.
  package func crop(
    _ square: CropSquare, of frame: ImageBuffer, side: Int, content: Box?
  ) throws -> ImageBuffer {
    try SourcePicture(frame).warped(
      by: square.map(toSide: side), side: side,
      border: selection.settings.border.fill(hasTransparency: false),
      content: content)
  }
}
