// Depthwise convolutions that end in batch normalisation and its activation, in training: four passes over maps in place
// of five, and back six in place of nine, as slopes before the normalisation never leave the cache.
#include <algorithm>
#include <vector>

#include "../core/activation.h"
#include "../core/prefetch.h"
#include "conv_norm.h"
#include "depthwise.h"
#include "../core/op.h"
#include "../core/parallel.h"

namespace cgan_kd {
namespace {

// The result as rows that end with its lines.
Rows LinesOf(const Maps& m) { return Rows(m.batch * m.out_height * m.out_width, m.channels, m.out_width); }

// Inputs: x, filter [kernel, kernel, channels, 1], and those of `NormStep`.
template <typename Act>
void Run(Call& call, const Attributes& attributes) {
  Maps m;
  if (!DescribeDepthwiseForward(call, attributes, &m) ||
      !NormStep::Fits(call, {m.batch, m.out_height, m.out_width, m.channels}, attributes)) {
    return;
  }
  const float *x = call.in(0), *filter = call.in(1);
  const NormStep step(call, {m.batch, m.out_height, m.out_width, m.channels}, attributes);
  if (!call.ok()) return;
  const Rows size = LinesOf(m);
  Rows images = size;
  images.parts = PartsOf(m.batch, 1);
  const ptrdiff_t line = m.out_width * m.channels, width = m.width * m.channels;
  const bool fetches = m.batch * m.Pixels() >= kFetched;
  const bool streams = Streams(step.z, size.rows * size.wide, size.wide);
  std::vector<float> first(line);
  ForwardLine(m, x, filter, 0, first.data(), false);
  GrowingMoments sums(images, first.data());
  ParallelFor(images.parts, [&](int part) {
    std::vector<float> buffer(line);
    const ptrdiff_t end = PartStart(m.batch, images.parts, part + 1);
    for (ptrdiff_t n = PartStart(m.batch, images.parts, part); n < end; n++) {
      for (ptrdiff_t row = 0; row < m.out_height; row++) {
        const float* image = x + n * m.Pixels();
        Prefetcher fetcher(CallsOf(m));
        // The next line reads one that this one does not.
        if (fetches) fetcher.Add(image + (row * m.stride + m.kernel - m.before) * width, m.stride * width);
        ForwardLine(m, image, filter, row, buffer.data(), false, &fetcher);
        sums.Write(part, buffer.data(), line / size.wide, step.z + (n * m.out_height + row) * line, streams);
      }
    }
    EndStream();
  });
  step.Finish<Act>(call, size, sums, attributes);
}

// Inputs and outputs: those of `NormStepSlopes`.
template <typename Act>
void RunGradient(Call& call, const Attributes& attributes) {
  Maps m;
  if (!DescribeDepthwise(call, attributes, 1, 3, &m) ||
      !NormStepSlopes::Fits(call, {m.batch, m.out_height, m.out_width, m.channels})) {
    return;
  }
  const NormStepSlopes s(call);
  if (!call.ok()) return;
  const Rows size = LinesOf(m);
  const auto gradient = s.Gradient<Act>(size);
  const ptrdiff_t line = m.out_width * m.channels, rows = line / size.wide, width = m.width * m.channels;
  const ptrdiff_t filter = m.kernel * m.kernel * m.channels;
  const bool streams = Streams(s.dx, m.batch * m.Pixels(), m.channels);
  const bool fetches = m.batch * m.Pixels() >= kFetched;
  const int parts = PartsOf(m.batch, kLeastImages);
  std::vector<float> sums(parts * filter);
  ParallelFor(parts, [&](int part) {
    std::vector<float> slopes(m.OutPixels());
    const ptrdiff_t end = PartStart(m.batch, parts, part + 1);
    for (ptrdiff_t n = PartStart(m.batch, parts, part); n < end; n++) {
      float* dx = s.dx + n * m.Pixels();
      ptrdiff_t done = 0;  // lines of dx
      for (ptrdiff_t row = 0; row < m.out_height; row++) {
        float* to = &slopes[row * line];
        const ptrdiff_t first = (n * m.out_height + row) * rows;
        for (ptrdiff_t r = 0; r < rows; r++) gradient.Row(first + r, to + r * size.wide);
        const float* image = s.x + n * m.Pixels();
        Prefetcher fetcher(FilterCallsOf(m));
        if (fetches) {
          const ptrdiff_t next = (n * m.out_height + row + 1) * line;
          fetcher.Add(s.dy + next, line);
          fetcher.Add(s.z + next, line);
          fetcher.Add(image + (row * m.stride + m.kernel - m.before) * width, m.stride * width);
        }
        AddFilterLine(m, image, to, row, &sums[part * filter], &fetcher);
        for (; done < m.height && LastLine(m, done) <= row; done++) {
          InputGradientLine(m, slopes.data(), s.filter, done, dx + done * width, streams);
        }
      }
    }
    EndStream();
  });
  FoldFilter(sums, parts, s.dfilter);
}

void Forward(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation, [&](auto act) { Run<decltype(act)>(call, attributes); });
}

void Backward(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation, [&](auto act) { RunGradient<decltype(act)>(call, attributes); });
}

}  // namespace

bool RegisterDepthwiseNorm() {
  return Register<Forward>({"CganKdDepthwiseNormStep",
                            {"x: float", "filter: float", "scale: float", "offset: float",
                             "shortcut: shortcuts * float", "running_mean: float", "running_variance: float"},
                            {"y: float", "z: float", "mean: float", "inverse: float", "next_variance: float",
                             "next_mean: float"},
                            {"kernel: int", "stride: int", "before: int", "after: int", "epsilon: float",
                             "activation: int", "momentum: float", "shortcuts: int >= 0"}}) &&
         Register<Backward>({"CganKdDepthwiseNormStepGrad",
                             {"dy: float", "x: float", "filter: float", "z: float", "scale: float", "offset: float",
                              "mean: float", "inverse: float"},
                             {"dx: float", "dfilter: float", "dscale: float", "doffset: float"},
                             {"kernel: int", "stride: int", "before: int", "activation: int"}});
}

}  // namespace cgan_kd
