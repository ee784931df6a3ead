// Batch normalisation, ReLU and max-pool over windows of 2 x 2 that do not overlap. What lies before the
// pool, four times as large as what comes after it, is never written, neither forward nor backward.
#include <vector>

#include "../core/activation.h"
#include "norm.h"
#include "../core/op.h"
#include "../core/windows.h"

namespace cgan_kd {
namespace {

// Inputs: x, scale, offset; and where the kernel is to move them the running mean and variance, with a bias or without:
// see `MoveStatistics`.
void Forward(Call& call, const Attributes& attributes) {
  const auto shape = call.shape(0);
  if (!WantEven(call, 0, "x") || !call.WantVectors(1, call.inputs() - 1, shape[3])) return;
  const Windows windows(shape);
  const ptrdiff_t channels = windows.channels;
  const float *x = call.in(0), *scale = call.in(1), *offset = call.in(2);
  float* y = call.out(0, {shape[0], shape[1] / 2, shape[2] / 2, channels});
  float* mean = call.out(1, {channels});
  float* inverse = call.out(2, {channels});
  const Moments moments{mean, call.out(3, {channels}), inverse};
  const bool moves = call.inputs() > 3;
  float* next_mean = moves ? call.out(4, {channels}) : nullptr;
  if (!call.ok()) return;
  const Rows size(call.size(0) / channels, channels);
  TakeMoments(size, x, attributes.epsilon, moments);
  if (moves) MoveStatistics(call, 3, attributes.momentum, channels, moments, next_mean);
  const Line line(channels, scale, offset, moments.mean, moments.inverse);
  const float *f = line.factor.data(), *s = line.shift.data();
  const ptrdiff_t down = 2 * windows.columns * channels;
  windows.Each([=](int, ptrdiff_t window, ptrdiff_t at) {
    const float *a = x + at, *b = a + channels, *c = a + down, *d = c + channels;
    float* to = y + window;
    EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
      const auto factor = load(f + i), shift = load(s + i);
      const auto va = load(a + i) * factor + shift, vb = load(b + i) * factor + shift;
      const auto vc = load(c + i) * factor + shift, vd = load(d + i) * factor + shift;
      const auto top = va >= vb ? va : vb, bottom = vc >= vd ? vc : vd;
      store(to + i, Relu::Value(top >= bottom ? top : bottom));
    });
  });
}

// Inputs: dy, x, scale, offset, mean, inverse standard deviation. The first of equal entries takes the
// slope.
void Backward(Call& call, const Attributes&) {
  const auto shape = call.shape(1);
  if (!WantEven(call, 1, "x") || !call.WantShape(0, "dy", {shape[0], shape[1] / 2, shape[2] / 2, shape[3]}) ||
      !call.WantVectors(2, 4, shape[3])) {
    return;
  }
  const Windows windows(shape);
  const ptrdiff_t channels = windows.channels, pixels = call.size(1) / channels;
  const float *dy = call.in(0), *x = call.in(1), *scale = call.in(2), *offset = call.in(3);
  const float *mean = call.in(4), *inverse = call.in(5);
  float* dx = call.out(0, shape);
  float* dscale = call.out(1, {channels});
  float* doffset = call.out(2, {channels});
  if (!call.ok()) return;
  const Line line(channels, scale, offset, mean, inverse);
  const float *f = line.factor.data(), *s = line.shift.data();
  const ptrdiff_t down = 2 * windows.columns * channels;
  std::vector<float> sums(windows.parts * channels), products(windows.parts * channels);
  float *all_sums = sums.data(), *all_products = products.data();
  windows.Each([=](int part, ptrdiff_t window, ptrdiff_t at) {
    const float *a = x + at, *b = a + channels, *c = a + down, *d = c + channels;
    const float* slope = dy + window;
    float *sum = all_sums + part * channels, *product = all_products + part * channels;
    EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
      const auto factor = load(f + i), shift = load(s + i);
      const auto xa = load(a + i), xb = load(b + i), xc = load(c + i), xd = load(d + i);
      const auto va = xa * factor + shift, vb = xb * factor + shift;
      const auto vc = xc * factor + shift, vd = xd * factor + shift;
      const auto top = va >= vb ? va : vb, bottom = vc >= vd ? vc : vd;
      const auto x_top = va >= vb ? xa : xb, x_bottom = vc >= vd ? xc : xd;
      const auto g = Relu::Slope(load(slope + i), top >= bottom ? top : bottom);
      store(sum + i, load(sum + i) + g);
      store(product + i,
            load(product + i) + g * ((top >= bottom ? x_top : x_bottom) - load(mean + i)));
    });
  });
  const Slopes slopes(channels, pixels, Folded(sums, channels), Folded(products, channels), mean,
                      inverse, line.factor, dscale, doffset);
  const float *p = slopes.p.data(), *q = slopes.q.data();
  windows.Each([=](int, ptrdiff_t window, ptrdiff_t at) {
    const ptrdiff_t b = at + channels, c = at + down, d = c + channels;
    const float* slope = dy + window;
    EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
      const auto factor = load(f + i), shift = load(s + i), tilt = load(p + i), level = load(q + i);
      const auto xa = load(x + at + i), xb = load(x + b + i);
      const auto xc = load(x + c + i), xd = load(x + d + i);
      const auto va = xa * factor + shift, vb = xb * factor + shift;
      const auto vc = xc * factor + shift, vd = xd * factor + shift;
      const auto top = va >= vb ? va : vb, bottom = vc >= vd ? vc : vd;
      const auto g = Relu::Slope(load(slope + i), top >= bottom ? top : bottom) * factor;
      const auto none = g - g;
      const auto upper = top >= bottom ? g : none, lower = top >= bottom ? none : g;
      store(dx + at + i, (va >= vb ? upper : none) + (xa * tilt + level));
      store(dx + b + i, (va >= vb ? none : upper) + (xb * tilt + level));
      store(dx + c + i, (vc >= vd ? lower : none) + (xc * tilt + level));
      store(dx + d + i, (vc >= vd ? none : lower) + (xd * tilt + level));
    });
  });
}

}  // namespace

bool RegisterNormPool() {
  return Register<Forward>({"CganKdNormPool",
                            {"x: float", "scale: float", "offset: float"},
                            {"y: float", "mean: float", "inverse: float", "variance: float"},
                            {"epsilon: float"}}) &&
         Register<Forward>({"CganKdNormPoolMoving",
                            {"x: float", "scale: float", "offset: float", "running_mean: float",
                             "running_variance: float"},
                            {"y: float", "mean: float", "inverse: float", "next_variance: float",
                             "next_mean: float"},
                            {"epsilon: float", "momentum: float"}}) &&
         Register<Forward>({"CganKdNormPoolMovingBias",
                            {"x: float", "scale: float", "offset: float", "running_mean: float",
                             "running_variance: float", "bias: float"},
                            {"y: float", "mean: float", "inverse: float", "next_variance: float",
                             "next_mean: float"},
                            {"epsilon: float", "momentum: float"}}) &&
         Register<Backward>({"CganKdNormPoolGrad",
                             {"dy: float", "x: float", "scale: float", "offset: float",
                              "mean: float", "inverse: float"},
                             {"dx: float", "dscale: float", "doffset: float"},
                             {}});
}

}  // namespace cgan_kd
