// Squeeze-and-excite, image by image: the mean of each channel, two small products, and the gate on a map that still
// lies in the cache. Separate operations are nine, most of them too small for what a call costs.
#include <vector>

#include "../core/activation.h"
#include "../core/op.h"
#include "../core/parallel.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

// Inputs: x [batch, height, width, channels], w1 [1, 1, channels, squeezed], b1, w2 [1, 1, squeezed, channels], b2.
void SqueezeExcite(Call& call, const Attributes&) {
  if (!call.WantMaps(0, "x")) return;
  const auto shape = call.shape(0);
  const ptrdiff_t channels = shape[3], pixels = shape[1] * shape[2], squeezed = call.size(2);
  if (!call.Want(squeezed > 0, "want one squeezed channel or more") ||
      !call.WantShape(1, "w1", {1, 1, channels, squeezed}) || !call.WantShape(2, "b1", {squeezed}) ||
      !call.WantShape(3, "w2", {1, 1, squeezed, channels}) || !call.WantShape(4, "b2", {channels})) {
    return;
  }
  const float *x = call.in(0), *w1 = call.in(1), *b1 = call.in(2), *w2 = call.in(3), *b2 = call.in(4);
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  std::vector<float> turned(channels * squeezed);
  for (ptrdiff_t c = 0; c < channels; c++) {
    for (ptrdiff_t s = 0; s < squeezed; s++) turned[s * channels + c] = w1[c * squeezed + s];
  }
  const ptrdiff_t images = shape[0];
  const int parts = PartsOf(call.size(0), 1 << 13);
  const int cut = parts < images ? parts : static_cast<int>(images);
  ParallelFor(cut, [&](int part) {
    std::vector<float> means(channels), gates(channels);
    float *mean = means.data(), *gate = gates.data();
    for (ptrdiff_t n = PartStart(images, cut, part); n < PartStart(images, cut, part + 1); n++) {
      const float* from = x + n * pixels * channels;
      float* to = y + n * pixels * channels;
      for (ptrdiff_t c = 0; c < channels; c++) mean[c] = 0;
      for (ptrdiff_t p = 0; p < pixels; p++) {
        const float* pixel = from + p * channels;
        EachColumn(channels, [=](ptrdiff_t c, auto load, auto store) {
          store(mean + c, load(mean + c) + load(pixel + c));
        });
      }
      for (ptrdiff_t c = 0; c < channels; c++) {
        mean[c] /= pixels;
        gate[c] = b2[c];
      }
      for (ptrdiff_t s = 0; s < squeezed; s++) {
        const float hidden = Swish::Value(Dot(mean, &turned[s * channels], channels) + b1[s]);
        const float* row = w2 + s * channels;
        EachColumn(channels, [=](ptrdiff_t c, auto load, auto store) {
          store(gate + c, load(gate + c) + load(row + c) * hidden);
        });
      }
      EachColumn(channels, [=](ptrdiff_t c, auto load, auto store) {
        store(gate + c, Sigmoid(load(gate + c)));
      });
      for (ptrdiff_t p = 0; p < pixels; p++) {
        const float* pixel = from + p * channels;
        float* result = to + p * channels;
        EachColumn(channels, [=](ptrdiff_t c, auto load, auto store) {
          store(result + c, load(pixel + c) * load(gate + c));
        });
      }
    }
  });
}

}  // namespace

bool RegisterSqueezeExcite() {
  return Register<SqueezeExcite>({"CganKdSqueezeExcite",
                                  {"x: float", "w1: float", "b1: float", "w2: float", "b2: float"},
                                  {"y: float"},
                                  {}});
}

}  // namespace cgan_kd
