import Dataset
import Foundation

/// Writes MLCommons' Croissant 1.0: the table and the images of the csv format with a description in JSON-LD.
///
/// The optional date of publication is omitted, so that equal datasets are exported to equal bytes. The record set `samples`
/// has a field for each column of `samples.csv` and one for the image, joined by file name.
struct CroissantWriter: ExportWriter {
  private let staging: Staging
  private let name: String
  private let measures: [String]
  private var table: TableWriter

  init(_ staging: Staging, name: String, measures: [String]) throws {
    (self.staging, self.name, self.measures) = (staging, name, measures)
    table = try TableWriter(staging, measures: measures)
  }

  mutating func add(_ sample: Sample, image: [UInt8]) throws { try table.add(sample, image: image) }

  mutating func finish() throws {
    let digest = try table.end()
    let description: [String: Any] = [
      "@context": Self.context, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
      "name": name,
      "description": "Faces of two unpaired domains, A and B, with the source and the crop of each.",
      "license": "README.md", "url": "README.md", "version": "1.0.0",
      "citeAs": "\(name), a dataset made with Easel. Cite the sources that README.md names.",
      "distribution": [
        [
          "@type": "cr:FileObject", "@id": "samples.csv", "name": "samples.csv", "contentUrl": "samples.csv",
          "encodingFormat": "text/csv", "sha256": digest.hex,
        ],
        [
          "@type": "cr:FileSet", "@id": "image-files", "name": "image-files", "encodingFormat": "image/png",
          "includes": "images/*/*.png",
        ],
      ],
      "recordSet": [
        [
          "@type": "cr:RecordSet", "@id": "samples", "name": "samples",
          "key": ["@id": "samples/id"], "field": fields,
        ] as [String: Any]
      ],
    ]
    let bytes = try JSONSerialization.data(
      withJSONObject: description, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
    try staging.write(Array(bytes) + [UInt8(ascii: "\n")], to: "croissant.json")
  }

  private var fields: [[String: Any]] {
    let columns = ([("image", false), ("file", false)] + SampleTable.columns(measures)).map {
      name, isNumber -> [String: Any] in
      var field: [String: Any] = [
        "@type": "cr:Field", "@id": "samples/\(name)", "name": "samples/\(name)", "description": name,
        "dataType": isNumber ? "sc:Float" : "sc:Text",
        "source": ["fileObject": ["@id": "samples.csv"], "extract": ["column": name]],
      ]
      if name == "file" {
        field["references"] = ["fileSet": ["@id": "image-files"], "extract": ["fileProperty": "filename"]]
      }
      return field
    }
    let image: [String: Any] = [
      "@type": "cr:Field", "@id": "samples/pixels", "name": "samples/pixels", "description": "the image",
      "dataType": "sc:ImageObject",
      "source": ["fileSet": ["@id": "image-files"], "extract": ["fileProperty": "content"]],
    ]
    return columns + [image]
  }

  /// Croissant 1.0's JSON-LD context.
  private static var context: [String: Any] {
    var context: [String: Any] = [
      "@language": "en", "@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
      "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/",
      "sc": "https://schema.org/", "conformsTo": "dct:conformsTo",
      "data": ["@id": "cr:data", "@type": "@json"], "dataType": ["@id": "cr:dataType", "@type": "@vocab"],
      "examples": ["@id": "cr:examples", "@type": "@json"],
    ]
    for word in [
      "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet",
      "format", "includes",
      "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
      "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
    ] {
      context[word] = "cr:\(word)"
    }
    return context
  }
}
