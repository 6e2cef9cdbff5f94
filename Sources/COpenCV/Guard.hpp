// What every body of the shim shares: the guard that turns exceptions into messages, and views as cv::Mat
// headers.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <string>

#include "COpenCV.h"

namespace ocv {

inline void fill(ocv_error error, const char *message) noexcept {
  if (error.capacity == 0) return;
  const size_t length = std::min(std::strlen(message), error.capacity - 1);
  std::memcpy(error.text, message, length);
  error.text[length] = 0;
}

/// Runs `body`; an exception becomes a message and `failed`.
template <typename Result, typename Body>
Result guarded(ocv_error error, Result failed, Body body) noexcept {
  try {
    return body();
  } catch (const cv::Exception &exception) {
    // what() adds the place in OpenCV's sources, err is what went wrong.
    fill(error, exception.err.empty() ? exception.what() : exception.err.c_str());
  } catch (const std::exception &exception) {
    fill(error, exception.what());
  } catch (...) {
    fill(error, "unknown C++ exception");
  }
  return failed;
}

/// A cv::Mat header over a view's memory; nothing is copied.
inline cv::Mat mat(const ocv_view &view) {
  if (view.width <= 0 || view.height <= 0 || view.channels <= 0 || view.channels > 4) {
    throw std::invalid_argument("an image has 1 to 4 channels and at least one pixel");
  }
  static const int depths[] = {CV_8U, CV_32F, CV_32S};
  return cv::Mat(view.height, view.width, CV_MAKETYPE(depths[view.depth], view.channels), view.data,
                 static_cast<size_t>(view.stride));
}

/// Writes `result` where the caller wants it, and refuses where an operation made something of another shape.
inline bool deliver(const cv::Mat &result, cv::Mat target) {
  if (result.data == target.data) return true;
  if (result.size() != target.size() || result.type() != target.type()) {
    throw std::logic_error("the result does not have the target's shape");
  }
  result.copyTo(target);
  return true;
}

}  // namespace ocv
