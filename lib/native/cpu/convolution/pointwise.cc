// Convolutions of 1 x 1 and their gradients.
#include <algorithm>
#include <vector>

#include "../core/activation.h"
#include "../normalisation/norm_inference.h"
#include "../core/op.h"
#include "pointwise.h"

namespace cgan_kd {
namespace {

// Inputs: x, filter [1, 1, in, out]; `then(y, first, count)` gets the pixels of a part as soon as they are written.
template <typename Factor, bool streams, typename Then>
void Multiply(Call& call, const Pixels& pixels, ptrdiff_t out, const Then& then) {
  const ptrdiff_t in = pixels.in, rows = pixels.Count();
  float* y = call.out(0, {pixels.batch, pixels.Rows(), pixels.Columns(), out});
  if (!call.ok()) return;
  const float* w = call.in(1);
  const auto multiply = MultiplierOf<Factor>(in, out, [=](ptrdiff_t k, ptrdiff_t column) { return w[k * out + column]; });
  const int parts = PartsOf(rows, std::max<ptrdiff_t>(kTileRows, (1 << 15) / (in + out)));
  const bool around = streams && Streams(y, rows * out, out), fetches = pixels.stride == 1 && rows * in >= kFetched;
  ParallelFor(parts, [&](int part) {
    pixels.Each(PartStart(rows, parts, part), PartStart(rows, parts, part + 1), rows,
                [&](ptrdiff_t first, ptrdiff_t count, const float* x) {
                  multiply(x, count, y + first * out, around, fetches);
                  then(y, first, count);
                });
  });
}

void Forward(Call& call, const Attributes& attributes) {
  Pixels pixels;
  const auto filter = call.shape(1);
  if (!DescribePixels(call, call.shape(0), filter, attributes.stride, &pixels)) return;
  pixels.x = call.in(0);
  WithFactors(call, attributes, [&](auto factor) {
    Multiply<decltype(factor), true>(call, pixels, filter[3], [](float*, ptrdiff_t, ptrdiff_t) {});
  });
}

// Inputs: x, filter, and those of `Ending`.
void ForwardNorm(Call& call, const Attributes& attributes) {
  Pixels pixels;
  const auto filter = call.shape(1);
  if (!DescribePixels(call, call.shape(0), filter, attributes.stride, &pixels) ||
      !Ending::Fits(call, 2, {pixels.batch, pixels.Rows(), pixels.Columns(), filter[3]}, attributes)) {
    return;
  }
  pixels.x = call.in(0);
  const Ending ending(call, 2, filter[3], attributes);
  WithActivation(attributes.activation, [&](auto act) {
    Multiply<float, false>(call, pixels, filter[3], [&](float* y, ptrdiff_t first, ptrdiff_t count) {
      ending.Run<decltype(act)>(y, first, count);
    });
  });
}

// Inputs: x (only its shape is read), filter, dy.
void InputGradient(Call& call, const Attributes& attributes) {
  Pixels pixels;
  const auto shape = call.shape(0), filter = call.shape(1);
  if (!DescribePixels(call, shape, filter, attributes.stride, &pixels)) return;
  if (!call.WantShape(2, "dy", {pixels.batch, pixels.Rows(), pixels.Columns(), filter[3]})) return;
  float* dx = call.out(0, shape);
  if (!call.ok()) return;
  WithFactors(call, attributes, [&](auto factor) {
    PointwiseInputGradient<decltype(factor)>(pixels, call.in(2), call.in(1), filter[3], dx);
  });
}

// Inputs: x, dy.
void FilterGradient(Call& call, const Attributes& attributes) {
  const auto x = call.shape(0), dy = call.shape(1);
  if (!call.WantMaps(0, "x") || !call.WantMaps(1, "dy")) return;
  const Pixels pixels{call.in(0), x[0], x[1], x[2], x[3], attributes.stride};
  const ptrdiff_t out = dy[3];
  if (!call.WantShape(1, "dy", {pixels.batch, pixels.Rows(), pixels.Columns(), out})) return;
  float* filter = call.out(0, {1, 1, pixels.in, out});
  if (!call.ok()) return;
  WithFactors(call, attributes, [&](auto factor) {
    OuterProduct<decltype(factor)>(pixels, call.in(1), out, filter);
  });
}

}  // namespace

bool RegisterPointwise() {
  return Register<Forward>(
             {"CganKdPointwise", {"x: float", "filter: float"}, {"y: float"}, {"stride: int", "bf16: int"}}) &&
         Register<ForwardNorm>({"CganKdPointwiseNorm",
                                {"x: float", "filter: float", "scale: float", "offset: float",
                                 "mean: float", "variance: float", "shortcut: shortcuts * float"},
                                {"y: float"},
                                {"stride: int", "epsilon: float", "activation: int", "shortcuts: int >= 0"}}) &&
         Register<InputGradient>({"CganKdPointwiseInputGrad",
                                  {"x: float", "filter: float", "dy: float"},
                                  {"dx: float"},
                                  {"stride: int", "bf16: int"}}) &&
         Register<FilterGradient>({"CganKdPointwiseFilterGrad",
                                   {"x: float", "dy: float"},
                                   {"dfilter: float"},
                                   {"stride: int", "bf16: int"}});
}

}  // namespace cgan_kd
