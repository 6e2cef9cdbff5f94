import Foundation
import Testing

@testable import WeightFiles

struct UnpicklerTests {
  /// The value of a pickle of protocol 2 with `opcodes` before its end.
  private func value(_ opcodes: [UInt8]) throws -> TorchValue {
    var reader = ByteReader(Data([0x80, 2] + opcodes + [0x2E]), what: "the test's pickle")
    return try Unpickler.read(&reader).value
  }

  private func reason(_ opcodes: [UInt8]) -> String? {
    do {
      _ = try value(opcodes)
      return nil
    } catch { return "\(error)" }
  }

  @Test("Numbers of all kinds are read") func numbers() throws {
    let numbers: [([UInt8], Int)] = [
      ([0x4B, 200], 200), ([0x4D, 0x34, 0x12], 0x1234), ([0x4A, 0xFE, 0xFF, 0xFF, 0xFF], -2),
      ([0x8A, 0], 0), ([0x8A, 1, 0xFF], -1), ([0x8A, 2, 0x00, 0x80], -32768), ([0x8A, 2, 0xFF, 0x00], 255),
      ([0x8B, 5, 0, 0, 0, 0, 0, 0, 0, 1], 1 << 32),
    ]
    for (opcodes, expected) in numbers {
      guard case .int(expected) = try value(opcodes) else {
        Issue.record("\(opcodes) is not \(expected)")
        continue
      }
    }
    guard case .float(-2.5) = try value([0x47, 0xC0, 0x04, 0, 0, 0, 0, 0, 0]) else {
      Issue.record("the float is not -2.5")
      return
    }
  }

  @Test("Containers and memoized values are read") func containers() throws {
    // {"a": [1, 2], "b": the same list}
    let made = try value(
      [0x7D, 0x28, 0x55, 1, 0x61, 0x5D, 0x71, 5, 0x28, 0x4B, 1, 0x4B, 2, 0x65, 0x55, 1, 0x62, 0x68, 5, 0x75])
    for key in ["a", "b"] {
      guard case .sequence(let items) = made[key], items.count == 2, case .int(2) = items[1] else {
        Issue.record("\(key) is \(String(describing: made[key]))")
        continue
      }
    }
  }

  @Test("Names that could run code are rejected, others are skipped") func globals() {
    let named = Array("cbuiltins\neval\n".utf8)
    #expect(reason(named)?.contains("refused: the test's pickle asks to run builtins.eval") == true)
    let stacked: [UInt8] = [0x8C, 2] + Array("os".utf8) + [0x8C, 6] + Array("system".utf8) + [0x93]
    #expect(reason(stacked)?.contains("asks to run os.system") == true)
    let size = Array("ctorch\nSize\n".utf8)
    #expect(reason(size + [0x29, 0x81])?.contains("refused") == true)
    #expect(reason(size)?.contains("holds the function torch.Size") == true)
    #expect(reason([0x4B, 1, 0x4B, 1, 0x62])?.contains("refused") == true)
  }

