// Batch normalisation over the last axis, joined with the activation behind it: three passes over memory
// forward and five backward, where separate operations make five and nine.
#include <vector>

#include "activation.h"
#include "norm.h"
#include "op.h"
#include "rows.h"

namespace cgan_kd {
namespace {

ptrdiff_t PixelsOf(const std::vector<int64_t>& shape) {
  ptrdiff_t pixels = 1;
  for (size_t d = 0; d + 1 < shape.size(); d++) pixels *= shape[d];
  return pixels;
}

// Inputs: x, scale, offset; and the running mean and variance, where the kernel is to move them, with a bias or without:
// see `MoveStatistics`.
template <typename Act>
void Normalise(Call& call, const Attributes& attributes) {
  const auto shape = call.shape(0);
  const ptrdiff_t channels = shape.back(), pixels = PixelsOf(shape);
  if (!call.Want(call.size(1) == channels && call.size(2) == channels && pixels > 0,
                 "want one scale and one offset a channel")) {
    return;
  }
  const float *x = call.in(0), *scale = call.in(1), *offset = call.in(2);
  const bool moves = call.inputs() > 3;
  float* y = call.out(0, shape);
  float* mean = call.out(1, {channels});
  float* inverse = call.out(2, {channels});
  float* variance = call.out(3, {channels});
  float* next_mean = moves ? call.out(4, {channels}) : nullptr;
  if (!call.ok()) return;
  const Rows size(pixels, channels);
  const ptrdiff_t wide = size.wide;

  TakeMoments(size, x, attributes.epsilon, {mean, variance, inverse});
  if (moves &&
      !MoveStatistics(call, 3, attributes.momentum, channels, {mean, variance, inverse}, next_mean)) {
    return;
  }
  const Line line(channels, scale, offset, mean, inverse);
  const auto wide_factor = size.Widen(line.factor), wide_shift = size.Widen(line.shift);
  size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
    const float *__restrict f = wide_factor.data(), *__restrict s = wide_shift.data();
    for (ptrdiff_t r = begin; r < end; r++) {
      const float* __restrict in = x + r * wide;
      float* __restrict to = y + r * wide;
      EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) {
        store(to + i, Act::Value(load(in + i) * load(f + i) + load(s + i)));
      });
    }
  });
}

