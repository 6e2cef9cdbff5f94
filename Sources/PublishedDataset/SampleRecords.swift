package import Dataset
package import Ledger

extension Sample {
  /// A sample's line of the manifest from its rows in the ledger; group, split and file name are set later.
  package init(
    image: ImageRow, crop: CropRow, mask: MaskRow?, measures: MeasureRow?, annotations: Annotations? = nil,
    decision: Decision
  ) {
    self.init(id: crop.id, domain: crop.domain, source: image.origin, decision: decision)
    face = crop.face
    self.annotations = annotations
    self.crop = crop.cut?.published
    (width, height) = (crop.size, crop.size)
    self.mask = mask?.summary
    quality = measures?.quality
    hash = measures?.hash
  }
}

extension ImageRow {
  /// The image's source, as in the manifest.
  package var origin: Sample.Source { Sample.Source(path: path, sha256: sha256, time: time) }
}
