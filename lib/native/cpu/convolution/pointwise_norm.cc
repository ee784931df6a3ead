// Convolutions of 1 x 1 that end in batch normalisation and its activation, in training: three passes over the result in
// place of four, and back four in place of seven, as slopes before the normalisation never leave the cache.
#include <algorithm>
#include <memory>
#include <vector>

#include "../core/activation.h"
#include "../core/prefetch.h"
#include "conv_norm.h"
#include "../core/op.h"
#include "../core/parallel.h"
#include "pointwise.h"

namespace cgan_kd {
namespace {

constexpr ptrdiff_t kWritten = 8 << 10;   // floats of the result that are computed before they are written
constexpr ptrdiff_t kSloped = 32 << 10;   // floats of maps on both sides that a thread works on at once
constexpr ptrdiff_t kLargest = 64 << 10;  // filter whose sums stay in a thread's cache
constexpr ptrdiff_t kAllSums = 1 << 20;   // floats of all threads' sums

// Rows of `pixels` pixels each that hold about so many floats.
ptrdiff_t RowsIn(ptrdiff_t floats, ptrdiff_t per_pixel, ptrdiff_t pixels) {
  return std::max<ptrdiff_t>(1, floats / (per_pixel * pixels));
}

// Inputs: x, filter [1, 1, in, out], and those of `NormStep`.
template <typename Act, typename Factor>
void Run(Call& call, const Attributes& attributes) {
  Pixels pixels;
  const auto filter = call.shape(1);
  if (!DescribePixels(call, call.shape(0), filter, attributes.stride, &pixels)) return;
  pixels.x = call.in(0);
  const ptrdiff_t in = pixels.in, out = filter[3];
  const std::vector<int64_t> shape{pixels.batch, pixels.Rows(), pixels.Columns(), out};
  if (!NormStep::Fits(call, shape, attributes)) return;
  const NormStep step(call, shape, attributes);
  if (!call.ok()) return;
  const float* w = call.in(1);
  const auto multiply = MultiplierOf<Factor>(in, out, [=](ptrdiff_t k, ptrdiff_t column) { return w[k * out + column]; });
  const Rows size(pixels.Count(), out);
  const ptrdiff_t repeat = size.wide / out, most = RowsIn(kWritten, out, repeat);
  // Pixels that a stride takes apart come `kGathered` at a time, rounded down to whole rows.
  const ptrdiff_t block = (pixels.stride == 1 ? most : std::min(most, kGathered / repeat)) * repeat;
  const bool streams = Streams(step.z, size.rows * size.wide, size.wide);
  const bool fetches = pixels.stride == 1 && pixels.Count() * in >= kFetched;
  std::vector<float> first(out);
  multiply(pixels.x, 1, first.data(), false, false);
  GrowingMoments sums(size, first.data());
  size.Each([&](int part, ptrdiff_t begin, ptrdiff_t end) {
    std::vector<float> buffer(block * out);
    pixels.Each(begin * repeat, end * repeat, block, [&](ptrdiff_t p, ptrdiff_t count, const float* x) {
      multiply(x, count, buffer.data(), false, fetches);
      sums.Write(part, buffer.data(), count / repeat, step.z + p * out, streams);
    });
    EndStream();
  });
  step.Finish<Act>(call, size, sums, attributes);
}

// Slopes before the normalisation are computed a few pixels at a time and used for both products.
template <typename Act, typename Factor>
void SlopesAtOnce(const NormStepSlopes& s, const Pixels& pixels, const Rows& size) {
  const ptrdiff_t in = pixels.in, out = size.channels, repeat = size.wide / out;
  const auto gradient = s.Gradient<Act>(size);
  const float* w = s.filter;
  const auto multiply = MultiplierOf<Factor>(out, in, [=](ptrdiff_t k, ptrdiff_t column) { return w[column * out + k]; });
  const Tiles tiles(out);
  const ptrdiff_t filter = in * tiles.wide, block = RowsIn(kSloped, in + out, repeat);
  const int parts = static_cast<int>(std::min<ptrdiff_t>(size.parts, std::max<ptrdiff_t>(1, kAllSums / filter)));
  const bool streams = Streams(s.dx, pixels.Count() * in, in);
  const bool fetches = pixels.Count() * std::max(in, out) >= kFetched;
  std::vector<float> sums(parts * filter);
  ParallelFor(parts, [&](int part) {
    std::vector<float> buffer(block * size.wide);
    const ptrdiff_t end = PartStart(size.rows, parts, part + 1);
    for (ptrdiff_t row = PartStart(size.rows, parts, part); row < end; row += block) {
      const ptrdiff_t count = std::min(block, end - row), p = row * repeat;
      for (ptrdiff_t i = 0; i < count; i++) gradient.Row(row + i, &buffer[i * size.wide]);
      multiply(buffer.data(), count * repeat, s.dx + p * in, streams, false);
      Prefetcher fetcher(GroupsOf(in) * tiles.list.size());
      if (fetches) {
        const ptrdiff_t next = p + count * repeat, more = block * repeat;
        fetcher.Add(s.x + next * in, more * in);
        fetcher.Add(s.dy + next * out, more * out);
        fetcher.Add(s.z + next * out, more * out);
      }
      AddRows<Factor>(s.x + p * in, in, 0, in, buffer.data(), out, count * repeat, tiles, 0, tiles.list.size(),
                      &sums[part * filter], &fetcher);
    }
  });
  FoldOuter(sums, parts, in, tiles, out, s.dfilter);
}

template <typename Act, typename Factor>
void SlopesInTurn(const NormStepSlopes& s, const Pixels& pixels, const Rows& size) {
  const ptrdiff_t out = size.channels;
  const auto gradient = s.Gradient<Act>(size);
  const std::unique_ptr<float[]> dz(new float[size.rows * size.wide]);
  size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t r = begin; r < end; r++) gradient.Row(r, dz.get() + r * size.wide);
  });
  PointwiseInputGradient<Factor>(pixels, dz.get(), s.filter, out, s.dx);
  OuterProduct<Factor>(pixels, dz.get(), out, s.dfilter);
}

