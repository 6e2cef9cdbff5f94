import Dataset

extension Architecture.Model {
  /// The network that the settings name.
  init(_ model: TrainSettings.Model) {
    switch model {
    case .ugatit: self = .ugatit
    case .ugatitLight: self = .ugatitLight
    case .photo2cartoon: self = .photo2cartoon
    case .photo2cartoonFull: self = .photo2cartoonFull
    }
  }
}

extension Architecture.Compatibility {
  /// The published program that the settings name.
  init(_ compatibility: TrainSettings.Compatibility) {
    switch compatibility {
    case .pytorch: self = .pytorch
    case .tensorflow: self = .tensorflow
    }
  }
}
