// What batch normalisations have in common: the moments of the channels, and the numbers that turn passes
// over the maps into one multiplication and one addition an entry.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "op.h"
#include "rows.h"

namespace cgan_kd {

// Results of a forward pass, a number a channel; the variance is divided by n - 1.
struct Moments {
  float *mean, *variance, *inverse;
};

inline void TakeMoments(const Rows& size, const float* x, float epsilon, const Moments& moments) {
  const ptrdiff_t wide = size.wide, channels = size.channels;
  // Around the first pixel, so that squares of a large mean do not drown a small variance.
  const auto around = size.Widen(std::vector<float>(x, x + channels));
  std::vector<float> sums(size.parts * wide), squares(size.parts * wide);
  size.Each([&](int part, ptrdiff_t begin, ptrdiff_t end) {
    const float *__restrict in = x, *__restrict middle = around.data();
    SumRows(wide, begin, end, &sums[part * wide], &squares[part * wide],
            [=](ptrdiff_t c, ptrdiff_t at, auto load, auto* a, auto* b) {
              const auto d = load(in + at) - load(middle + c);
              *a += d;
              *b += d * d;
            });
  });
  const auto sum = size.Fold(sums), square = size.Fold(squares);
  const double n = static_cast<double>(size.rows * wide / channels);
  for (ptrdiff_t c = 0; c < channels; c++) {
    const double d = sum[c] / n;
    const double v = std::max(0.0, square[c] / n - d * d);
    moments.mean[c] = static_cast<float>(around[c] + d);
    moments.variance[c] = static_cast<float>(v * (n / std::max(1.0, n - 1)));
    moments.inverse[c] = static_cast<float>(1 / std::sqrt(v + epsilon));
  }
}

// Moves running statistics: inputs from `first` on are the running mean and variance, and where there is one the bias that
// x lacks, which moves the mean alone. The next variance takes the place of the batch's, the next mean gets its own.
inline bool MoveStatistics(Call& call, int first, float share, ptrdiff_t channels, const Moments& batch,
                           float* next_mean) {
  const bool is_biased = call.inputs() > first + 2;
  if (!call.Want(call.size(first) == channels && call.size(first + 1) == channels &&
                     (!is_biased || call.size(first + 2) == channels),
                 "want a running mean and variance a channel")) {
    return false;
  }
  const float *mean = call.in(first), *variance = call.in(first + 1);
  const float* bias = is_biased ? call.in(first + 2) : nullptr;
  for (ptrdiff_t c = 0; c < channels; c++) {
    next_mean[c] = mean[c] * (1 - share) + (is_biased ? batch.mean[c] + bias[c] : batch.mean[c]) * share;
    batch.variance[c] = variance[c] * (1 - share) + batch.variance[c] * share;
  }
  return true;
}

// The normalised entry is factor x + shift.
struct Line {
  std::vector<float> factor, shift;

  Line(ptrdiff_t channels, const float* scale, const float* offset, const float* mean,
       const float* inverse)
      : factor(channels), shift(channels) {
    for (ptrdiff_t c = 0; c < channels; c++) {
      factor[c] = scale[c] * inverse[c];
      shift[c] = offset[c] - mean[c] * factor[c];
    }
  }
};

// From the sums of g and of g (x - mean) to the slopes of scale and offset, and to
// dx = factor (g - mean(g) - (x - mean) inverse^2 mean(g (x - mean))) as factor g + p x + q.
struct Slopes {
  std::vector<float> p, q;

  Slopes(ptrdiff_t channels, ptrdiff_t pixels, const std::vector<double>& sum,
         const std::vector<double>& product, const float* mean, const float* inverse,
         const std::vector<float>& factor, float* dscale, float* doffset)
      : p(channels), q(channels) {
    for (ptrdiff_t c = 0; c < channels; c++) {
      dscale[c] = static_cast<float>(product[c] * inverse[c]);
      doffset[c] = static_cast<float>(sum[c]);
      const double slope = -product[c] / pixels * inverse[c] * inverse[c] * factor[c];
      p[c] = static_cast<float>(slope);
      q[c] = static_cast<float>(-sum[c] / pixels * factor[c] - mean[c] * slope);
    }
  }
};

// Sums of parts, `channels` numbers each.
inline std::vector<double> Folded(const std::vector<float>& sums, ptrdiff_t channels) {
  std::vector<double> folded(channels, 0.0);
  for (size_t i = 0; i < sums.size(); i++) folded[i % channels] += sums[i];
  return folded;
}

}  // namespace cgan_kd
