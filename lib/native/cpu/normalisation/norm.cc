// Batch normalisation over the last axis, joined with the activation that follows: three passes over memory
// forward and five backward, where separate operations make five and nine.
#include <vector>

#include "../core/activation.h"
#include "norm.h"
#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

// Inputs: x, scale, offset; and the running mean and variance, where the kernel is to move them, with a bias or without:
// see `MoveStatistics`.
template <typename Act>
void Normalise(Call& call, const Attributes& attributes) {
  if (!call.WantPixels(0, "x")) return;
  const auto shape = call.shape(0);
  const ptrdiff_t channels = shape.back(), pixels = PixelsOf(shape);
  if (!call.WantVectors(1, call.inputs() - 1, channels)) return;
  const float *x = call.in(0), *scale = call.in(1), *offset = call.in(2);
  const bool moves = call.inputs() > 3;
  float* y = call.out(0, shape);
  float* mean = call.out(1, {channels});
  float* inverse = call.out(2, {channels});
  float* variance = call.out(3, {channels});
  float* next_mean = moves ? call.out(4, {channels}) : nullptr;
  if (!call.ok()) return;
  const Rows size(pixels, channels);
  TakeMoments(size, x, attributes.epsilon, {mean, variance, inverse});
  if (moves) MoveStatistics(call, 3, attributes.momentum, channels, {mean, variance, inverse}, next_mean);
  ApplyLine<Act>(size, x, Line(channels, scale, offset, mean, inverse), y);
}

// Inputs: dy, x, scale, offset, mean, inverse standard deviation; and a slope that reached x on another way,
// which is added to dx.
template <typename Act>
void NormaliseGradient(Call& call) {
  if (!call.WantPixels(1, "x")) return;
  const auto shape = call.shape(1);
  const ptrdiff_t channels = shape.back(), pixels = PixelsOf(shape);
  const bool is_forked = call.inputs() > 6;
  if (!call.WantShape(0, "dy", shape) || !call.WantVectors(2, 4, channels) ||
      (is_forked && !call.WantShape(6, "other", shape))) {
    return;
  }
  const float *dy = call.in(0), *x = call.in(1), *scale = call.in(2), *offset = call.in(3);
  const float *mean = call.in(4), *inverse = call.in(5);
  const float* other = is_forked ? call.in(6) : nullptr;
  float* dx = call.out(0, shape);
  float* dscale = call.out(1, {channels});
  float* doffset = call.out(2, {channels});
  if (!call.ok()) return;
  const Rows size(pixels, channels);
  const Line line(channels, scale, offset, mean, inverse);
  const bool streams = Streams(dx, size.rows * size.wide, size.wide);
  const LineGradient<Act> gradient(size, line, {dy, x, mean, inverse, other}, dscale, doffset);
  size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t r = begin; r < end; r++) gradient.Row(r, dx + r * size.wide, streams);
    EndStream();
  });
}

void Forward(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation, [&](auto act) { Normalise<decltype(act)>(call, attributes); });
}

void Backward(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation, [&](auto act) { NormaliseGradient<decltype(act)>(call); });
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
