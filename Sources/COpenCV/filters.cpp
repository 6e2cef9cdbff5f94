// Pixel-wise measures and filters for masks and image quality.

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>

#include "Guard.hpp"

void ocv_start(void) {
  try {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    // OpenCV prints every error before it throws it; here errors are returned instead.
    cv::redirectError([](int, const char *, const char *, const char *, int, void *) { return 0; });
  } catch (...) {
    // Without these settings OpenCV prints more and uses more threads, but its results are the same.
  }
}

const char *ocv_version(void) { return CV_VERSION; }

bool ocv_gaussian_blur(ocv_view source, ocv_view target, double sigma, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    cv::Mat to = ocv::mat(target), result = to;
    cv::GaussianBlur(ocv::mat(source), result, cv::Size(), sigma, sigma, cv::BORDER_REFLECT_101);
    return ocv::deliver(result, to);
  });
}

bool ocv_morph(ocv_view mask, ocv_view target, ocv_morphology operation, int radius, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    static const int operations[] = {cv::MORPH_ERODE, cv::MORPH_DILATE, cv::MORPH_OPEN, cv::MORPH_CLOSE};
    const int side = 2 * radius + 1;
    const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(side, side));
    cv::Mat to = ocv::mat(target), result = to;
    cv::morphologyEx(ocv::mat(mask), result, operations[operation], disc);
    return ocv::deliver(result, to);
  });
}

int ocv_components(ocv_view mask, ocv_view labels, ocv_component *parts, int capacity, ocv_error error) {
  return ocv::guarded(error, -1, [&] {
    cv::Mat to = ocv::mat(labels), result = to, stats, centroids;
    const int count =
        cv::connectedComponentsWithStats(ocv::mat(mask), result, stats, centroids, 8, CV_32S) - 1;
    ocv::deliver(result, to);
    for (int i = 0; parts && i < std::min(count, capacity); ++i) {
      const int *row = stats.ptr<int>(i + 1);
      const double *center = centroids.ptr<double>(i + 1);
      parts[i].box = {row[cv::CC_STAT_LEFT], row[cv::CC_STAT_TOP], row[cv::CC_STAT_WIDTH],
                      row[cv::CC_STAT_HEIGHT]};
      parts[i].area = row[cv::CC_STAT_AREA];
      parts[i].x = center[0];
      parts[i].y = center[1];
    }
    return count;
  });
}

namespace {

cv::Mat box(const cv::Mat &image, int radius) {
  cv::Mat result;
  cv::boxFilter(image, result, CV_32F, cv::Size(2 * radius + 1, 2 * radius + 1), cv::Point(-1, -1), true,
                cv::BORDER_REFLECT_101);
  return result;
}

}  // namespace

// "Guided Image Filtering" (He, Sun, Tang), equations 14 to 16: in each window the input is fitted as a
// linear function of the guide's color, and the fits of all windows over a pixel are averaged. A grey guide
// is the case of one channel.
bool ocv_guided_filter(ocv_view guide, ocv_view input, ocv_view target, int radius, double epsilon,
                       ocv_error error) {
  return ocv::guarded(error, false, [&] {
    cv::Mat image, p = ocv::mat(input), to = ocv::mat(target);
    ocv::mat(guide).convertTo(image, CV_32F, 1 / 255.0);
    if (image.size() != p.size()) throw std::invalid_argument("guide and input differ in size");
    std::vector<cv::Mat> I;
    cv::split(image, I);
    const int n = std::min<int>(3, static_cast<int>(I.size()));
    const cv::Mat meanP = box(p, radius);
    cv::Mat mean[3], covariance[3], sigma[3][3];
    for (int i = 0; i < n; ++i) {
      mean[i] = box(I[i], radius);
      covariance[i] = box(I[i].mul(p), radius) - mean[i].mul(meanP);
    }
    for (int i = 0; i < n; ++i) {
      for (int j = i; j < n; ++j)
        sigma[i][j] = sigma[j][i] = box(I[i].mul(I[j]), radius) - mean[i].mul(mean[j]);
    }
    cv::Mat a[3], b = meanP.clone();
    for (int i = 0; i < n; ++i) a[i].create(p.size(), CV_32F);
    for (int y = 0; y < p.rows; ++y) {
      for (int x = 0; x < p.cols; ++x) {
        cv::Matx33f s = cv::Matx33f::eye();
        cv::Vec3f c(0, 0, 0);
        for (int i = 0; i < n; ++i) {
          for (int j = 0; j < n; ++j) s(i, j) = sigma[i][j].at<float>(y, x);
          s(i, i) += static_cast<float>(epsilon);
          c[i] = covariance[i].at<float>(y, x);
        }
        const cv::Vec3f solution = s.inv(cv::DECOMP_LU) * c;
        for (int i = 0; i < n; ++i) {
          a[i].at<float>(y, x) = solution[i];
          b.at<float>(y, x) -= solution[i] * mean[i].at<float>(y, x);
        }
      }
    }
    cv::Mat result = box(b, radius);
    for (int i = 0; i < n; ++i) result += box(a[i], radius).mul(I[i]);
    return ocv::deliver(result, to);
  });
}

bool ocv_row_power(ocv_view rows, double *power, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    const cv::Mat samples = ocv::mat(rows);
    if (samples.type() != CV_32F || samples.cols % 2) throw std::invalid_argument("rows have an even number of floats");
    cv::Mat spectrum;
    cv::dft(samples, spectrum, cv::DFT_ROWS);
    // A packed row holds Re0, Re1, Im1, ..., Re(n/2); all values except the first and the last belong to pairs.
    const int half = samples.cols / 2;
    std::fill(power, power + half + 1, 0.0);
    for (int y = 0; y < spectrum.rows; ++y) {
      const float *row = spectrum.ptr<float>(y);
      power[0] += 0.5 * row[0] * row[0];
      power[half] += 0.5 * row[2 * half - 1] * row[2 * half - 1];
      for (int k = 1; k < half; ++k) power[k] += row[2 * k - 1] * row[2 * k - 1] + row[2 * k] * row[2 * k];
    }
    return true;
  });
}

bool ocv_distance(ocv_view mask, ocv_view target, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    cv::Mat to = ocv::mat(target), result = to;
    cv::distanceTransform(ocv::mat(mask), result, cv::DIST_L2, cv::DIST_MASK_PRECISE, CV_32F);
    return ocv::deliver(result, to);
  });
}

bool ocv_canny(ocv_view gray, ocv_view target, double low, double high, ocv_error error) {
  return ocv::guarded(error, false, [&] {
    cv::Mat to = ocv::mat(target), result = to;
    cv::Canny(ocv::mat(gray), result, low, high);
    return ocv::deliver(result, to);
  });
}
