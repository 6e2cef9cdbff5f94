// swift-tools-version: 6.3
import PackageDescription

// Every Swift target is compiled alike: language mode 6, warnings as errors, imports explicit.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// Modules that walk over pixels are optimised in debug builds too, or tests on real images would take minutes.
let pixels: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

// The environment is part of the manifest's cache key, the file system is not: ask only the environment here.
let openCV = Context.environment["OPENCV_INCLUDE"] ?? "/usr/include/opencv4"
let shim: [CXXSetting] = [
  .treatAllWarnings(as: .error), .unsafeFlags(["-O2"], .when(configuration: .debug)),
]
let cShim: [CSetting] = [
  .treatAllWarnings(as: .error), .unsafeFlags(["-O2"], .when(configuration: .debug)),
]

/// Where libtorch is: Debian's by default, or the folder LIBTORCH.
///
/// LIBTORCH_CUDA=1 links its CUDA half; scripts/cuda.sh sets
/// CUDA_INCLUDE (the headers of the CUDA runtime) and CUDART (its library), so that no CUDA toolkit is needed.
func libtorch() -> (compile: [CXXSetting], link: [LinkerSetting]) {
  guard let root = Context.environment["LIBTORCH"] else {
    // 1.13's headers are C++17; the package's C++20 comes later on the driver's line, but not later than -Xclang.
    return (
      [.unsafeFlags(["-isystem", "/usr/include/torch/csrc/api/include", "-Xclang", "-std=c++17"])],
      ["torch_cpu", "c10", "gomp"].map { .linkedLibrary($0) }
    )
  }
  let cuda = Context.environment["LIBTORCH_CUDA"] == "1"
  var compile = [
    "-isystem", "\(root)/include", "-isystem", "\(root)/include/torch/csrc/api/include",
  ]
  if cuda {
    let toolkit = Context.environment["CUDA_INCLUDE"] ?? "/usr/local/cuda/include"
    compile += ["-isystem", toolkit, "-DEASEL_CUDA=1"]
  }
  let libraries = ["c10", "torch_cpu", "torch"] + (cuda ? ["torch_cuda", "c10_cuda"] : [])
  let runtime = cuda ? Context.environment["CUDART"].map { [$0] } ?? ["-lcudart"] : []
  let arguments =
    ["-rpath", "\(root)/lib", "--no-as-needed"] + libraries.map { "-l\($0)" } + runtime
    + ["--allow-shlib-undefined", "--unresolved-symbols=ignore-in-shared-libs"]
  return (
    [.unsafeFlags(compile)],
    // The folder goes to the compiler driver, which searches it before the system's, where another libtorch may lie.
    [.unsafeFlags(["-L\(root)/lib"] + arguments.flatMap { ["-Xlinker", $0] })]
  )
}
let torch = libtorch()

