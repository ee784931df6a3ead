// Batch normalisation by running statistics: what the kernels for whole maps and for windows share.
#pragma once

#include <cmath>
#include <vector>

#include "op.h"

namespace cgan_kd {

// The normalised entry is (x - centre) factor + offset. x is not multiplied before the centre is taken away, so that
// a large mean does not drown a small variance.
struct Given {
  std::vector<float> centre, factor, offset;

  // Inputs from `first`: scale, offset, mean, variance, and a bias of x where the operation was told of one.
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
    bool fits = true;
    for (int i = 0; i < 4 + attributes.biases; i++) fits = fits && call.size(first + i) == channels;
    return call.Want(fits, "want a scale, offset, mean, variance and bias a channel");
  }
};

}  // namespace cgan_kd
