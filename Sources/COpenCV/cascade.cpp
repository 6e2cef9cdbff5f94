// Haar and LBP cascades.

#include <memory>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <vector>

#include "Guard.hpp"

struct ocv_cascade {
  cv::CascadeClassifier classifier;
  std::vector<ocv_cascade_hit> hits;
};

ocv_cascade *ocv_cascade_load(const char *path, ocv_error error) {
  return ocv::guarded<ocv_cascade *>(error, nullptr, [&] {
    auto cascade = std::make_unique<ocv_cascade>();
    if (!cascade->classifier.load(path) || cascade->classifier.empty()) {
      throw std::runtime_error("the file holds no cascade");
    }
    const cv::Size window = cascade->classifier.getOriginalWindowSize();
    if (window.width < 1 || window.height < 1) throw std::runtime_error("the cascade has no window size");
    return cascade.release();
  });
}

void ocv_cascade_free(ocv_cascade *cascade) { delete cascade; }

int ocv_cascade_detect(ocv_cascade *cascade, ocv_view gray, double scale_factor, int min_neighbors,
                       int min_size, int max_size, bool equalize, bool level_weights,
                       const ocv_cascade_hit **hits, ocv_error error) {
  return ocv::guarded(error, -1, [&] {
    cv::Mat image = ocv::mat(gray), equal;
    if (equalize) cv::equalizeHist(image, equal), image = equal;
    const cv::Size least(min_size, min_size), most(max_size, max_size);
    std::vector<cv::Rect> boxes;
    std::vector<double> scores;
    std::vector<int> counts;
    if (level_weights) {
      cascade->classifier.detectMultiScale(image, boxes, counts, scores, scale_factor, min_neighbors, 0,
                                           least, most, true);
    } else {
      cascade->classifier.detectMultiScale(image, boxes, counts, scale_factor, min_neighbors, 0, least, most);
      scores.assign(counts.begin(), counts.end());
    }
    cascade->hits.clear();
    for (size_t i = 0; i < boxes.size(); ++i) {
      const cv::Rect &box = boxes[i];
      cascade->hits.push_back({{box.x, box.y, box.width, box.height}, i < scores.size() ? scores[i] : 0});
    }
    *hits = cascade->hits.data();
    return static_cast<int>(cascade->hits.size());
  });
}
