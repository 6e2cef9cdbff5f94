import Foundation
import TestSupport
import Testing
import WeightFiles

/// The fixtures were written by PyTorch 2.13; make_torch_fixtures.py beside them says how.
enum Fixture {
  static func url(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
  }
}

extension StoredTensor {
  /// The elements as numbers, for comparing with values written down in a test.
  var numbers: [Double] {
    let raw = [UInt8](bytes)
    return (0..<raw.count / element.size).map { index in
      raw.withUnsafeBytes { bytes in
        func at<Number>(_ type: Number.Type) -> Number {
          bytes.loadUnaligned(fromByteOffset: index * element.size, as: type)
        }
        return switch element {
        case .float64: at(Double.self)
        case .float32: Double(at(Float.self))
        case .float16: Double(at(Float16.self))
        case .bfloat16: Double(Float(bitPattern: UInt32(at(UInt16.self)) << 16))
        case .int64: Double(at(Int64.self))
        case .int32: Double(at(Int32.self))
        case .int16: Double(at(Int16.self))
        case .int8: Double(at(Int8.self))
        case .uint8, .bool: Double(at(UInt8.self))
        }
      }
    }
  }
}

struct TorchArchiveTests {
  private static let eighths = (1...24).map { Double($0) / 8 }

  @Test(
    "Networks and scalars of every file layout are read",
    arguments: ["nested.pt", "nested_legacy.pt", "nested_protocol4.pt"])
  func layouts(name: String) throws {
    let archive = try TorchArchive(contentsOf: Fixture.url(name))
    #expect(archive.networks == ["genA2B", "disGA"])
    #expect(!archive.isBareStateDict)
    guard case .int(3) = archive.root["step"], case .float(1e-4) = archive.root["lr"] else {
      Issue.record("step and lr are \(String(describing: archive.root))")
      return
    }
    #expect(try archive.stateDict("disGA").mapValues(\.numbers) == ["bias": [0.125, 0.25, 0.375]])
    try expectFixtureState(try archive.stateDict("genA2B"))
  }

  @Test("A bare state dict is read") func bareStateDict() throws {
    let archive = try TorchArchive(contentsOf: Fixture.url("bare_legacy.pt"))
    #expect(archive.isBareStateDict && archive.networks.isEmpty)
    try expectFixtureState(try archive.stateDict())
  }

