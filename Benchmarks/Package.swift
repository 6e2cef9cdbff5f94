// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "Easel", path: "..")],
  targets: [
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        .product(name: "Curate", package: "Easel"), .product(name: "MaskScenes", package: "Easel"),
        .product(name: "Preparation", package: "Easel"), .product(name: "Tensors", package: "Easel"),
        .product(name: "Train", package: "Easel"),
      ],
      exclude: ["crop.py", "duplicates.py", "quality.py", "ugatit.py"],
      swiftSettings: [
        .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
      ])
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
