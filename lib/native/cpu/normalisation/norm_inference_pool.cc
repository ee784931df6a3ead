// Batch normalisation by running statistics, ReLU and max-pool over windows of 2 x 2: the map before the pool, four
// times as large as the one after it, is never written.
#include <vector>

#include "../core/activation.h"
#include "norm_inference.h"
#include "../core/op.h"
#include "../core/rows.h"
#include "../core/windows.h"

namespace cgan_kd {
namespace {

// Inputs: x, scale, offset, mean, variance, and a bias if wanted.
void Forward(Call& call, const Attributes& attributes) {
  const auto shape = call.shape(0);
  if (!WantEven(call, 0, "x") || !Given::Fits(call, 1, shape[3], attributes)) return;
  const Windows windows(shape);
  const ptrdiff_t channels = windows.channels;
  float* y = call.out(0, {shape[0], shape[1] / 2, shape[2] / 2, channels});
  if (!call.ok()) return;
  const Given given(call, 1, channels, attributes);
  const float *x = call.in(0), *m = given.centre.data(), *f = given.factor.data();
  const float* s = given.offset.data();
  const ptrdiff_t down = 2 * windows.columns * channels;
  windows.Each([=](int, ptrdiff_t window, ptrdiff_t at) {
    const float *a = x + at, *b = a + channels, *c = a + down, *d = c + channels;
    float* to = y + window;
    EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
      const auto centre = load(m + i), factor = load(f + i), offset = load(s + i);
      const auto va = (load(a + i) - centre) * factor + offset;
      const auto vb = (load(b + i) - centre) * factor + offset;
      const auto vc = (load(c + i) - centre) * factor + offset;
      const auto vd = (load(d + i) - centre) * factor + offset;
      const auto top = va >= vb ? va : vb, bottom = vc >= vd ? vc : vd;
      store(to + i, Relu::Value(top >= bottom ? top : bottom));
    });
  });
}

// Inputs: dy and those of the forward pass. The first of equal entries takes the slope, which is that of x where
// `scaled`, else that of the normalised entry.
template <bool scaled>
void Backward(Call& call, const Attributes& attributes) {
  const auto shape = call.shape(1);
  if (!WantEven(call, 1, "x") || !call.WantShape(0, "dy", {shape[0], shape[1] / 2, shape[2] / 2, shape[3]}) ||
      !Given::Fits(call, 2, shape[3], attributes)) {
    return;
  }
  const Windows windows(shape);
  const ptrdiff_t channels = windows.channels;
  float* dx = call.out(0, shape);
  if (!call.ok()) return;
  const Given given(call, 2, channels, attributes);
  const float *dy = call.in(0), *x = call.in(1), *m = given.centre.data();
  const float *f = given.factor.data(), *s = given.offset.data();
  const ptrdiff_t down = 2 * windows.columns * channels;
  windows.Each([=](int, ptrdiff_t window, ptrdiff_t at) {
    const ptrdiff_t b = at + channels, c = at + down, d = c + channels;
    const float* slope = dy + window;
    EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
      const auto centre = load(m + i), factor = load(f + i), offset = load(s + i);
      const auto va = (load(x + at + i) - centre) * factor + offset;
      const auto vb = (load(x + b + i) - centre) * factor + offset;
      const auto vc = (load(x + c + i) - centre) * factor + offset;
      const auto vd = (load(x + d + i) - centre) * factor + offset;
      const auto top = va >= vb ? va : vb, bottom = vc >= vd ? vc : vd;
      auto g = Relu::Slope(load(slope + i), top >= bottom ? top : bottom);
      if constexpr (scaled) g *= factor;
      const auto none = g - g;
      const auto upper = top >= bottom ? g : none, lower = top >= bottom ? none : g;
      store(dx + at + i, va >= vb ? upper : none);
      store(dx + b + i, va >= vb ? none : upper);
      store(dx + c + i, vc >= vd ? lower : none);
      store(dx + d + i, vc >= vd ? none : lower);
    });
  });
}

}  // namespace

bool RegisterNormInferencePool() {
  const std::vector<const char*> inputs = {"x: float",    "scale: float",    "offset: float",
                                           "mean: float", "variance: float", "bias: biases * float"};
  std::vector<const char*> and_slope = {"dy: float"};
  and_slope.insert(and_slope.end(), inputs.begin(), inputs.end());
  const std::vector<const char*> attributes = {"epsilon: float", "biases: int >= 0"};
  return Register<Forward>({"CganKdNormInferencePool", inputs, {"y: float"}, attributes}) &&
         Register<Backward<true>>({"CganKdNormInferencePoolGrad", and_slope, {"dx: float"}, attributes}) &&
         Register<Backward<false>>({"CganKdNormInferencePoolSlope", and_slope, {"dz: float"}, attributes});
}

}  // namespace cgan_kd
