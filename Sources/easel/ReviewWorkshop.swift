import Crop
import Dataset
import Imaging
import Ledger
import Review

/// The stages as the review page needs them: for one sample at a time.
struct ReviewWorkshop: Workshop {
  func picture(of image: ImageRow, minimumSide: Int) async throws -> ImageBuffer {
    if let time = image.time { return try FilmPicture.read(image.file, at: time) }
    return try ImageFile.read(path: image.file, minimumSide: minimumSide).image
  }
}
