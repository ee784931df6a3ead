// Batch normalisation by running statistics, joined with the bias before it and with the sum and the activation
// that follow: one pass over memory each way.
#include <vector>

#include "../core/activation.h"
#include "norm_inference.h"
#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

// y = Act((x - centre) factor + offset + shortcut) where `slope` is null, else dy Act' at that place; the gradient
// of x is this times `factor`. Both walk the same maps, and `shortcut` may be null.
template <typename Act, bool backward, bool adds, bool scaled>
void Walk(const Rows& size, const Given& given, const float* x, const float* shortcut, const float* slope,
          float* result) {
  const ptrdiff_t wide = size.wide;
  const auto centre = size.Widen(given.centre), factor = size.Widen(given.factor);
  const auto offset = size.Widen(given.offset);
  size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
    const float *__restrict m = centre.data(), *__restrict f = factor.data();
    const float* __restrict s = offset.data();
    for (ptrdiff_t r = begin; r < end; r++) {
      const float *__restrict in = x + r * wide, *__restrict more = adds ? shortcut + r * wide : nullptr;
      const float* __restrict dy = backward ? slope + r * wide : nullptr;
      float* __restrict to = result + r * wide;
      EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) {
        auto z = (load(in + i) - load(m + i)) * load(f + i) + load(s + i);
        if constexpr (adds) z += load(more + i);
        if constexpr (!backward) {
          store(to + i, Act::Value(z));
        } else if constexpr (scaled) {
          store(to + i, Act::Slope(load(dy + i), z) * load(f + i));
        } else {
          store(to + i, Act::Slope(load(dy + i), z));
        }
      });
    }
  });
}

// Inputs: dy where it is a gradient; x, scale, offset, mean, variance, a bias if wanted, and a map of x's shape that
// is added before the activation if wanted.
template <typename Act, bool backward, bool scaled>
void Run(Call& call, const Attributes& attributes) {
  const int first = backward ? 1 : 0;
  // Maps of no image have a result, of no image.
  if (!call.Want(!call.shape(first).empty(), "want x of rank 1 or more, [..., channels]")) return;
  const auto shape = call.shape(first);
  const ptrdiff_t channels = shape.back();
  const int last = first + 5 + attributes.biases;
  const bool adds = attributes.shortcuts > 0;
  if (!Given::Fits(call, first + 1, channels, attributes) ||
      (backward && !call.WantShape(0, "dy", shape)) || (adds && !call.WantShape(last, "the shortcut", shape))) {
    return;
  }
  float* result = call.out(0, shape);
  if (!call.ok() || call.size(first) == 0) return;
  const Given given(call, first + 1, channels, attributes);
  const Rows size(call.size(first) / channels, channels);
  const float *x = call.in(first), *slope = backward ? call.in(0) : nullptr;
  if (adds) {
    Walk<Act, backward, true, scaled>(size, given, x, call.in(last), slope, result);
  } else {
    Walk<Act, backward, false, scaled>(size, given, x, nullptr, slope, result);
  }
}

template <bool backward, bool scaled>
void Choose(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation,
                 [&](auto act) { Run<decltype(act), backward, scaled>(call, attributes); });
}

}  // namespace

bool RegisterNormInference() {
  const std::vector<const char*> inputs = {"x: float",        "scale: float",
                                           "offset: float",   "mean: float",
                                           "variance: float", "bias: biases * float",
                                           "shortcut: shortcuts * float"};
  std::vector<const char*> and_slope = {"dy: float"};
  and_slope.insert(and_slope.end(), inputs.begin(), inputs.end());
  const std::vector<const char*> attributes = {"epsilon: float", "activation: int",
                                               "biases: int >= 0", "shortcuts: int >= 0"};
  return Register<Choose<false, false>>({"CganKdNormInference", inputs, {"y: float"}, attributes}) &&
         Register<Choose<true, true>>({"CganKdNormInferenceGrad", and_slope, {"dx: float"}, attributes}) &&
         Register<Choose<true, false>>({"CganKdNormInferenceSlope", and_slope, {"dz: float"}, attributes});
}

}  // namespace cgan_kd