// Inputs and outputs: those of `NormStepSlopes`.
template <typename Act, typename Factor>
void RunGradient(Call& call, const Attributes& attributes) {
  Pixels pixels;
  const auto filter = call.shape(2);
  if (!DescribePixels(call, call.shape(1), filter, attributes.stride, &pixels)) return;
  const ptrdiff_t in = pixels.in, out = filter[3];
  if (!NormStepSlopes::Fits(call, {pixels.batch, pixels.Rows(), pixels.Columns(), out})) return;
  const NormStepSlopes slopes(call);
  if (!call.ok()) return;
  pixels.x = slopes.x;
  const Rows size(pixels.Count(), out);
  const bool at_once = pixels.stride == 1 && std::min(in, out) >= kLanes && in * out <= kLargest;
  if (at_once) SlopesAtOnce<Act, Factor>(slopes, pixels, size);
  else SlopesInTurn<Act, Factor>(slopes, pixels, size);
}

void Forward(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation, [&](auto act) {
    WithFactors(call, attributes, [&](auto factor) { Run<decltype(act), decltype(factor)>(call, attributes); });
  });
}

void Backward(Call& call, const Attributes& attributes) {
  WithActivation(attributes.activation, [&](auto act) {
    WithFactors(call, attributes, [&](auto factor) { RunGradient<decltype(act), decltype(factor)>(call, attributes); });
  });
}

}  // namespace

bool RegisterPointwiseNorm() {
  return Register<Forward>({"CganKdPointwiseNormStep",
                            {"x: float", "filter: float", "scale: float", "offset: float",
                             "shortcut: shortcuts * float", "running_mean: float", "running_variance: float"},
                            {"y: float", "z: float", "mean: float", "inverse: float", "next_variance: float",
                             "next_mean: float"},
                            {"stride: int", "epsilon: float", "activation: int", "momentum: float",
                             "shortcuts: int >= 0", "bf16: int"}}) &&
         Register<Backward>({"CganKdPointwiseNormStepGrad",
                             {"dy: float", "x: float", "filter: float", "z: float", "scale: float", "offset: float",
                              "mean: float", "inverse: float"},
                             {"dx: float", "dfilter: float", "dscale: float", "doffset: float"},
                             {"stride: int", "activation: int", "bf16: int"}});
}

}  // namespace cgan_kd
