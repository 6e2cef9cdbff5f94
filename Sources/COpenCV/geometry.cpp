// Warps and resizes that average over the area a target pixel covers.

#include <climits>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "Guard.hpp"

namespace {

int flag(ocv_interpolation interpolation) {
  switch (interpolation) {
    case OCV_NEAREST: return cv::INTER_NEAREST;
    case OCV_CUBIC: return cv::INTER_CUBIC;
    case OCV_AREA: return cv::INTER_AREA;
    case OCV_LINEAR: break;
  }
  return cv::INTER_LINEAR;
}

int flag(ocv_border border) {
  switch (border) {
    case OCV_BORDER_EDGE: return cv::BORDER_REPLICATE;
    case OCV_BORDER_REFLECT: return cv::BORDER_REFLECT_101;
    case OCV_BORDER_CONSTANT: break;
  }
  return cv::BORDER_CONSTANT;
}

// Straight alpha must be multiplied in before averaging, or the color of invisible pixels bleeds into the
// edge. Sixteen bits hold the product of two bytes exactly.
cv::Mat premultiplied(const cv::Mat &straight) {
  cv::Mat result(straight.size(), CV_16UC4);
  for (int y = 0; y < straight.rows; ++y) {
    const uchar *from = straight.ptr<uchar>(y);
    ushort *to = result.ptr<ushort>(y);
    for (int x = 0; x < straight.cols; ++x, from += 4, to += 4) {
      for (int c = 0; c < 3; ++c) to[c] = static_cast<ushort>(from[c] * from[3]);
      to[3] = static_cast<ushort>(from[3] * 255);
    }
  }
  return result;
}

void unpremultiply(const cv::Mat &from, cv::Mat &straight) {
  for (int y = 0; y < from.rows; ++y) {
    const ushort *in = from.ptr<ushort>(y);
    uchar *out = straight.ptr<uchar>(y);
    for (int x = 0; x < from.cols; ++x, in += 4, out += 4) {
      const unsigned alpha = in[3];
      for (int c = 0; c < 3; ++c) {
        out[c] = alpha == 0 ? 0 : static_cast<uchar>(std::min(255u, (in[c] * 255u + alpha / 2) / alpha));
      }
      out[3] = static_cast<uchar>((alpha + 127) / 255);
    }
  }
}

/// The minimum factor by which the linear part of `m` stretches a direction.
double smallestStretch(const cv::Matx23d &m) {
  const double a = m(0, 0), b = m(0, 1), d = m(1, 0), e = m(1, 1);
  const double sum = a * a + b * b + d * d + e * e, determinant = a * e - b * d;
  const double root = std::sqrt(std::max(0.0, sum * sum - 4 * determinant * determinant));
  return std::sqrt(std::max(0.0, (sum - root) / 2));
}

/// `m` for a source that was shrunk by sx and sy about pixel corners.
cv::Matx23d afterShrinking(const cv::Matx23d &m, double sx, double sy) {
  // A pixel centre x of the source is at (x + 0.5) / sx - 0.5 in the small one.
  const double ox = 0.5 * sx - 0.5, oy = 0.5 * sy - 0.5;
  return cv::Matx23d(m(0, 0) * sx, m(0, 1) * sy, m(0, 2) + m(0, 0) * ox + m(0, 1) * oy,  //
                     m(1, 0) * sx, m(1, 1) * sy, m(1, 2) + m(1, 0) * ox + m(1, 1) * oy);
}

/// The corners of the area of a target pixel and its neighbours, in source pixels.
cv::Rect2d footprint(const cv::Matx23d &m, cv::Size target, double margin) {
  cv::Matx23d back;
  cv::invertAffineTransform(m, back);
  double left = HUGE_VAL, top = HUGE_VAL, right = -HUGE_VAL, bottom = -HUGE_VAL;
  for (double x : {-1.0, static_cast<double>(target.width)}) {
    for (double y : {-1.0, static_cast<double>(target.height)}) {
      const double u = back(0, 0) * x + back(0, 1) * y + back(0, 2);
      const double v = back(1, 0) * x + back(1, 1) * y + back(1, 2);
      left = std::min(left, u), right = std::max(right, u);
      top = std::min(top, v), bottom = std::max(bottom, v);
    }
  }
  left -= margin, top -= margin, right += margin, bottom += margin;
  return cv::Rect2d(left, top, right - left, bottom - top);
}

/// The pixels of `size` that `area` touches; at least one, so that an edge pixel can be repeated.
cv::Rect pixels(const cv::Rect2d &area, cv::Size size) {
  const auto bounded = [](double value, int most) {
    return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(most)));
  };
  const int x0 = std::min(bounded(std::floor(area.x), size.width), size.width - 1);
  const int y0 = std::min(bounded(std::floor(area.y), size.height), size.height - 1);
  const int x1 = std::max(bounded(std::ceil(area.x + area.width), size.width), x0 + 1);
  const int y1 = std::max(bounded(std::ceil(area.y + area.height), size.height), y0 + 1);
  return cv::Rect(x0, y0, x1 - x0, y1 - y0);
}

// OpenCV stores positions of warps in 16 bits, and intermediate ones in 32 bits with 10 for fractions.
constexpr double farthest = 1e6;

