#include "CGrabCut.h"

#include <cstdio>
#include <opencv2/imgproc.hpp>

bool grabcut_run(const uint8_t *rgb, uint8_t *classes, int width, int height, const int *box, int iterations,
                 char *message, size_t capacity) {
  try {
    const cv::Mat image(height, width, CV_8UC3, const_cast<uint8_t *>(rgb));
    cv::Mat mask(height, width, CV_8U, classes), result = mask, background, foreground;
    const cv::Rect rect = box ? cv::Rect(box[0], box[1], box[2], box[3]) : cv::Rect();
    // Its k-means draws from the thread's generator, whose state depends on what ran before.
    cv::theRNG().state = 0x9E3779B97F4A7C15;
    cv::grabCut(image, result, rect, background, foreground, iterations,
                box ? cv::GC_INIT_WITH_RECT : cv::GC_INIT_WITH_MASK);
    if (result.data != mask.data) result.copyTo(mask);
    return true;
  } catch (const std::exception &exception) {
    std::snprintf(message, capacity, "%s", exception.what());
  } catch (...) {
    std::snprintf(message, capacity, "unknown C++ exception");
  }
  return false;
}
