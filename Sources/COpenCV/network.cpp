// Neural networks in OpenCV's own engine.

#include <memory>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect/face.hpp>
#include <vector>

#include "Guard.hpp"

struct ocv_network {
  cv::dnn::Net net;
  std::string names;
  std::vector<cv::Mat> outputs;
};

struct ocv_yunet {
  cv::Ptr<cv::FaceDetectorYN> detector;
  cv::Mat rows;
};

ocv_network *ocv_network_load(const char *model, const char *config, bool fuses, ocv_error error) {
  return ocv::guarded<ocv_network *>(error, nullptr, [&] {
    auto network = std::make_unique<ocv_network>();
    network->net = cv::dnn::readNet(model, config ? config : "");
    if (network->net.empty()) throw std::runtime_error("the file holds no network");
    network->net.enableFusion(fuses);
    for (const auto &name : network->net.getUnconnectedOutLayersNames()) network->names += name + "\n";
    return network.release();
  });
}

ocv_network *ocv_network_read_onnx(const void *bytes, size_t count, ocv_error error) {
  return ocv::guarded<ocv_network *>(error, nullptr, [&] {
    auto network = std::make_unique<ocv_network>();
    network->net = cv::dnn::readNetFromONNX(static_cast<const char *>(bytes), count);
    if (network->net.empty()) throw std::runtime_error("the bytes hold no network");
    for (const auto &name : network->net.getUnconnectedOutLayersNames()) network->names += name + "\n";
    return network.release();
  });
}

void ocv_network_free(ocv_network *network) { delete network; }

const char *ocv_network_output_names(ocv_network *network) { return network->names.c_str(); }

bool ocv_network_set_image(ocv_network *network, ocv_view image, const ocv_blob *blob, const char *input,
                           ocv_error error) {
  return ocv::guarded(error, false, [&] {
    cv::Mat source = ocv::mat(image), sized, values;
    if (source.depth() != CV_8U || source.channels() == 4)
      throw std::invalid_argument("a network takes grey or RGB");
    const cv::Size size(blob->width, blob->height);
    const bool shrinks = size.area() < source.size().area();
    if (source.size() == size) {
      sized = source;
    } else {
      cv::resize(source, sized, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    if (blob->swap_rb && sized.channels() == 3) {
      cv::Mat swapped;
      cv::cvtColor(sized, swapped, cv::COLOR_RGB2BGR);
      sized = swapped;
    }
    sized.convertTo(values, CV_32F);
    const cv::Scalar mean(blob->mean[0], blob->mean[1], blob->mean[2], blob->mean[3]);
    const cv::Scalar scale(blob->scale[0], blob->scale[1], blob->scale[2], blob->scale[3]);
    if (mean != cv::Scalar()) cv::subtract(values, mean, values);
    if (scale != cv::Scalar::all(1)) cv::multiply(values, scale, values);
    if (blob->channels_last) {
      const int shape[] = {1, values.rows, values.cols, values.channels()};
      network->net.setInput(cv::Mat(4, shape, CV_32F, values.data).clone(), input);
    } else {
      network->net.setInput(cv::dnn::blobFromImage(values), input);
    }
    return true;
  });
}

bool ocv_network_set_values(ocv_network *network, const float *values, const int *shape, int dimensions,
                            const char *input, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    const cv::Mat view(dimensions, shape, CV_32F, const_cast<float *>(values));
    network->net.setInput(view.clone(), input);
    return true;
  });
}

bool ocv_network_forward(ocv_network *network, const char *const *outputs, int count, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    std::vector<cv::Mat> results;
    network->net.forward(results, std::vector<cv::String>(outputs, outputs + count));
    network->outputs.clear();
    for (const cv::Mat &result : results) {
      if (result.depth() != CV_32F) throw std::runtime_error("an output does not hold 32-bit floats");
      network->outputs.push_back(result.isContinuous() ? result : result.clone());
    }
    return true;
  });
}

const float *ocv_network_output(ocv_network *network, int index, const int **shape, int *dimensions,
                                size_t *count) {
  if (index < 0 || static_cast<size_t>(index) >= network->outputs.size()) return nullptr;
  const cv::Mat &output = network->outputs[static_cast<size_t>(index)];
  *shape = output.size.p;
  *dimensions = output.dims;
  *count = output.total();
  return output.ptr<float>();
}

ocv_yunet *ocv_yunet_load(const char *path, float score, float overlap, int most, ocv_error error) {
  return ocv::guarded<ocv_yunet *>(error, nullptr, [&] {
    auto yunet = std::make_unique<ocv_yunet>();
    yunet->detector = cv::FaceDetectorYN::create(path, "", cv::Size(160, 160), score, overlap, most);
    return yunet.release();
  });
}

void ocv_yunet_free(ocv_yunet *yunet) { delete yunet; }

int ocv_yunet_detect(ocv_yunet *yunet, ocv_view rgb, const float **rows, ocv_error error) {
  return ocv::guarded(error, -1, [&] {
    const cv::Mat source = ocv::mat(rgb);
    cv::Mat bgr, found;
    cv::cvtColor(source, bgr,
                 source.channels() == 1   ? cv::COLOR_GRAY2BGR
                 : source.channels() == 4 ? cv::COLOR_RGBA2BGR
                                          : cv::COLOR_RGB2BGR);
    yunet->detector->setInputSize(bgr.size());
    yunet->detector->detect(bgr, found);
    if (!found.empty() && (found.type() != CV_32F || found.cols != 15)) {
      throw std::runtime_error("the detector's rows do not have 15 numbers");
    }
    yunet->rows = found.isContinuous() ? found : found.clone();
    *rows = yunet->rows.ptr<float>();
    return yunet->rows.rows;
  });
}
