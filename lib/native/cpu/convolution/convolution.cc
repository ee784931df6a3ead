// The operations of convolution.h: a convolution, and its gradient for the maps.
#include <vector>

#include "convolution.h"
#include "../core/op.h"
#include "../core/pairs.h"
#include "../core/places.h"

namespace cgan_kd {
namespace {

bool IsKnown(Call& call, const std::vector<int64_t>& maps, const std::vector<int64_t>& filter, int channels,
             int stride) {
  return call.Want(maps.size() == 4 && filter.size() == 4 && filter[0] == filter[1] && filter[channels] == maps[3],
                   "want maps of rank 4 and a square filter for their channels") &&
         call.Want(call.size(0) > 0 && call.size(1) > 0, "want no empty maps or filter") &&
         call.Want(stride == 1 || stride == 2, "want a stride of 1 or 2");
}

// Inputs: x, filter [kernel, kernel, in, out].
void Forward(Call& call, const Attributes& attributes) {
  const auto x = call.shape(0), filter = call.shape(1);
  if (!IsKnown(call, x, filter, 2, attributes.stride)) return;
  const ptrdiff_t kernel = filter[0], in = x[3], out = filter[3], stride = attributes.stride;
  if (!WantZeros(call, x, kernel, attributes.before, attributes.after)) return;
  const ptrdiff_t zeros = attributes.before + attributes.after;
  const ptrdiff_t rows = (x[1] + zeros - kernel) / stride + 1, columns = (x[2] + zeros - kernel) / stride + 1;
  float* y = call.out(0, {x[0], rows, columns, out});
  if (!call.ok()) return;
  Sums sums{call.in(0), x[0], x[1], x[2], in, rows, columns, out, stride, {}, y, rows * columns * out, columns * out,
            out};
  for (ptrdiff_t i = 0; i < kernel; i++) {
    for (ptrdiff_t j = 0; j < kernel; j++) sums.taps.push_back({i - attributes.before, j - attributes.before});
  }
  const float* w = call.in(1);
  const auto copy = [=](ptrdiff_t tap, ptrdiff_t channel, ptrdiff_t depth, ptrdiff_t column, ptrdiff_t columns,
                        ptrdiff_t wide, float* to) {
    const float* from = w + (tap * in + channel) * out + column;
    for (ptrdiff_t k = 0; k < depth; k++, from += out, to += wide) {
      for (ptrdiff_t c = 0; c < wide; c++) to[c] = c < columns ? from[c] : 0;
    }
  };
  WithFactors(call, attributes, [&](auto factor) {
    const Weights<decltype(factor)> weights(kernel * kernel, in, out, copy);
    Convolution(sums, weights).Run();
  });
}

// Inputs: filter, dy. Pixels of dx whose rows and columns leave the same rest when divided by the stride have the same
// taps: they are a convolution of dy. Also a transposed convolution of dy.
void InputGradient(Call& call, const Attributes& attributes) {
  const auto filter = call.shape(0), dy = call.shape(1);
  if (!IsKnown(call, dy, filter, 3, attributes.stride)) return;
  const ptrdiff_t height = attributes.height, width = attributes.width;
  const ptrdiff_t kernel = filter[0], in = filter[2], out = filter[3], stride = attributes.stride;
  if (!WantPlaces(call, {dy[0], height, width, in}, dy, kernel, stride, attributes.before)) return;
  float* dx = call.out(0, {dy[0], height, width, in});
  if (!call.ok()) return;
  const float* w = call.in(0);
  for (ptrdiff_t a = 0; a < stride; a++) {
    for (ptrdiff_t b = 0; b < stride; b++) {
      const ptrdiff_t rows = (height - a + stride - 1) / stride, columns = (width - b + stride - 1) / stride;
      if (rows == 0 || columns == 0) continue;
      Sums sums{call.in(1), dy[0], dy[1], dy[2], out, rows, columns, in, 1, {}, dx + (a * width + b) * in,
                height * width * in, stride * width * in, stride * in};
      std::vector<ptrdiff_t> places;
      for (ptrdiff_t i = (a + attributes.before) % stride; i < kernel; i += stride) {
        for (ptrdiff_t j = (b + attributes.before) % stride; j < kernel; j += stride) {
          sums.taps.push_back({(a + attributes.before - i) / stride, (b + attributes.before - j) / stride});
          places.push_back(i * kernel + j);
        }
      }
      const auto copy = [&](ptrdiff_t tap, ptrdiff_t channel, ptrdiff_t depth, ptrdiff_t column, ptrdiff_t columns,
                            ptrdiff_t wide, float* to) {
        const float* from = w + (places[tap] * in + column) * out + channel;
        for (ptrdiff_t c = 0; c < wide; c++, from += out) {
          for (ptrdiff_t k = 0; k < depth; k++) to[k * wide + c] = c < columns ? from[k] : 0;
        }
      };
      WithFactors(call, attributes, [&](auto factor) {
        const Weights<decltype(factor)> weights(places.size(), out, in, copy);
        Convolution(sums, weights).Run();
      });
    }
  }
}

}  // namespace

bool RegisterConvolution() {
  return Register<Forward>({"CganKdConv",
                            {"x: float", "filter: float"},
                            {"y: float"},
                            {"stride: int", "before: int", "after: int", "bf16: int"}}) &&
         Register<InputGradient>({"CganKdConvInputGrad",
                                  {"filter: float", "dy: float"},
                                  {"dx: float"},
                                  {"stride: int", "before: int", "height: int", "width: int", "bf16: int"}});
}

}  // namespace cgan_kd
