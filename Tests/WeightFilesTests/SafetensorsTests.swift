import Foundation
import TestSupport
import Testing

@testable import WeightFiles

struct SafetensorsTests {
  private let sample = Safetensors(
    tensors: [
      "b": StoredTensor(element: .float32, shape: [2], bytes: Data([0, 0, 128, 63, 0, 0, 0, 64])),
      "a/ü\"": StoredTensor(element: .uint8, shape: [3], bytes: Data([1, 2, 3])),
      "n": StoredTensor(element: .int64, shape: [], bytes: Data([7, 0, 0, 0, 0, 0, 0, 0])),
      "none": StoredTensor(element: .bfloat16, shape: [0, 4], bytes: Data()),
    ], metadata: ["step": "3"])

  private func file(_ header: String, _ body: [UInt8] = []) -> Data {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + Data(body)
  }

  @Test("A written file is read back unchanged") func roundTrip() throws {
    let data = try sample.encoded()
    #expect(try Safetensors(data: data) == sample)
    #expect(data.count % 8 == 3, "the header is padded to 8 bytes, the widest elements come first")
  }

  @Test("The bytes depend only on the content") func deterministic() throws {
    var other = Safetensors(metadata: sample.metadata)
    for (name, tensor) in sample.tensors.sorted(by: { $0.key > $1.key }) { other.tensors[name] = tensor }
    #expect(try other.encoded() == sample.encoded())
  }

  @Test("A slice of larger data is read like a whole file") func slice() throws {
    let data = try Data([9, 9, 9]) + sample.encoded()
    #expect(try Safetensors(data: data.dropFirst(3)) == sample)
  }

  @Test(
    "A file that is truncated anywhere is rejected",
    arguments: 0..<40)
  func truncated(tenth: Int) throws {
    let data = try sample.encoded()
    #expect(throws: SafetensorsError.self) { try Safetensors(data: data.prefix(data.count * tenth / 40)) }
  }

  @Test(
    "A header that does not match the bytes is rejected",
    arguments: [
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "expected to start at 0"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 8, "8 bytes for F32 [1]"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "1 bytes follow"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, "ends within a"),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}"#, 0, "F32 [-1]"),
      (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "0 bytes for F32"),
      (#"{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}"#, 1, "unknown type F8"),
      (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1, "expected to start at 0"),
      (#"{"a":{"dtype":"U8","shape":[1]}}"#, 1, "a: "),
      (#"{"a":7}"#, 0, "a: "),
      (#"[]"#, 0, "header is not understood"),
      (
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
        3, "b is at [1, 3]"
      ),
    ])
  func invalidHeader(header: String, count: Int, reason: String) {
    let data = file(header, [UInt8](repeating: 0, count: count))
    let error = #expect(throws: SafetensorsError.self) { try Safetensors(data: data) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("An enormous header is rejected without being read") func enormousHeader() {
    let data = Data([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]) + Data(count: 64)
    let error = #expect(throws: SafetensorsError.self) { try Safetensors(data: data) }
    #expect(error?.reason.contains("longer than") == true)
  }

  @Test(
    "A file of the published library is read",
    .enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"))
  func publishedFile() throws {
    let url = try #require(TestData.reference).appendingPathComponent("fwd_ugatit_D_local.safetensors")
    let file = try Safetensors(contentsOf: url)
    #expect(file.metadata["img"] == "128")
    #expect(file.tensors["out"]?.shape == [2, 1, 14, 14])
    #expect(file.tensors.count == 45)
  }
}
