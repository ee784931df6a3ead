// Two maps side by side in channels, and the batch normalisation of both with the activation that follows. Statistics
// are taken while the maps are joined, and slopes are parted while they are written: neither is a pass of its own.
#include <algorithm>
#include <vector>

#include "../core/activation.h"
#include "norm.h"
#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

// Inputs: a [..., m], b [..., n] of the same pixels, scale and offset of m + n channels; and the running mean and
// variance, where the kernel is to move them: see `MoveStatistics`.
template <typename Act>
void JoinNormalise(Call& call, const Attributes& attributes) {
  if (!WantSamePixels(call, 0, 1)) return;
  auto shape = call.shape(0);
  const ptrdiff_t m = shape.back(), n = call.shape(1).back(), channels = m + n, pixels = PixelsOf(shape);
  if (!call.WantVectors(2, call.inputs() - 2, channels)) return;
  shape.back() = channels;
  const float *a = call.in(0), *b = call.in(1), *scale = call.in(2), *offset = call.in(3);
  const bool moves = call.inputs() > 4;
  float* y = call.out(0, shape);
  float* mean = call.out(1, {channels});
  float* inverse = call.out(2, {channels});
  float* variance = call.out(3, {channels});
  float* next_mean = moves ? call.out(4, {channels}) : nullptr;
  float* joined = call.out(moves ? 5 : 4, shape);
  if (!call.ok()) return;
  const Rows size(pixels, channels);
  const ptrdiff_t repeat = size.wide / channels;
  TakeMoments(size, joined, attributes.epsilon, {mean, variance, inverse}, [=](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t p = begin * repeat; p < end * repeat; p++) {
      Copy(joined + p * channels, a + p * m, m);
      Copy(joined + p * channels + m, b + p * n, n);
    }
  });
  if (moves) MoveStatistics(call, 4, attributes.momentum, channels, {mean, variance, inverse}, next_mean);
  ApplyLine<Act>(size, joined, Line(channels, scale, offset, mean, inverse), y);
}

// Inputs: dy, the joined map, scale, offset, mean, inverse standard deviation, slopes that reached the joined map on
// another way; a and b (only their shapes are read).
template <typename Act>
void JoinNormaliseGradient(Call& call) {
  if (!WantSamePixels(call, 7, 8)) return;
  const auto first = call.shape(7), second = call.shape(8);
  const ptrdiff_t m = first.back(), n = second.back(), channels = m + n, pixels = PixelsOf(first);
  auto both = first;
  both.back() = channels;
  if (!call.WantShape(0, "dy", both) || !call.WantShape(1, "the joined map", both) ||
      !call.WantVectors(2, 4, channels) || !call.WantShape(6, "other", both)) {
    return;
  }
  float* da = call.out(0, first);
  float* db = call.out(1, second);
  float* dscale = call.out(2, {channels});
  float* doffset = call.out(3, {channels});
  if (!call.ok()) return;
  const float *scale = call.in(2), *offset = call.in(3), *mean = call.in(4), *inverse = call.in(5);
  const LineSlopes given{call.in(0), call.in(1), mean, inverse, call.in(6)};
  const Rows size(pixels, channels);
  const ptrdiff_t repeat = size.wide / channels;
  const Line line(channels, scale, offset, mean, inverse);
  const LineGradient<Act> gradient(size, line, given, dscale, doffset);
  size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
    // Rows at a time: a read of what was just written in another stride would wait for it.
    std::vector<float> buffer(kRowsAtOnce * size.wide);
    for (ptrdiff_t r = begin; r < end; r += kRowsAtOnce) {
      const ptrdiff_t stop = std::min(end, r + kRowsAtOnce);
      for (ptrdiff_t i = r; i < stop; i++) gradient.Row(i, buffer.data() + (i - r) * size.wide);
      const float* from = buffer.data();
      for (ptrdiff_t p = r * repeat; p < stop * repeat; p++, from += channels) {
        Copy(da + p * m, from, m);
        Copy(db + p * n, from + m, n);
      }
    }
  });
}

void Forward(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation, [&](auto act) { JoinNormalise<decltype(act)>(call, attributes); });
}

void Backward(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation, [&](auto act) { JoinNormaliseGradient<decltype(act)>(call); });
}

}  // namespace

bool RegisterNormJoin() {
  return Register<Forward>({"CganKdNormJoin",
                            {"a: float", "b: float", "scale: float", "offset: float"},
                            {"y: float", "mean: float", "inverse: float", "variance: float", "joined: float"},
                            {"epsilon: float", "activation: int"}}) &&
         Register<Forward>({"CganKdNormJoinMoving",
                            {"a: float", "b: float", "scale: float", "offset: float", "running_mean: float",
                             "running_variance: float"},
                            {"y: float", "mean: float", "inverse: float", "next_variance: float",
                             "next_mean: float", "joined: float"},
                            {"epsilon: float", "activation: int", "momentum: float"}}) &&
         Register<Backward>({"CganKdNormJoinGrad",
                             {"dy: float", "joined: float", "scale: float", "offset: float", "mean: float",
                              "inverse: float", "other: float", "a: float", "b: float"},
                             {"da: float", "db: float", "dscale: float", "doffset: float"},
                             {"activation: int"}});
}

}  // namespace cgan_kd
