// Batch normalisation by running statistics: what the kernels for whole maps and for windows share.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {

// The normalised entry is (x - centre) factor + offset. x is not multiplied before the centre is taken away, so that
// a large mean does not drown a small variance.
struct Given {
  std::vector<float> centre, factor, offset;

  // Inputs from `first`: scale, offset, mean, variance, and a bias of x if the operation has one.
  Given(Call& call, int first, ptrdiff_t channels, const Attributes& attributes)
      : centre(channels), factor(channels), offset(channels) {
    const float *scale = call.in(first), *level = call.in(first + 1);
    const float *mean = call.in(first + 2), *variance = call.in(first + 3);
    const float* bias = attributes.biases > 0 ? call.in(first + 4) : nullptr;
    for (ptrdiff_t c = 0; c < channels; c++) {
      centre[c] = bias == nullptr ? mean[c] : mean[c] - bias[c];
      factor[c] = scale[c] / std::sqrt(variance[c] + attributes.epsilon);
      offset[c] = level[c];
    }
  }

  static bool Fits(Call& call, int first, ptrdiff_t channels, const Attributes& attributes) {
    const int vectors = 4 + attributes.biases;
    return call.WantInputs(first + vectors + attributes.shortcuts) && call.WantVectors(first, vectors, channels);
  }
};

// What a convolution ends in: Act((y - centre) factor + offset + shortcut), in place, of pixels that it has just written
// and that are still in the cache. Inputs from `first` as for `Given`, then a map of y's shape if the operation
// has a shortcut.
class Ending {
 public:
  Ending(Call& call, int first, ptrdiff_t channels, const Attributes& attributes)
      : channels_(channels), wide_(Rows(64, channels).wide), given_(call, first, channels, attributes),
        shortcut_(attributes.shortcuts > 0 ? call.in(first + 4 + attributes.biases) : nullptr) {
    for (auto* numbers : {&given_.centre, &given_.factor, &given_.offset}) {
      std::vector<float> wide(wide_);
      for (ptrdiff_t i = 0; i < wide_; i++) wide[i] = (*numbers)[i % channels];
      numbers->swap(wide);
    }
  }

  // `shape`: of y.
  static bool Fits(Call& call, int first, const std::vector<int64_t>& shape, const Attributes& attributes) {
    return Given::Fits(call, first, shape.back(), attributes) &&
           (attributes.shortcuts == 0 || call.WantShape(first + 4 + attributes.biases, "the shortcut", shape));
  }

  // Pixels [pixel, pixel + count) of y.
  template <typename Act>
  void Run(float* y, ptrdiff_t pixel, ptrdiff_t count) const {
    float* to = y + pixel * channels_;
    const float* more = shortcut_ == nullptr ? nullptr : shortcut_ + pixel * channels_;
    const ptrdiff_t entries = count * channels_;
    for (ptrdiff_t i = 0; i < entries; i += wide_) {
      const ptrdiff_t size = std::min(wide_, entries - i);
      if (more != nullptr) Row<Act, true>(to + i, more + i, size);
      else Row<Act, false>(to + i, nullptr, size);
    }
  }

 private:
  template <typename Act, bool adds>
  void Row(float* to, const float* __restrict more, ptrdiff_t size) const {
    const float *__restrict m = given_.centre.data(), *__restrict f = given_.factor.data();
    const float* __restrict s = given_.offset.data();
    EachColumn(size, [=](ptrdiff_t i, auto load, auto store) {
      auto z = (load(to + i) - load(m + i)) * load(f + i) + load(s + i);
      if constexpr (adds) z += load(more + i);
      store(to + i, Act::Value(z));
    });
  }

  ptrdiff_t channels_, wide_;
  Given given_;
  const float* shortcut_;
};

}  // namespace cgan_kd
