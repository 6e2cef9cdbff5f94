import Foundation
import Testing

@testable import WeightFiles

struct TorchWriterTests {
  private func tensor(_ count: Int) -> StoredTensor {
    StoredTensor(
      element: .float32, shape: [count],
      bytes: (0..<count).map { Float($0) }.withUnsafeBytes { Data($0) })
  }

  private var everyType: [String: StoredTensor] {
    Dictionary(
      uniqueKeysWithValues: StoredTensor.Element.allCases.map { element in
        (
          "\(element)",
          StoredTensor(element: element, shape: [1, 3], bytes: Data((0..<UInt8(3 * element.size))))
        )
      })
  }

  @Test("A written file is read back unchanged") func roundTrip() throws {
    let networks = [
      "genA2B": everyType,
      "disLB": [
        "scalar": StoredTensor(element: .int64, shape: [], bytes: Data([1, 0, 0, 0, 0, 0, 0, 0])),
        "none": StoredTensor(element: .float32, shape: [0, 4], bytes: Data()), "model.1.bias": tensor(100),
      ], "empty": [:],
    ]
    var file = Data()
    try TorchWriter.write(networks: networks) { file.append($0) }
    let archive = try TorchArchive(file)
    #expect(archive.networks == ["disLB", "genA2B"])
    for name in networks.keys { #expect(try archive.stateDict(name) == networks[name]) }

    var bare = Data()
    try TorchWriter.write(stateDict: everyType) { bare.append($0) }
    #expect(try TorchArchive(bare).stateDict() == everyType)
  }

  @Test("Tensors begin at multiples of 64 bytes") func alignment() throws {
    var file = Data()
    let values = (1...5).map { tensor(40 + $0) }
    try TorchWriter.write(
      stateDict: Dictionary(uniqueKeysWithValues: values.enumerated().map { ("\($0)", $1) })
    ) { file.append($0) }
    for value in values {
      let place = try #require(file.range(of: value.bytes))
      #expect(place.lowerBound % 64 == 0)
    }
  }

  @Test(
    "Archives with 64-bit fields are read back",
    arguments: [0, 50, 300])
  func zip64(wideFrom: Int) throws {
    var file = Data()
    var zip = ZipWriter { file.append($0) }
    zip.wideFrom = wideFrom
    let entries = ["a": Data(), "b": Data("short".utf8), "c": Data(repeating: 7, count: 500)]
    for (name, bytes) in entries.sorted(by: { $0.key < $1.key }) { try zip.add(name, bytes) }
    try zip.finish()
    let archive = try ZipArchive(file)
    #expect(archive.names == ["a", "b", "c"])
    for (name, bytes) in entries { #expect(try archive(name) == bytes) }
    #expect(try archive("d") == nil)
  }

  @Test("Compressed entries are rejected with a reason") func compressedEntries() throws {
    var file = Data()
    var zip = ZipWriter { file.append($0) }
    try zip.add("archive/data.pkl", Data([0x80, 2, 0x4E, 0x2E]))
    try zip.finish()
    let directory = try #require(file.range(of: Data([0x50, 0x4B, 0x01, 0x02])))
    file[directory.lowerBound + 10] = 8
    let error = #expect(throws: WeightsError.self) { try TorchArchive(file) }
    #expect(error?.reason.contains("data.pkl is compressed") == true)
  }

  @Test("The receiver of the bytes can stop the writing") func stopped() {
    struct Full: Error {}
    #expect(throws: Full.self) { try TorchWriter.write(stateDict: everyType) { _ in throw Full() } }
  }

  @Test("Checksums equal the published check values") func checksums() {
    // The check values of the catalogue of parametrised CRC algorithms, for the text "123456789".
    #expect(Checksum.crc32(Data("123456789".utf8)) == 0xCBF4_3926)
    #expect(Checksum.crc32c(Data("123456789".utf8)) == 0xE306_9283)
  }
}
