// Depthwise convolutions and their gradients.
#include <algorithm>
#include <vector>

#include "../core/activation.h"
#include "depthwise.h"
#include "../normalisation/norm_inference.h"
#include "../core/op.h"
#include "../core/parallel.h"

namespace cgan_kd {
namespace {

// `then(y, first, count)` gets the pixels of a line as soon as they are written; it reads them unless `alone`.
template <bool alone, typename Then>
void Forward(const Maps& m, const float* x, const float* filter, float* y, const Then& then) {
  const bool streams = alone && Streams(y, m.batch * m.OutPixels(), m.channels);
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    for (ptrdiff_t row = 0; row < m.out_height; row++) {
      const ptrdiff_t pixel = (n * m.out_height + row) * m.out_width;
      ForwardLine(m, x + n * m.Pixels(), filter, row, y + pixel * m.channels, streams);
      then(y, pixel, m.out_width);
    }
    EndStream();
  });
}

void InputGradient(const Maps& m, const float* dy, const float* filter, float* dx) {
  const bool streams = Streams(dx, m.batch * m.Pixels(), m.channels);
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    for (ptrdiff_t row = 0; row < m.height; row++) {
      float* to = dx + (n * m.height + row) * m.width * m.channels;
      InputGradientLine(m, dy + n * m.OutPixels(), filter, row, to, streams);
    }
    EndStream();
  });
}

void FilterGradient(const Maps& m, const float* x, const float* dy, float* dfilter) {
  const ptrdiff_t size = m.kernel * m.kernel * m.channels;
  const int parts = PartsOf(m.batch, kLeastImages);
  std::vector<float> sums(parts * size);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t n = PartStart(m.batch, parts, part); n < PartStart(m.batch, parts, part + 1); n++) {
      const float* slope = dy + n * m.OutPixels();
      for (ptrdiff_t row = 0; row < m.out_height; row++, slope += m.out_width * m.channels) {
        AddFilterLine(m, x + n * m.Pixels(), slope, row, &sums[part * size]);
      }
    }
  });
  FoldFilter(sums, parts, dfilter);
}

float* Output(Call& call, const Maps& m) {
  return call.out(0, {m.batch, m.out_height, m.out_width, m.channels});
}

void RunForward(Call& call, const Attributes& attributes) {
  Maps m;
  if (!DescribeDepthwiseForward(call, attributes, &m)) return;
  float* y = Output(call, m);
  if (call.ok()) Forward<true>(m, call.in(0), call.in(1), y, [](float*, ptrdiff_t, ptrdiff_t) {});
}

// Inputs: x, filter, and those of `Ending`.
void RunForwardNorm(Call& call, const Attributes& attributes) {
  Maps m;
  if (!DescribeDepthwiseForward(call, attributes, &m) ||
      !Ending::Fits(call, 2, {m.batch, m.out_height, m.out_width, m.channels}, attributes)) {
    return;
  }
  float* y = Output(call, m);
  if (!call.ok()) return;
  const Ending ending(call, 2, m.channels, attributes);
  WithActivation(attributes.activation, [&](auto act) {
    Forward<false>(m, call.in(0), call.in(1), y, [&](float* to, ptrdiff_t first, ptrdiff_t count) {
      ending.Run<decltype(act)>(to, first, count);
    });
  });
}

// Inputs: x, filter, dy.
void RunBackward(Call& call, const Attributes& attributes) {
  Maps m;
  if (!DescribeDepthwise(call, attributes, 0, 2, &m)) return;
  float* dx = call.out(0, call.shape(0));
  float* dfilter = call.out(1, call.shape(1));
  if (!call.ok()) return;
  InputGradient(m, call.in(2), call.in(1), dx);
  FilterGradient(m, call.in(0), call.in(2), dfilter);
}

}  // namespace

bool RegisterDepthwise() {
  return Register<RunForward>({"CganKdDepthwise",
                               {"x: float", "filter: float"},
                               {"y: float"},
                               {"kernel: int", "stride: int", "before: int", "after: int"}}) &&
         Register<RunForwardNorm>({"CganKdDepthwiseNorm",
                                   {"x: float", "filter: float", "scale: float", "offset: float",
                                    "mean: float", "variance: float"},
                                   {"y: float"},
                                   {"kernel: int", "stride: int", "before: int", "after: int",
                                    "epsilon: float", "activation: int"}}) &&
         Register<RunBackward>({"CganKdDepthwiseGrad",
                                {"x: float", "filter: float", "dy: float"},
                                {"dx: float", "dfilter: float"},
                                {"kernel: int", "stride: int", "before: int"}});
}

}  // namespace cgan_kd
