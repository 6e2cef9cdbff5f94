public import Foundation
public import WeightFiles

extension WeightsFile {
  /// The names of the six networks in the published checkpoints.
  public static let publishedNames = ["genA2B", "genB2A", "disGA", "disGB", "disLA", "disLB"]

  /// Opens a checkpoint of any published trainer or of Easel; a file with one unnamed network is read as `genA2B`.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - maps: Whether a safetensors file is mapped, which is right for checkpoints of a run.
  /// - Throws: `WeightsError` or `SafetensorsError` if the file is damaged, of another kind, or contains code;
  ///   Foundation's error if it cannot be opened.
  public init(contentsOf url: URL, maps: Bool = false) throws {
    let averaged = ["genA2B", "genB2A"].map(Self.averaged)
    try self.init(contentsOf: url, networks: Self.publishedNames + averaged, otherwise: "genA2B", maps: maps)
  }

  /// The name of the moving average of the network called `name` in a checkpoint of Easel.
  public static func averaged(_ name: String) -> String { "ema.\(name)" }

  /// The name of the generator that translates: the moving average of the one called `name` if the file has it.
  public func emaOrCurrent(_ name: String) -> String {
    names.contains(Self.averaged(name)) ? Self.averaged(name) : name
  }

  /// The architecture of the generator called `name`.
  ///
  /// - Throws: `WeightsError` if there is no such generator, or if it is not a published one.
  public func generator(_ name: String = "genA2B") throws(WeightsError) -> GeneratorTraits {
    let shapes = try shapes(name)
    do throws(WeightsError) { return try GeneratorTraits(shapes: shapes) } catch {
      throw error.at(path: url.path)
    }
  }

  /// The architecture of the discriminator called `name`.
  ///
  /// - Throws: `WeightsError` if there is no such discriminator, or if it is not the published one.
  public func discriminator(_ name: String) throws(WeightsError) -> DiscriminatorTraits {
    let shapes = try shapes(name)
    do throws(WeightsError) { return try DiscriminatorTraits(shapes: shapes) } catch {
      throw error.at(path: url.path)
    }
  }
}