/// For larger reductions the source is first reduced by averaging, to limit the number of samples per pixel.
constexpr int mostSamples = 8;

/// The number of samples per side of each target pixel, so that no source pixel is skipped; their mean is the
/// area's.
int samples(double stretch, cv::Size target) {
  const int wanted = static_cast<int>(std::ceil(1 / stretch - 0.05));
  return std::clamp(wanted, 1, std::max(1, std::min(64, (SHRT_MAX - 1) / target.width)));
}

void warp(cv::Mat source, cv::Mat target, cv::Matx23d m, int interpolation, int border,
          const cv::Scalar &value) {
  double stretch = smallestStretch(m);
  if (!(stretch > 1e-4) || !std::isfinite(stretch) || !std::isfinite(m(0, 2)) || !std::isfinite(m(1, 2))) {
    throw std::invalid_argument("the map shrinks more than 10000-fold or is not finite");
  }
  const cv::Rect2d seen = footprint(m, target.size(), 4 + 2 / stretch);
  const cv::Rect2d whole(0, 0, source.cols, source.rows);
  if (border == cv::BORDER_CONSTANT && (seen & whole).empty()) {
    target.setTo(value);
    return;
  }
  if (std::max(std::abs(seen.x), std::abs(seen.x + seen.width)) > farthest ||
      std::max(std::abs(seen.y), std::abs(seen.y + seen.height)) > farthest) {
    throw std::invalid_argument("the map reads further than a million pixels away");
  }

  // Only the source area of the target is used, except for reflection, which may read from anywhere.
  if (border != cv::BORDER_REFLECT_101) {
    const cv::Rect part = pixels(seen, source.size());
    source = source(part);
    m(0, 2) += m(0, 0) * part.x + m(0, 1) * part.y;
    m(1, 2) += m(1, 0) * part.x + m(1, 1) * part.y;
  }
  if (stretch * mostSamples < 1) {
    const double shrink = std::floor(2 / (stretch * mostSamples));
    const cv::Size size(static_cast<int>(std::ceil(source.cols / shrink)),
                        static_cast<int>(std::ceil(source.rows / shrink)));
    cv::Mat small;
    cv::resize(source, small, size, 0, 0, cv::INTER_AREA);
    m = afterShrinking(m, static_cast<double>(source.cols) / size.width,
                       static_cast<double>(source.rows) / size.height);
    source = small;
    stretch = smallestStretch(m);
  }
  if (std::max({source.cols, source.rows, target.cols, target.rows}) >= SHRT_MAX) {
    throw std::invalid_argument("source and target must be less than 32767 pixels wide and high");
  }

  const int n = samples(stretch, target.size());
  if (n == 1) {
    cv::warpAffine(source, target, m, target.size(), interpolation, border, value);
    return;
  }
  const double offset = (n - 1) / 2.0;
  m = m * static_cast<double>(n);
  m(0, 2) += offset;
  m(1, 2) += offset;
  // In bands, so that not all samples are in memory at the same time.
  const int rows = std::max(1, std::min(4'000'000 / (n * n * target.cols), (SHRT_MAX - 1) / n));
  for (int y = 0; y < target.rows; y += rows) {
    cv::Mat band = target.rowRange(y, std::min(target.rows, y + rows)), fine;
    cv::Matx23d shifted = m;
    shifted(1, 2) -= y * n;
    cv::warpAffine(source, fine, shifted, cv::Size(band.cols * n, band.rows * n), interpolation, border,
                   value);
    cv::resize(fine, band, band.size(), 0, 0, cv::INTER_AREA);
  }
}

}  // namespace

bool ocv_warp(ocv_view source, ocv_view target, const double *matrix, ocv_interpolation interpolation,
              ocv_border border, const double *fill, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    cv::Mat from = ocv::mat(source), to = ocv::mat(target);
    if (from.type() != to.type()) throw std::invalid_argument("source and target differ in channels");
    const cv::Matx23d m(matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]);
    const int how = interpolation == OCV_AREA ? cv::INTER_LINEAR : flag(interpolation);
    if (from.type() == CV_8UC4) {
      const cv::Scalar value(fill[0] * fill[3], fill[1] * fill[3], fill[2] * fill[3], fill[3] * 255);
      cv::Mat multiplied(to.size(), CV_16UC4);
      warp(premultiplied(from), multiplied, m, how, flag(border), value);
      unpremultiply(multiplied, to);
    } else {
      warp(from, to, m, how, flag(border), cv::Scalar(fill[0], fill[1], fill[2], fill[3]));
    }
    return true;
  });
}

bool ocv_resize(ocv_view source, ocv_view target, ocv_interpolation interpolation, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    cv::Mat from = ocv::mat(source), to = ocv::mat(target);
    if (from.type() != to.type()) throw std::invalid_argument("source and target differ in channels");
    if (from.type() == CV_8UC4) {
      cv::Mat multiplied;
      cv::resize(premultiplied(from), multiplied, to.size(), 0, 0, flag(interpolation));
      unpremultiply(multiplied, to);
      return true;
    }
    cv::resize(from, to, to.size(), 0, 0, flag(interpolation));
    return true;
  });
}