/// The allocator of training programs; on a GPU little is asked of it, and it need not travel there.
let allocator: [LinkerSetting] =
  Context.environment["LIBTORCH_CUDA"] == "1" ? [] : [.linkedLibrary("jemalloc")]

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
  name: "Easel",
  products: [
    .executable(name: "easel", targets: ["easel"]),
    .executable(name: "easel-train", targets: ["easel-train"]),
    // For the benchmarks, which are a package of their own.
    .library(name: "Curate", targets: ["Curate"]),
    .library(name: "Preparation", targets: ["Crop", "Dataset", "Imaging", "Models"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "Train", targets: ["Train"]),
    .library(name: "MaskScenes", targets: ["MaskScenes", "Mask", "Vision", "Imaging", "Dataset"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // The shims: the only C and C++, each a C ABI whose bodies catch every exception.
    .target(
      name: "CCodecs", cSettings: cShim, cxxSettings: shim,
      // libheif is loaded when it is needed.
      linkerSettings: ["jpeg", "png", "webp", "webpdemux", "gif", "tiff", "lcms2"].map { .linkedLibrary($0) }),
    .target(
      name: "COpenCV", cxxSettings: shim + [.unsafeFlags(["-isystem", openCV])],
      linkerSettings: ["opencv_dnn", "opencv_objdetect", "opencv_imgproc", "opencv_core"].map {
        .linkedLibrary($0)
      }),
    .target(name: "CAnimeFace", cSettings: cShim, linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CTorch", cxxSettings: shim + torch.compile, linkerSettings: torch.link),
    .target(name: "CMaskWeights", exclude: ["network.weights"], cSettings: cShim),
    .systemLibrary(name: "CNettle", providers: [.apt(["nettle-dev"])]),
    .systemLibrary(name: "CXCB", providers: [.apt(["libxcb1-dev"])]),

    // What the stages stand on.
    .target(name: "Imaging", dependencies: ["CCodecs"], swiftSettings: pixels),
    .target(
      name: "Vision", dependencies: ["COpenCV", "CAnimeFace", "Imaging"], swiftSettings: pixels),
    // What ONNX files and TensorBoard's event files are encoded with.
    .target(name: "ProtocolBuffers", swiftSettings: pixels),
    .target(name: "ONNX", dependencies: ["ProtocolBuffers"], swiftSettings: pixels),
    .target(
      name: "MaskModel", dependencies: ["CMaskWeights", "Imaging", "ONNX"], swiftSettings: pixels),
    .target(name: "Tensors", dependencies: ["CTorch"], swiftSettings: strict),
    .target(
      name: "Dataset", dependencies: ["Imaging", "CNettle", "Yams"], swiftSettings: strict),
    .target(
      name: "Ledger", dependencies: ["Dataset", "Imaging", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(name: "Models", dependencies: ["Dataset", subprocess], swiftSettings: strict),
    .target(name: "Terminal", dependencies: ["Dataset", "Imaging", argumentParser], swiftSettings: strict),

    // The stages, which never import each other.
    .target(name: "Capture", dependencies: ["CXCB", "Dataset", "Imaging"], swiftSettings: pixels),
    .target(
      name: "Crop",
      dependencies: ["Dataset", "Imaging", "Ledger", "Models", "Vision", subprocess],
      swiftSettings: pixels),
    .target(
      name: "Mask",
      dependencies: ["Dataset", "Imaging", "Ledger", "MaskModel", "Models", "ONNX", "Vision"],
      swiftSettings: pixels),
    .target(
      name: "MaskEditing",
      dependencies: ["Dataset", "Imaging", "Ledger", "Mask", "Vision", subprocess],
      swiftSettings: pixels),
    // What curation publishes, and those who read it: the report and the exports.
    .target(
      name: "PublishedDataset", dependencies: ["Dataset", "Imaging", "Ledger"], swiftSettings: strict),
    .target(
      name: "Report", dependencies: ["Dataset", "Imaging", "Ledger", "PublishedDataset"],
      resources: [.embedInCode("Page")], swiftSettings: strict),
    .target(
      name: "Export", dependencies: ["Dataset", "Imaging", "PublishedDataset"], swiftSettings: strict),
    .target(
      name: "Curate",
      dependencies: ["Dataset", "Imaging", "Ledger", "PublishedDataset", "Report", "Vision"],
      swiftSettings: pixels),
    .target(
      name: "Review",
      dependencies: [
        "Dataset", "Imaging", "Ledger", .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"), .product(name: "GRDB", package: "GRDB.swift"),
      ],
      // In the program itself, which is also installed without the folder that it was built in.
      resources: [.embedInCode("Page")], swiftSettings: strict),
    .target(name: "WeightFiles", dependencies: ["ProtocolBuffers"], swiftSettings: pixels),
    .target(
      name: "Train", dependencies: ["Dataset", "Imaging", "Tensors", "WeightFiles"],
      swiftSettings: pixels),
    .target(
      name: "Translate",
      dependencies: ["Dataset", "Imaging", "ONNX", "ProtocolBuffers", "Tensors", "Train", "WeightFiles"],
      swiftSettings: pixels),

    // What needs several stages: whole runs, single samples for the review page, faces of plain folders.
    .target(
      name: "Preparation",
      dependencies: [
        "Crop", "Curate", "Dataset", "Imaging", "Ledger", "Mask", "MaskEditing", "Models",
        "PublishedDataset", "Review", "Terminal", "Vision",
      ], swiftSettings: strict),
    .target(
      name: "MaskTraining",
      dependencies: ["Dataset", "Imaging", "MaskModel", "Tensors", "Train", "WeightFiles"],
      swiftSettings: pixels),

    // The commands: `easel` over OpenCV, `easel-train` over libtorch.
    .executableTarget(
      name: "easel",
      dependencies: [
        "Capture", "Crop", "Curate", "Dataset", "Export", "Imaging", "Ledger", "Mask", "MaskEditing",
        "Models", "Preparation", "PublishedDataset", "Report", "Review", "Terminal", argumentParser,
        subprocess,
      ], swiftSettings: strict),
    .executableTarget(
      name: "easel-train",
      dependencies: [
        "Dataset", "Imaging", "MaskModel", "MaskTraining", "ONNX", "Tensors", "Terminal", "Train",
        "Translate", "WeightFiles", argumentParser,
      ],
      swiftSettings: strict, linkerSettings: allocator),

    // Tests: one folder a module, and the built programs as a person runs them.
    .target(
      name: "TestSupport", dependencies: ["Imaging"], path: "Tests/TestSupport",
      swiftSettings: pixels),
    .testTarget(name: "ImagingTests", dependencies: ["Imaging", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "VisionTests", dependencies: ["Vision", "Imaging", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "DatasetTests", dependencies: ["Dataset", "Imaging", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "LedgerTests",
      dependencies: [
        "Ledger", "Dataset", "Imaging", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
      ], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "ModelsTests", dependencies: ["Models", "Dataset", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "TerminalTests", dependencies: ["Terminal", "Dataset", "Imaging", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "CropTests",
      dependencies: ["Crop", "Dataset", "Imaging", "Ledger", "Models", "Vision", "TestSupport"],
      swiftSettings: strict),
    .target(
      name: "MaskScenes",
      dependencies: ["Dataset", "Imaging", "Ledger", "Mask", "MaskModel", "TestSupport", "Vision"],
      path: "Tests/MaskScenes", swiftSettings: pixels),
    .testTarget(
      name: "MaskTests",
      dependencies: [
        "Mask", "MaskModel", "MaskScenes", "Dataset", "Imaging", "Ledger", "Models", "Vision", "TestSupport",
      ],
      swiftSettings: strict),
    .target(
      name: "CurationFixture",
      dependencies: ["Curate", "Dataset", "Imaging", "Ledger", "PublishedDataset", "TestSupport"],
      path: "Tests/CurationFixture", swiftSettings: pixels),
    .testTarget(
      name: "MaskEditingTests",
      dependencies: [
        "MaskEditing", "Mask", "MaskModel", "MaskScenes", "Dataset", "Imaging", "Ledger", "Vision",
        "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CurateTests",
      dependencies: [
        "Curate", "CurationFixture", "Dataset", "Imaging", "Ledger", "PublishedDataset", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: pixels),
    .testTarget(
      name: "ReportTests",
      dependencies: [
        "CurationFixture", "Dataset", "Imaging", "Ledger", "PublishedDataset", "Report", "TestSupport",
      ], swiftSettings: pixels),
    .testTarget(
      name: "ExportTests",
      dependencies: [
        "CurationFixture", "Dataset", "Export", "Imaging", "PublishedDataset", "TestSupport",
      ], swiftSettings: pixels),
    .testTarget(
      name: "CaptureTests",
      dependencies: ["Capture", "CXCB", "Dataset", "Imaging", "TestSupport", "easel"],
      swiftSettings: strict),
    .testTarget(
      name: "ReviewTests", dependencies: ["Review", "Dataset", "Imaging", "Ledger", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "WeightFilesTests", dependencies: ["WeightFiles", "TestSupport"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "TrainTests",
      dependencies: [
        "Train", "Translate", "Dataset", "Imaging", "Tensors", "WeightFiles", "TestSupport",
      ], swiftSettings: pixels),
    .testTarget(
      name: "TranslateTests",
      dependencies: [
        "Translate", "Train", "Dataset", "Imaging", "ONNX", "Tensors", "WeightFiles", "TestSupport",
      ], swiftSettings: pixels),
    .testTarget(
      name: "PreparationTests", dependencies: ["Preparation", "Crop", "Dataset", "Imaging", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "MaskModelTests", dependencies: ["MaskModel", "ONNX", "Imaging", "Vision", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "MaskTrainingTests",
      dependencies: [
        "MaskTraining", "MaskModel", "ONNX", "Dataset", "Imaging", "Tensors", "Train", "Vision",
        "WeightFiles", "TestSupport",
      ],
      swiftSettings: pixels),
    .testTarget(
      name: "EndToEnd",
      dependencies: ["easel", "easel-train", "Dataset", "Imaging", "TestSupport", "WeightFiles"],
      exclude: ["Help"], swiftSettings: strict),
    .testTarget(
      name: "Soak", dependencies: ["easel", "easel-train", "Imaging", "TestSupport"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
