// Foreground by colour models and graph cuts.

#include <opencv2/imgproc.hpp>

#include "Guard.hpp"

bool ocv_grab_cut(ocv_view rgb, ocv_view mask, const ocv_rect *box, int iterations, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    cv::Mat image = ocv::mat(rgb), classes = ocv::mat(mask), background, foreground;
    if (image.type() != CV_8UC3) throw std::invalid_argument("GrabCut takes an RGB image");
    const cv::Rect rect = box ? cv::Rect(box->x, box->y, box->width, box->height) : cv::Rect();
    if (!box) {
      const int sure = cv::countNonZero(classes == cv::GC_BGD),
                likely = cv::countNonZero(classes == cv::GC_PR_BGD);
      const int outside = sure + likely, all = static_cast<int>(classes.total());
      if (outside == 0 || outside == all) {
        throw std::invalid_argument("the mask needs pixels of background and of foreground");
      }
    }
    // Its k-means draws from the thread's generator, whose state depends on what ran before.
    cv::theRNG().state = 0x9E3779B97F4A7C15;
    cv::Mat result = classes;
    cv::grabCut(image, result, rect, background, foreground, iterations,
                box ? cv::GC_INIT_WITH_RECT : cv::GC_INIT_WITH_MASK);
    return ocv::deliver(result, classes);
  });
}