// Inputs: dy, x, scale, offset, mean, inverse standard deviation; and a slope that reached x on another way,
// which is added to dx.
template <typename Act>
void NormaliseGradient(Call& call, const Attributes&) {
  const auto shape = call.shape(1);
  const ptrdiff_t channels = shape.back(), pixels = PixelsOf(shape);
  if (!call.Want(call.size(0) == call.size(1), "want a slope for each entry")) return;
  const float *dy = call.in(0), *x = call.in(1), *scale = call.in(2), *offset = call.in(3);
  const float *mean = call.in(4), *inverse = call.in(5);
  const float* other = call.inputs() > 6 ? call.in(6) : nullptr;
  if (!call.Want(other == nullptr || call.size(6) == call.size(1), "want a slope for each entry")) {
    return;
  }
  float* dx = call.out(0, shape);
  float* dscale = call.out(1, {channels});
  float* doffset = call.out(2, {channels});
  if (!call.ok()) return;
  const Rows size(pixels, channels);
  const ptrdiff_t wide = size.wide;
  const Line line(channels, scale, offset, mean, inverse);
  const auto wide_factor = size.Widen(line.factor), wide_shift = size.Widen(line.shift);
  const auto wide_mean = size.Widen(std::vector<float>(mean, mean + channels));
  std::vector<float> sums(size.parts * wide), products(size.parts * wide);
  size.Each([&](int part, ptrdiff_t begin, ptrdiff_t end) {
    const float *__restrict in = x, *__restrict slope = dy, *__restrict m = wide_mean.data();
    const float *__restrict f = wide_factor.data(), *__restrict s = wide_shift.data();
    SumRows(wide, begin, end, &sums[part * wide], &products[part * wide],
            [=](ptrdiff_t c, ptrdiff_t at, auto load, auto* a, auto* b) {
              const auto z = load(in + at);
              const auto g = Act::Slope(load(slope + at), z * load(f + c) + load(s + c));
              *a += g;
              *b += g * (z - load(m + c));
            });
  });
  const auto sum = size.Fold(sums), product = size.Fold(products);
  const Slopes slopes(channels, pixels, sum, product, mean, inverse, line.factor, dscale, doffset);
  const auto wide_p = size.Widen(slopes.p), wide_q = size.Widen(slopes.q);
  size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
    const float *__restrict f = wide_factor.data(), *__restrict s = wide_shift.data();
    const float *__restrict a = wide_p.data(), *__restrict b = wide_q.data();
    for (ptrdiff_t r = begin; r < end; r++) {
      const float *__restrict in = x + r * wide, *__restrict slope = dy + r * wide;
      float* __restrict to = dx + r * wide;
      if (other != nullptr) {
        const float* __restrict more = other + r * wide;
        EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) {
          const auto z = load(in + i);
          const auto g = Act::Slope(load(slope + i), z * load(f + i) + load(s + i));
          store(to + i, g * load(f + i) + (z * load(a + i) + load(b + i)) + load(more + i));
        });
        continue;
      }
      EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) {
        const auto z = load(in + i);
        const auto g = Act::Slope(load(slope + i), z * load(f + i) + load(s + i));
        store(to + i, g * load(f + i) + (z * load(a + i) + load(b + i)));
      });
    }
  });
}

void Forward(Call& call, const Attributes& attributes) {
  switch (attributes.activation) {
    case 1: return Normalise<Relu>(call, attributes);
    case 2: return Normalise<Relu6>(call, attributes);
    case 3: return Normalise<Swish>(call, attributes);
    default: return Normalise<Identity>(call, attributes);
  }
}

void Backward(Call& call, const Attributes& attributes) {
  switch (attributes.activation) {
    case 1: return NormaliseGradient<Relu>(call, attributes);
    case 2: return NormaliseGradient<Relu6>(call, attributes);
    case 3: return NormaliseGradient<Swish>(call, attributes);
    default: return NormaliseGradient<Identity>(call, attributes);
  }
}

}  // namespace

bool RegisterNorm() {
  return Register<Forward>({"CganKdNorm",
                            {"x: float", "scale: float", "offset: float"},
                            {"y: float", "mean: float", "inverse: float", "variance: float"},
                            {"epsilon: float", "activation: int"}}) &&
         Register<Forward>({"CganKdNormMoving",
                            {"x: float", "scale: float", "offset: float", "running_mean: float",
                             "running_variance: float"},
                            {"y: float", "mean: float", "inverse: float", "next_variance: float",
                             "next_mean: float"},
                            {"epsilon: float", "activation: int", "momentum: float"}}) &&
         Register<Forward>({"CganKdNormMovingBias",
                            {"x: float", "scale: float", "offset: float", "running_mean: float",
                             "running_variance: float", "bias: float"},
                            {"y: float", "mean: float", "inverse: float", "next_variance: float",
                             "next_mean: float"},
                            {"epsilon: float", "activation: int", "momentum: float"}}) &&
         Register<Backward>({"CganKdNormGrad",
                             {"dy: float", "x: float", "scale: float", "offset: float",
                              "mean: float", "inverse: float"},
                             {"dx: float", "dscale: float", "doffset: float"},
                             {"activation: int"}}) &&
         Register<Backward>({"CganKdNormForkGrad",
                             {"dy: float", "x: float", "scale: float", "offset: float",
                              "mean: float", "inverse: float", "other: float"},
                             {"dx: float", "dscale: float", "doffset: float"},
                             {"activation: int"}});
}

}  // namespace cgan_kd
