import Tensors

/// Three convolutions in sequence whose results are concatenated and added to the input.
///
/// The published block also contains a projection (`ConvBlock4`) for unequal channels. It is part of the state but is never
/// used.
final class HourglassConvolutions: Module {
  private let convolutions: [Conv2d]
  private let unused: Conv2d

  init(_ channels: Int, from initializer: Initializer) throws {
    let (half, quarter) = (channels / 2, channels / 4)
    convolutions = try [(channels, half), (half, quarter), (quarter, quarter)].map {
      try Conv2d($0, $1, kernel: 3, padding: .reflect(1), from: initializer)
    }
    unused = try Conv2d(channels, channels, kernel: 1, from: initializer)
  }

  var children: [(name: String, module: any Module)] {
    convolutions.enumerated().map { ("ConvBlock\($0 + 1).3", $1) } + [("ConvBlock4.2", unused)]
  }

  func callAsFunction(_ input: Tensor) throws -> Tensor {
    var parts: [Tensor] = []
    for convolution in convolutions {
      parts.append(try convolution(instanceNorm(parts.last ?? input)))
    }
    return try Tensor.cat(parts, axis: 1) + input
  }
}

/// A pyramid that halves the map four times and doubles it again, with a skip connection at each level.
final class HourglassPyramid: Module {
  private let skip: [HourglassConvolutions]
  private let down: [HourglassConvolutions]
  private let centre: HourglassConvolutions
  private let up: [HourglassConvolutions]

  init(_ channels: Int, from initializer: Initializer) throws {
    func convolutions() throws -> HourglassConvolutions {
      try HourglassConvolutions(channels, from: initializer)
    }
    skip = try (0..<4).map { _ in try convolutions() }
    down = try (0..<4).map { _ in try convolutions() }
    centre = try convolutions()
    up = try (0..<4).map { _ in try convolutions() }
  }

  var children: [(name: String, module: any Module)] {
    let levels: [(name: String, module: any Module)] = (0..<4).flatMap { level in
      [("ConvBlock\(level + 1)_1", skip[level]), ("ConvBlock\(level + 1)_2", down[level])]
        as [(name: String, module: any Module)]
    }
    return levels + [("ConvBlock5", centre)] + up.enumerated().map { ("ConvBlock\($0 + 6)", $1) }
  }

  func callAsFunction(_ input: Tensor) throws -> Tensor {
    var map = input
    var paths: [Tensor] = []
    for (skip, down) in zip(skip, down) {
      paths.append(try skip(map))
      map = try down(map.averagePool(2))
    }
    map = try centre(map)
    for (path, up) in zip(paths.reversed(), up) { map = try path + up(map).upsampleNearest(2) }
    return map
  }
}

/// An hourglass that predicts an RGB image, which is added to the features or is itself the result.
///
/// Source: minivision-ai/photo2cartoon, models/networks.py.
final class Hourglass: Module {
  private let pyramid: HourglassPyramid
  private let convolutions: HourglassConvolutions
  private let projection: Conv2d
  private let picture: Conv2d
  private let mixing: (features: Conv2d, picture: Conv2d)?

  init(_ channels: Int, residual: Bool = true, from initializer: Initializer) throws {
    pyramid = try HourglassPyramid(channels, from: initializer)
    convolutions = try HourglassConvolutions(channels, from: initializer)
    projection = try Conv2d(channels, channels, kernel: 1, from: initializer)
    picture = try Conv2d(channels, 3, kernel: 1, bias: true, from: initializer)
    mixing =
      residual
      ? (
        try Conv2d(channels, channels, kernel: 1, bias: true, from: initializer),
        try Conv2d(3, channels, kernel: 1, bias: true, from: initializer)
      ) : nil
  }

  var children: [(name: String, module: any Module)] {
    let always: [(name: String, module: any Module)] = [
      ("HG.0", pyramid), ("HG.1", convolutions), ("HG.2", projection), ("Conv1", picture),
    ]
    return always + (mixing.map { [("Conv2", $0.features), ("Conv3", $0.picture)] } ?? [])
  }

  func callAsFunction(_ input: Tensor) throws -> Tensor {
    let features = try instanceNorm(projection(convolutions(pyramid(input))))
    let painted = try picture(features)
    guard let mixing else { return painted }
    return try input + mixing.features(features) + mixing.picture(painted)
  }
}
