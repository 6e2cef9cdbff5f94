// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "Easel", path: "..")],
  targets: [
    .target(
      name: "CGrabCut",
      cxxSettings: [
        .unsafeFlags(["-isystem", Context.environment["OPENCV_INCLUDE"] ?? "/usr/include/opencv4"])
      ],
      linkerSettings: [.linkedLibrary("opencv_imgproc"), .linkedLibrary("opencv_core")]),
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "CGrabCut", .product(name: "Curate", package: "Easel"),
        .product(name: "MaskScenes", package: "Easel"),
        .product(name: "Preparation", package: "Easel"), .product(name: "Tensors", package: "Easel"),
        .product(name: "Train", package: "Easel"),
      ],
      exclude: [
        "crop.py", "damage.py", "duplicates.py", "quality.py", "scale.py", "ugatit.py", "variants.py",
      ],
      swiftSettings: [
        .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
      ]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
