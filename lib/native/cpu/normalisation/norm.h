// What batch normalisations have in common: the moments of the channels, the numbers that turn passes over the maps into
// one multiplication and one addition per entry, and those passes.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/activation.h"
#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {

inline ptrdiff_t PixelsOf(const std::vector<int64_t>& shape) {
  ptrdiff_t pixels = 1;
  for (size_t d = 0; d + 1 < shape.size(); d++) pixels *= shape[d];
  return pixels;
}

// Results of a forward pass, one number per channel; the variance is divided by n - 1.
struct Moments {
  float *mean, *variance, *inverse;
};

// A mean that is a hundred standard deviations away from what sums were taken around: their digits no longer hold the
// variance. Nearer ones cost it less than 0.05 %.
constexpr double kFar = 1e4;

// From the sums of d and of d^2, where d is an entry less `around`, one number per channel. Returns whether all means are
// near enough; where one is not, `around` becomes that mean and the sums have to be taken again.
inline bool FinishMoments(const Rows& size, std::vector<float>* around, const std::vector<float>& sums,
                          const std::vector<float>& squares, float epsilon, const Moments& moments) {
  const auto sum = size.Fold(sums), square = size.Fold(squares);
  const double n = static_cast<double>(size.rows * size.wide / size.channels);
  bool are_near = true;
  for (ptrdiff_t c = 0; c < size.channels; c++) {
    const double d = sum[c] / n;
    const double v = std::max(0.0, square[c] / n - d * d);
    moments.mean[c] = static_cast<float>((*around)[c] + d);
    moments.variance[c] = static_cast<float>(v * (n / std::max(1.0, n - 1)));
    moments.inverse[c] = static_cast<float>(1 / std::sqrt(v + epsilon));
    if (d * d > kFar * v) {
      (*around)[c] = moments.mean[c];
      are_near = false;
    }
  }
  return are_near;
}

// The moments from sums around one number per channel; fill and result as below and above.
template <typename Fill>
bool TakeMomentsAround(const Rows& size, const float* x, std::vector<float>* numbers, float epsilon,
                       const Moments& moments, const Fill& fill) {
  const ptrdiff_t wide = size.wide;
  const auto around = size.Widen(*numbers);
  std::vector<float> sums(size.parts * wide), squares(size.parts * wide);
  size.Each([&](int part, ptrdiff_t begin, ptrdiff_t end) {
    const float *in = x, *__restrict middle = around.data();
    for (ptrdiff_t row = begin; row < end; row += kRowsAtOnce) {
      const ptrdiff_t stop = std::min(end, row + kRowsAtOnce);
      fill(row, stop);
      SumRows(wide, row, stop, &sums[part * wide], &squares[part * wide],
              [=](ptrdiff_t c, ptrdiff_t at, auto load, auto* a, auto* b) {
                const auto d = load(in + at) - load(middle + c);
                *a += d;
                *b += d * d;
              });
    }
  });
  return FinishMoments(size, numbers, sums, squares, epsilon, moments);
}

// fill(begin, end) writes rows of x before they are read; the first row twice, once before all others.
template <typename Fill>
void TakeMoments(const Rows& size, const float* x, float epsilon, const Moments& moments, const Fill& fill) {
  fill(0, 1);
  // Around the first pixel, so that squares of a large mean do not drown a small variance; around the mean where that
  // pixel is nothing like the others.
  std::vector<float> around(x, x + size.channels);
  if (TakeMomentsAround(size, x, &around, epsilon, moments, fill)) return;
  TakeMomentsAround(size, x, &around, epsilon, moments, [](ptrdiff_t, ptrdiff_t) {});
}

inline void TakeMoments(const Rows& size, const float* x, float epsilon, const Moments& moments) {
  TakeMoments(size, x, epsilon, moments, [](ptrdiff_t, ptrdiff_t) {});
}

