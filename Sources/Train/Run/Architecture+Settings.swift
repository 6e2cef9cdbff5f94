import Dataset

extension Architecture.Model {
  /// The model with the same name in the settings.
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
  /// The reference implementation with the same name in the settings.
  init(_ compatibility: TrainSettings.Compatibility) {
    switch compatibility {
    case .pytorch: self = .pytorch
    case .tensorflow: self = .tensorflow
    }
  }
}
