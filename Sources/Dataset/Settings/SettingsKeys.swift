internal import Foundation

// All keys of datasets.yaml in the written order. A new key is one line here and one property.

extension SettingKey<Settings> {
  /// The keys of the whole file.
  static let all: [SettingKey] = [
    SettingKey("name", \.name, .name, "the dataset's name, in reports and exports"),
    SettingKey("output", \.output, .path, "the folder for all results; no other file is changed"),
    SettingKey(
      "size", \.size, .whole(64...2048, step: 16),
      "side of crops and samples in pixels, 64 to 2048; more needs larger faces and memory"),
    SettingKey(
      "background", \.background, .text(Background.allowed, words: Background.words),
      "behind the foreground: white, transparent, \"#rrggbb\", or keep the original"),
    .group(
      "domains",
      [
        .section(
          "A", \.[.a], SettingKey<DomainSettings>.all, "the source domain (real_A): photographed faces"),
        .section("B", \.[.b], SettingKey<DomainSettings>.all, "the target domain (real_B): anime faces"),
      ], "the two sides of the dataset"),
    .section(
      "curate", \.curate, SettingKey<CurateSettings>.all, "which samples are kept, and how they are split"),
    .section("train", \.train, SettingKey<TrainSettings>.all, "how the networks are trained"),
  ]
}

extension SettingKey<DomainSettings> {
  /// The keys of one domain.
  static let all: [SettingKey] = [
    SettingKey(
      "sources", \.sources, .sources,
      "photos, screenshots, videos, sprites or celebamask-hq: a folder, a glob or a file"),
    .section("crop", \.crop, SettingKey<CropSettings>.all, "how faces are detected and framed"),
    .section("mask", \.mask, SettingKey<MaskSettings>.all, "how backgrounds are removed"),
    SettingKey(
      "keep-if", \.keepIf, .rules,
      "rules for this domain only, instead of those of curate"),
  ]
}

extension SettingKey<CropSettings> {
  /// The keys of `crop`.
  static let all: [SettingKey] = [
    SettingKey(
      "detector", \.detector, .detector,
      "auto; yunet, centerface or haar for photos; animeface or lbp-anime for anime"),
    SettingKey(
      "framing", \.framing, .framing,
      "fit (as wide as possible), photo2cartoon, matched, danbooru, ffhq, arcface, or margins"),
    SettingKey(
      "align", \.align, .choice,
      "eyes: rotate until the eyes are level; similarity: fit five points; none: do not rotate"),
    SettingKey(
      "landmarks", \.landmarks, .choice,
      "detector: the detector's points; 68: those of PFLD, more accurate for photos"),
    SettingKey(
      "min-face", \.minFace, .whole(8...8192),
      "minimum face size in source pixels, 8 to 8192; lower it if too many are rejected"),
    SettingKey(
      "faces", \.faces, .choice, "if an image has several: largest, all, central, or one (reject such images)"
    ),
    SettingKey(
      "border", \.border, .choice,
      "beyond the picture: white (fit rejects such crops), edge (repeat pixels) or reflect"
    ),
  ]
}

extension SettingKey<MaskSettings> {
  /// The keys of `mask`.
  static let all: [SettingKey] = [
    SettingKey("method", \.method, .choice, "auto, parts, network, segment, color-model, alpha or none"),
    SettingKey("model", \.model, .model, "the network of segment: sinet, or an ONNX file's name or path"),
  ]
}

extension SettingKey<CurateSettings> {
  /// The keys of `curate`.
  static let all: [SettingKey] = [
    SettingKey("preset", \.preset, .choice, "the rules that keep-if starts from: gentle, normal or strict"),
    .group(
      "keep-if",
      MeasureName.allCases.map {
        SettingKey($0.rawValue, \.[rule: $0], .rule($0), or: "any", $0.meaning)
      },
      "a number: the minimum; a pair: minimum and maximum; any: no limit"),
    .group(
      "duplicates",
      [
        SettingKey(
          "distance", \.duplicateDistance, .whole(0...16),
          "maximum difference of the hashes of candidates, 0 to 16; higher compares more pairs"),
        SettingKey(
          "confirm", \.duplicateConfirm, .number(0...1),
          "minimum similarity of the inner faces of duplicates, 0 to 1; higher keeps more"),
        SettingKey(
          "invariant", \.duplicateInvariant, .invariant,
          "find rotated or mirrored copies too: [rotation, flip]"),
        SettingKey(
          "thin", \.thin, .number(0...86_400),
          "minimum gap in seconds between similar frames of a video, 0 to 86400; 0: off"),
      ], "of duplicates only the best is kept"),
    .group(
      "choose",
      Domain.allCases.map { domain in
        SettingKey(
          domain.rawValue, \.[choose: domain], .whole(1...Int.max), or: "all",
          "number of samples to keep, the most varied ones; all: no limit")
      }, "limits the number of samples"),
    .group(
      "split",
      [
        SettingKey(
          "test", \.test, .whole(0...Int.max),
          "number of test samples in each domain; at most a quarter is taken"),
        SettingKey(
          "seed", \.seed, .whole(0...Int.max),
          "seed of the random split; another seed selects other test samples"),
        SettingKey(
          "scene", \.scene, .number(0...86_400),
          "a gap of this many seconds ends a scene of a video; a scene is never split"),
        SettingKey(
          "identity", \.identity, .number(-1...1), or: "any",
          "minimum cosine similarity of faces of the same person, who is never split; any: off"),
      ], "training and test samples"),
    .group(
      "characters",
      [
        SettingKey(
          "likeness", \.characterLikeness, .number(0...1), or: "any",
          "minimum similarity of anime faces of the same character; any: off"),
        SettingKey(
          "names", \.characterNames, .names,
          "your names: { c3f2ac0d: Rei }; the key is the report's name or a sample ID"),
        SettingKey(
          "reject", \.rejectedCharacters, .words,
          "persons and characters to reject: [Rei, c3f2ac0d]"),
      ], "groups of faces that show the same person or character"),
    .group(
      "balance",
      [
        SettingKey(
          "weights", \.balanceWeights, .bool,
          "write sampling weights: rare brightness, poses and characters are drawn more often")
      ],
      "bring the domains closer together"),
    SettingKey(
      "archives-above", \.archivesAbove, .whole(0...Int.max),
      "above this number of samples, images are in tar files of 10000"),
  ]
}