  private func expectFixtureState(_ state: [String: StoredTensor]) throws {
    let e = Self.eighths
    #expect(
      state.mapValues(\.shape) == [
        "weight": [2, 3, 1, 1], "bias": [2], "whole": [4, 6], "transposed": [6, 4], "strided": [2, 3],
        "row": [6], "expanded": [3, 2], "scalar": [], "none": [0, 4],
      ])
    #expect(state["weight"]?.numbers == Array(e[0..<6]))
    #expect(state["whole"]?.numbers == e)
    let transposed = (0..<24).map { place in e[place % 4 * 6 + place / 4] }
    #expect(state["transposed"]?.numbers == transposed)
    let strided = [8, 9, 10, 20, 21, 22].map { e[$0] }
    #expect(state["strided"]?.numbers == strided)
    #expect(state["row"]?.numbers == Array(e[12..<18]))
    #expect(state["expanded"]?.numbers == [0.125, 0.25, 0.125, 0.25, 0.125, 0.25])
    #expect(state["scalar"]?.numbers == [7] && state["scalar"]?.element == .int64)
    #expect(state["none"]?.numbers == [])
  }

  @Test("Every element type is read") func elementTypes() throws {
    let state = try TorchArchive(contentsOf: Fixture.url("types.pt")).stateDict()
    #expect(state.count == StoredTensor.Element.allCases.count)
    for element in StoredTensor.Element.allCases {
      let tensor = try #require(state["\(element)"])
      #expect(tensor.element == element)
      let expected: [Double] =
        switch element {
        case .float64, .float32, .float16, .bfloat16: [0.125, 0.25, 0.375]
        case .bool: [1, 1, 1]
        default: [1, 2, 3]
        }
      #expect(tensor.numbers == expected)
    }
  }

  @Test(
    "A published checkpoint equals its safetensors version",
    .enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"))
  func publishedCheckpoint() throws {
    let folder = try #require(TestData.reference)
    let archive = try TorchArchive(contentsOf: folder.appendingPathComponent("ugatit_params_0000003.pt"))
    #expect(archive.networks == ["genA2B", "genB2A", "disGA", "disGB", "disLA", "disLB"])
    let twin = try Safetensors(contentsOf: folder.appendingPathComponent("train3_ugatit.safetensors"))
    var compared = 0
    for network in archive.networks {
      for (key, tensor) in try archive.stateDict(network) {
        let expected = try #require(twin.tensors["final.\(network).\(key)"])
        #expect(tensor == expected, "\(network).\(key)")
        compared += 1
      }
    }
    #expect(compared == 2 * (44 + 35 + 27))
  }

  @Test("If a network is missing, the error names the present ones") func missingNetwork() throws {
    let archive = try TorchArchive(contentsOf: Fixture.url("nested.pt"))
    let error = #expect(throws: WeightsError.self) { try archive.stateDict("genB2A") }
    #expect(error?.code == .missing)
    #expect(error?.description.hasSuffix("it holds genA2B, disGA, not genB2A") == true)
  }

  @Test(
    "A file that calls a function is rejected, and the error names the function",
    arguments: ["hostile.pt", "hostile_legacy.pt"])
  func functionCall(name: String) throws {
    let error = #expect(throws: WeightsError.self) { try TorchArchive(contentsOf: Fixture.url(name)) }
    #expect(error?.code == .refused)
    #expect(error?.reason.contains("asks to run posix.system") == true)
  }

  @Test(
    "Every truncated file is an error",
    arguments: ["nested.pt", "nested_legacy.pt"])
  func truncated(name: String) throws {
    let whole = try Data(contentsOf: Fixture.url(name))
    for count in 0..<whole.count {
      #expect(throws: WeightsError.self, "cut to \(count) bytes") {
        let archive = try TorchArchive(whole.prefix(count))
        _ = try archive.stateDict("genA2B")
        _ = try archive.stateDict("disGA")
      }
    }
  }

  @Test(
    "No changed byte crashes the reader",
    arguments: ["nested.pt", "nested_legacy.pt", "nested_protocol4.pt", "types.pt"])
  func changedBytes(name: String) throws {
    let whole = try Data(contentsOf: Fixture.url(name))
    var refused = 0
    for index in whole.indices {
      for value: UInt8 in [0, 0x52, 0xFF] where whole[index] != value {
        var changed = whole
        changed[index] = value
        do {
          let archive = try TorchArchive(changed)
          for network in archive.networks { _ = try archive.stateDict(network) }
        } catch {
          refused += 1
        }
      }
    }
    // Three changes a byte; changes of values and of names of skipped classes are not noticed.
    #expect(refused > whole.count / 4)
  }

  @Test("A flipped byte of a tensor is detected") func flippedByte() throws {
    var data = try Data(contentsOf: Fixture.url("nested.pt"))
    let value = withUnsafeBytes(of: Float(3.0)) { Data($0) }
    let place = try #require(data.range(of: value, options: .backwards))
    data[place.lowerBound] ^= 1
    let archive = try TorchArchive(data)
    let error = #expect(throws: WeightsError.self) { try archive.stateDict("genA2B") }
    #expect(error?.reason.contains("checksum") == true)
  }

  @Test(
    "Other files are rejected as weights",
    arguments: [Data(), Data("PK".utf8), Data("hello, world".utf8), Data(repeating: 0, count: 64)])
  func otherFiles(data: Data) throws {
    #expect(throws: WeightsError.self) { try TorchArchive(data) }
    #expect(!TorchArchive.matches(data))
  }

  @Test("A missing file is an error") func missingFile() throws {
    #expect(throws: (any Error).self) { try TorchArchive(contentsOf: Fixture.url("absent.pt")) }
  }
}
