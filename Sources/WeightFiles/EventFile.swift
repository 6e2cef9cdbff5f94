public import Foundation
import ProtocolBuffers

/// A TensorBoard event file: a sequence of records with scalars, pictures and texts.
///
/// Each record is framed as TFRecord does: length, its masked CRC-32C, the event, its masked CRC-32C. Values are in the first
/// form of `Summary.Value` (`simple_value`, `image`), which every TensorBoard reads.
/// Source: tensorflow/core/util/event.proto, summary.proto and tensorflow/core/lib/io/record_writer.h.
public struct EventFile {
  private let handle: FileHandle
  private let path: String

  /// Creates a new event file in `folder`; a resumed run creates another one, which TensorBoard joins to the
  /// first by step.
  ///
  /// - Parameters:
  ///   - folder: The log folder of TensorBoard; it must exist.
  ///   - time: The time of creation, which is part of the name, so that sorting by name sorts by time.
  /// - Throws: The file system's error.
  public init(in folder: URL, at time: Date = Date()) throws {
    var number = 0
    var url: URL
    repeat {
      let name =
        "events.out.tfevents.\(String(format: "%010d", Int(time.timeIntervalSince1970))).easel.\(number)"
      url = folder.appendingPathComponent(name)
      number += 1
    } while FileManager.default.fileExists(atPath: url.path)
    try Data().write(to: url, options: .withoutOverwriting)
    path = url.path
    handle = try FileHandle(forWritingTo: url)
    try append(Event(time: time, step: nil, content: .version))
  }

  /// Adds the numbers of one step, in their given order.
  ///
  /// - Throws: The file system's error.
  public func add(scalars: [(tag: String, value: Double)], step: Int, at time: Date = Date()) throws {
    try append(Event(time: time, step: step, content: .scalars(scalars)))
  }

  /// Adds a picture, given as the bytes of a PNG file of `width` times `height` pixels.
  ///
  /// - Throws: The file system's error.
  public func add(
    image tag: String, png: Data, width: Int, height: Int, step: Int, at time: Date = Date()
  ) throws {
    try append(
      Event(time: time, step: step, content: .image(tag: tag, png: png, width: width, height: height)))
  }

  /// Adds a text, which TensorBoard shows under "Text".
  ///
  /// - Throws: The file system's error.
  public func add(text: String, tag: String, step: Int, at time: Date = Date()) throws {
    try append(Event(time: time, step: step, content: .text(tag: tag, text)))
  }

  /// Closes the file.
  ///
  /// - Throws: The file system's error.
  public func close() throws { try handle.close() }

  private func append(_ event: Event) throws {
    do { try handle.write(contentsOf: Self.record(event.encoded)) } catch {
      let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
      throw WeightsError(
        .unwritable, path: path,
        isFull
          ? "the disk is full; free some space and run the command again" : "\(error.localizedDescription)")
    }
  }

  /// `payload` in the frame of a TFRecord.
  static func record(_ payload: Data) -> Data {
    var length = Data()
    length.append(littleEndian: UInt64(payload.count))
    var record = length
    record.append(littleEndian: masked(Checksum.crc32c(length)))
    record.append(payload)
    record.append(littleEndian: masked(Checksum.crc32c(payload)))
    return record
  }

  /// The rotated and shifted checksum, because the checksum of bytes that include their own checksum is
  /// constant.
  private static func masked(_ checksum: UInt32) -> UInt32 {
    (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }
}

/// One event, as protocol buffers encode it; the field numbers are those of event.proto and summary.proto.
struct Event {
  enum Content {
    case version
    case scalars([(tag: String, value: Double)])
    case image(tag: String, png: Data, width: Int, height: Int)
    case text(tag: String, String)
  }

  var time: Date
  var step: Int?
  var content: Content

  var encoded: Data {
    var event = ProtocolBuffer()
    event.double(1, time.timeIntervalSince1970)
    if let step { event.integer(2, step) }
    switch content {
    case .version: event.text(3, "brain.Event:2")
    case .scalars(let scalars):
      event.message(5) { summary in
        for (tag, value) in scalars {
          summary.message(1) {
            $0.text(1, tag)
            $0.float(2, Float(value))
          }
        }
      }
    case .text(let tag, let text):
      event.message(5) { summary in
        summary.message(1) { value in
          value.text(1, tag)
          // TensorProto: a vector of one string.
          value.message(8) { tensor in
            tensor.integer(1, 7)
            tensor.message(2) { shape in shape.message(2) { $0.integer(1, 1) } }
            tensor.text(8, text)
          }
          value.message(9) { metadata in metadata.message(1) { $0.text(1, "text") } }
        }
      }
    case .image(let tag, let png, let width, let height):
      event.message(5) { summary in
        summary.message(1) { value in
          value.text(1, tag)
          value.message(4) { image in
            image.integer(1, height)
            image.integer(2, width)
            image.integer(3, 3)
            image.bytes(4, png)
          }
        }
      }
    }
    return event.data
  }
}