extension SettingKey<TrainSettings> {
  /// The keys of `train`.
  static let all: [SettingKey] = [
    SettingKey(
      "model", \.model, .choice,
      "ugatit, ugatit-light, photo2cartoon or photo2cartoon-full"),
    SettingKey(
      "steps", \.steps, .whole(1...Int.max),
      "number of training steps; 100000 is usual; check the sample sheets earlier"),
    SettingKey(
      "batch", \.batch, .whole(1...4096), "images of each domain in one step, 1 to 4096; published: 1"),
    SettingKey(
      "size", \.size, .whole(32...2048, step: 16), or: "auto",
      "side of training images in pixels, 32 to 2048; auto: the dataset's"),
    SettingKey(
      "width", \.width, .whole(1...1024), or: "auto",
      "channels of the first convolution, 1 to 1024; auto: as published; smaller is faster"),
    SettingKey(
      "learning-rate", \.learningRate, .number(0...1, open: true),
      "learning rate of both Adam optimizers, at most 1"),
    SettingKey("decay", \.decay, .bool, "decrease the learning rate linearly to 0 in the second half"),
    SettingKey(
      "accumulate", \.accumulate, .whole(1...4096),
      "batches whose gradients are summed for one step; saves memory"),
    SettingKey(
      "clip", \.clip, .number(0...1e6), "maximum norm of the gradient of an optimizer; 0: no clipping"),
    .section(
      "weights", \.weights, SettingKey<TrainSettings.Weights>.all,
      "weights of the loss terms; auto: as published"),
    SettingKey(
      "compat", \.compat, .choice,
      "which published program to follow where they differ: pytorch, or parts of tensorflow"
    ),
    SettingKey(
      "face", \.face, .path, or: "none", "a MobileFaceNet file, which adds the face identity loss; none: off"),
    SettingKey(
      "ema", \.ema, .number(0...0.999999), "decay of the generators' averaged weights, such as 0.999; 0: off"),
    SettingKey(
      "diffaugment", \.diffaugment, .diffaugment,
      "augmentation for small datasets: [color, translation, cutout]"),
    SettingKey("r1", \.r1, .number(0...1e6), "weight of the discriminators' gradient penalty; 0: off"),
    SettingKey("r1-every", \.r1Every, .whole(1...100_000), "steps between two gradient penalties"),
    SettingKey(
      "augment-target", \.augmentTarget, .number(0...0.95),
      "diffaugment grows if real images are recognized better, such as 0.6; 0: always full"
    ),
    SettingKey(
      "pool", \.pool, .whole(0...10_000),
      "earlier translations that discriminators also see, such as 50; 0: off; slower on a GPU"),
    SettingKey(
      "seed", \.seed, .whole(0...Int.max), "seed of all random numbers; the same seed gives the same run"),
    SettingKey(
      "from", \.from, .path, or: "none",
      "a run or a weights file (.pt, .safetensors) to start from; none: random weights"),
    SettingKey(
      "warmup", \.warmup, .whole(0...Int.max),
      "steps in which the learning rate rises from 0; 0: off; 500 is usual with from"),
    SettingKey("sample-every", \.sampleEvery, .whole(1...Int.max), "steps between two sample sheets"),
    SettingKey("save-every", \.saveEvery, .whole(1...Int.max), "steps between two checkpoints"),
    SettingKey("keep", \.keep, .whole(1...Int.max), "number of checkpoints to keep besides the best"),
    SettingKey(
      "features", \.features, .features,
      "what chooses the best checkpoint; auto: KID-lite if installed; none; or inception=FILE"),
    SettingKey("device", \.device, .device, "auto, cpu, cuda or cuda:1"),
    SettingKey(
      "precision", \.precision, .word(["auto", "fp32", "tf32", "bf16", "fp16"]),
      "number format: fp32, tf32, bf16 or fp16; auto: fp32 on a CPU, the fastest one on a GPU"),
    SettingKey(
      "deterministic", \.deterministic, .bool,
      "true: use slower GPU algorithms that give the same result every time"),
    SettingKey(
      "exchange", \.exchange, .choice,
      "number format of the gradients that several processes exchange: fp32 or bf16"),
    SettingKey(
      "run", \.run, .path, or: "auto", "the folder of the run; auto: run under output"),
  ]
}

extension SettingKey<TrainSettings.Weights> {
  /// The keys of `train.weights`.
  static let all: [SettingKey] = [
    ("adversarial", \.adversarial, "adversarial loss: 1"),
    ("cycle", \.cycle, "cycle loss: 10, or 50 for photo2cartoon"),
    ("identity", \.identity, "identity loss: 10"),
    ("cam", \.cam, "CAM loss: 1000"),
    ("face", \.face, "face identity loss, if face is set: 1"),
  ].map { (name, path: any WritableKeyPath<TrainSettings.Weights, Double?> & Sendable, comment) in
    SettingKey(name, path, .number(0...1e6), or: "auto", comment)
  }
}