  @Test(
    "Each malformed pickle is rejected for the right reason",
    arguments: [
      ([0x68, 9], "a value that was never stored is recalled"), ([0x65], "a mark is missing"),
      ([0x75], "a mark is missing"), ([0x61], "a value is missing"), ([0x73], "a value is missing"),
      ([0x52], "a value is missing"), ([0x51], "a value is missing"), ([0x86], "a value is missing"),
      ([0x30], "a value is missing"), ([0x31], "a mark is missing"), ([0x74], "a mark is missing"),
      ([0x28], "a mark is in the place of a value"), ([0x7D, 0x28, 0x4B, 1, 0x75], "a key has no value"),
      ([0x4B, 1, 0x4B, 2, 0x61], "the container that should take values is missing"),
      ([0xFE], "0xfe is no opcode"), ([], "a value is missing"),
      ([0x28, 0x71, 0], "a mark is in the place of a value"),
      ([0x58, 0xFF, 0xFF, 0xFF, 0xFF], "it ends within"),
      ([0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "impossible length"),
      ([0x8B, 0xFF, 0xFF, 0xFF, 0xFF], "impossible length"), ([0x80, 1], "a pickle of protocol 1"),
      ([0x4B, 1, 0x81], "a value is missing"),
      ([0x4B, 1, 0x29, 0x81], "something that is not a class is called"),
      ([0x90], "a mark is missing"), ([0x6F], "a mark is missing"), ([0x28, 0x6F], "a class is missing"),
    ] as [([UInt8], String)])
  func malformed(opcodes: [UInt8], expected: String) throws {
    let found = try #require(reason(opcodes))
    #expect(found.contains(expected), "\(found)")
  }

  @Test("Objects of unknown classes are skipped and named")
  func unknownObjects() throws {
    // {"args": Namespace() with attributes, "n": 1}, by GLOBAL, EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, BUILD.
    let namespace = Array("cargparse\nNamespace\n".utf8) + [0x29, 0x81, 0x7D, 0x62]
    let made = try value(
      [0x7D, 0x28, 0x55, 4] + Array("args".utf8) + namespace + [0x55, 1, 0x6E, 0x4B, 1, 0x75])
    guard case .unread("argparse.Namespace") = made["args"], case .int(1) = made["n"] else {
      Issue.record("\(made)")
      return
    }
    #expect(made.unreadNames == ["argparse.Namespace"])
    // numpy.core.multiarray._reconstruct(numpy.ndarray, (0,)) with its state.
    let array =
      Array("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK".utf8) + [
        0, 0x85, 0x74, 0x52, 0x4B, 7, 0x62,
      ]
    guard case .unread("numpy.core.multiarray._reconstruct") = try value(array) else {
      Issue.record("the array is not skipped")
      return
    }
  }

  @Test("Deeply nested, recursive and expanding pickles are errors") func hostile() {
    // [[[...]]], from the outside and from the inside.
    #expect(
      reason(
        [UInt8](repeating: 0x5D, count: 100_000) + [UInt8](repeating: 0x61, count: 99_999))?.contains(
          "deeper") == true)
    #expect(reason([0x29] + [UInt8](repeating: 0x85, count: 100_000))?.contains("deeper") == true)
    // A list that contains itself.
    #expect(reason([0x5D, 0x71, 0, 0x68, 0, 0x61])?.contains("deeper") == true)
    // Each list contains the previous one, and one list contains all: not deep from the top, but deep through
    // shared values.
    var ladder: [UInt8] = [0x28, 0x29, 0x71, 0]
    for _ in 0..<100 { ladder += [0x68, 0, 0x85, 0x71, 0] }
    #expect(reason(ladder + [0x6C])?.contains("deeper") == true)
    // Each tuple contains the previous one twice: 2^60 leaves in a few bytes, which must remain shared.
    var doubling: [UInt8] = [0x29]
    for _ in 0..<60 { doubling += [0x32, 0x86] }
    #expect(reason(doubling) == nil)
    #expect(reason([UInt8](repeating: 0x4E, count: Unpickler.maxValues + 1))?.contains("more than") == true)
  }

  @Test("Tensors that exceed their storage are errors") func outOfBounds() throws {
    let storage = TorchTensor.Storage(key: "0", element: .float32, count: 12)
    #expect(throws: Never.self) {
      _ = try TorchTensor(storage: storage, offset: 0, shape: [3, 4], strides: [4, 1])
      _ = try TorchTensor(storage: storage, offset: 12, shape: [0, 4], strides: [4, 1])
    }
    let wrong: [(Int, [Int], [Int])] = [
      (1, [3, 4], [4, 1]), (0, [3, 4], [5, 1]), (0, [13], [1]), (-1, [2], [1]), (0, [-1], [1]),
      (0, [2], [-1]),
      (0, [2, 2], [1]), (0, [2], [Int.max]), (Int.max, [2], [1]), (0, [Int.max, Int.max], [0, 0]),
      (0, [1 << 30], [0]),
    ]
    for (offset, shape, strides) in wrong {
      #expect(throws: WeightsError.self, "\(offset) \(shape) \(strides)") {
        try TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)
      }
    }
  }
}