// Moves running statistics: inputs from `first` on are the running mean and variance, and where there is one the bias that
// x lacks, which moves only the mean. The next variance takes the place of the batch's, the next mean gets its own.
inline void MoveStatistics(Call& call, int first, float share, ptrdiff_t channels, const Moments& batch,
                           float* next_mean) {
  const bool is_biased = call.inputs() > first + 2;
  const float *mean = call.in(first), *variance = call.in(first + 1);
  const float* bias = is_biased ? call.in(first + 2) : nullptr;
  for (ptrdiff_t c = 0; c < channels; c++) {
    next_mean[c] = mean[c] * (1 - share) + (is_biased ? batch.mean[c] + bias[c] : batch.mean[c]) * share;
    batch.variance[c] = variance[c] * (1 - share) + batch.variance[c] * share;
  }
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

// y = activation(factor x + shift + more), where there is more.
template <typename Act>
void ApplyLine(const Rows& size, const float* x, const Line& line, float* y, const float* more = nullptr) {
  const ptrdiff_t wide = size.wide;
  const auto wide_factor = size.Widen(line.factor), wide_shift = size.Widen(line.shift);
  const bool streams = Streams(y, size.rows * wide, wide);
  size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
    const float *__restrict f = wide_factor.data(), *__restrict s = wide_shift.data();
    for (ptrdiff_t r = begin; r < end; r++) {
      const float* __restrict in = x + r * wide;
      float* __restrict to = y + r * wide;
      if (more == nullptr) {
        EachColumn(wide, streams, [=](ptrdiff_t i, auto load, auto store) {
          store(to + i, Act::Value(load(in + i) * load(f + i) + load(s + i)));
        });
        continue;
      }
      const float* __restrict added = more + r * wide;
      EachColumn(wide, streams, [=](ptrdiff_t i, auto load, auto store) {
        store(to + i, Act::Value(load(in + i) * load(f + i) + load(s + i) + load(added + i)));
      });
    }
    EndStream();
  });
}

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

// What a gradient of y = activation(factor x + shift) reads.
struct LineSlopes {
  const float *dy, *x, *mean, *inverse;
  const float* other;  // slopes that reached x on another way, added to dx; may be null
};

// Computes the slopes of scale and offset when it is made, and rows of dx when it is asked for them.
template <typename Act>
class LineGradient {
 public:
  LineGradient(const Rows& size, const Line& line, const LineSlopes& given, float* dscale, float* doffset)
      : given_(given), wide_(size.wide), factor_(size.Widen(line.factor)), shift_(size.Widen(line.shift)) {
    const ptrdiff_t wide = wide_, channels = size.channels;
    const auto wide_mean = size.Widen(std::vector<float>(given.mean, given.mean + channels));
    const float *f = factor_.data(), *s = shift_.data(), *m = wide_mean.data();
    std::vector<float> sums(size.parts * wide), products(size.parts * wide);
    size.Each([&](int part, ptrdiff_t begin, ptrdiff_t end) {
      const float *__restrict in = given.x, *__restrict slope = given.dy;
      SumRows(wide, begin, end, &sums[part * wide], &products[part * wide],
              [=](ptrdiff_t c, ptrdiff_t at, auto load, auto* a, auto* b) {
                const auto z = load(in + at);
                const auto g = Act::Slope(load(slope + at), z * load(f + c) + load(s + c));
                *a += g;
                *b += g * (z - load(m + c));
              });
    });
    const Slopes slopes(channels, size.rows * wide / channels, size.Fold(sums), size.Fold(products), given.mean,
                        given.inverse, line.factor, dscale, doffset);
    p_ = size.Widen(slopes.p);
    q_ = size.Widen(slopes.q);
  }

  // Row r, `wide` floats; around the cache if asked to.
  void Row(ptrdiff_t r, float* __restrict to, bool streams = false) const {
    const float *__restrict in = given_.x + r * wide_, *__restrict slope = given_.dy + r * wide_;
    const float *__restrict f = factor_.data(), *__restrict s = shift_.data();
    const float *__restrict p = p_.data(), *__restrict q = q_.data();
    if (given_.other != nullptr) {
      const float* __restrict more = given_.other + r * wide_;
      EachColumn(wide_, streams, [=](ptrdiff_t i, auto load, auto store) {
        const auto z = load(in + i);
        const auto g = Act::Slope(load(slope + i), z * load(f + i) + load(s + i));
        store(to + i, g * load(f + i) + (z * load(p + i) + load(q + i)) + load(more + i));
      });
      return;
    }
    EachColumn(wide_, streams, [=](ptrdiff_t i, auto load, auto store) {
      const auto z = load(in + i);
      const auto g = Act::Slope(load(slope + i), z * load(f + i) + load(s + i));
      store(to + i, g * load(f + i) + (z * load(p + i) + load(q + i)));
    });
  }

 private:
  LineSlopes given_;
  ptrdiff_t wide_;
  std::vector<float> factor_, shift_, p_, q_;
};

// Sums of parts, `channels` numbers each.
inline std::vector<double> Folded(const std::vector<float>& sums, ptrdiff_t channels) {
  std::vector<double> folded(channels, 0.0);
  for (size_t i = 0; i < sums.size(); i++) folded[i % channels] += sums[i];
  return folded;
}

}  // namespace cgan_kd
