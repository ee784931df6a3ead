// Group normalisation of maps, whose scale and offset may depend on the image, joined with the activation that
// follows: y = act((x - mean) inverse (1 + gain) + shift). Two passes over an image each way; one image fits the second
// cache, so that the second pass costs little.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/activation.h"
#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

struct Maps {
  ptrdiff_t batch, pixels, channels, groups, size;

  Maps(const std::vector<int64_t>& shape, int groups)
      : batch(shape[0]), pixels(shape[1] * shape[2]), channels(shape[3]), groups(groups),
        size(channels / groups) {}

  // Where an image's gains or shifts begin: one row serves all images, or each has its own.
  ptrdiff_t RowOf(int64_t entries, int n) const { return entries == channels ? 0 : n * channels; }
};

bool Check(Call& call, int x, const Attributes& attributes) {
  if (!call.WantMaps(x, "x")) return false;
  const auto shape = call.shape(x), gain = call.shape(x + 1);
  return call.Want(shape[3] % attributes.groups == 0, "want maps whose channels can be cut into the groups") &&
         call.Want(gain.size() == 2 && (gain[0] == 1 || gain[0] == shape[0]) && gain[1] == shape[3],
                   "want a gain and a shift per channel, [1, channels], or per image and channel") &&
         call.WantShape(x + 2, "the shift", gain);
}

// Inputs: x, gain, shift. Outputs: y, mean and inverse standard deviation [batch, groups].
template <typename Act>
void Normalise(Call& call, const Attributes& attributes) {
  const Maps m(call.shape(0), attributes.groups);
  const int64_t entries = call.size(1);
  const float *x = call.in(0), *gain = call.in(1), *shift = call.in(2);
  float* y = call.out(0, call.shape(0));
  float* means = call.out(1, {m.batch, m.groups});
  float* inverses = call.out(2, {m.batch, m.groups});
  if (!call.ok()) return;
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const float* from = x + n * m.pixels * m.channels;
    float* to = y + n * m.pixels * m.channels;
    std::vector<float> sums(m.channels, 0.0f), squares(m.channels, 0.0f);
    float *sum = sums.data(), *square = squares.data();
    // Around the first pixel, so that squares of a large mean do not drown a small variance.
    for (ptrdiff_t p = 1; p < m.pixels; p++) {
      const float* pixel = from + p * m.channels;
      EachColumn(m.channels, [=](ptrdiff_t c, auto load, auto store) {
        const auto d = load(pixel + c) - load(from + c);
        store(sum + c, load(sum + c) + d);
        store(square + c, load(square + c) + d * d);
      });
    }
    std::vector<float> factors(m.channels), offsets(m.channels);
    const float *g = gain + m.RowOf(entries, n), *s = shift + m.RowOf(entries, n);
    const double count = static_cast<double>(m.pixels * m.size);
    for (ptrdiff_t group = 0; group < m.groups; group++) {
      const ptrdiff_t first = group * m.size, end = first + m.size;
      double total = 0, spread = 0;
      for (ptrdiff_t c = first; c < end; c++) {
        total += static_cast<double>(m.pixels) * from[c] + sum[c];
      }
      const double mean = total / count;
      for (ptrdiff_t c = first; c < end; c++) {
        const double d = from[c] - mean;
        spread += square[c] + d * (2.0 * sum[c] + d * m.pixels);
      }
      const double inverse = 1 / std::sqrt(std::max(0.0, spread / count) + attributes.epsilon);
      means[n * m.groups + group] = static_cast<float>(mean);
      inverses[n * m.groups + group] = static_cast<float>(inverse);
      for (ptrdiff_t c = first; c < end; c++) {
        factors[c] = static_cast<float>(inverse * (1.0 + g[c]));
        offsets[c] = static_cast<float>(s[c] - mean * inverse * (1.0 + g[c]));
      }
    }
    const float *f = factors.data(), *o = offsets.data();
    for (ptrdiff_t p = 0; p < m.pixels; p++) {
      const float* __restrict in = from + p * m.channels;
      float* __restrict out = to + p * m.channels;
      EachColumn(m.channels, [=](ptrdiff_t c, auto load, auto store) {
        store(out + c, Act::Value(load(in + c) * load(f + c) + load(o + c)));
      });
    }
  });
}

// Inputs: dy, x, gain, shift, mean, inverse. Outputs: dx, dgain, dshift.
template <typename Act>
void NormaliseGradient(Call& call, const Attributes& attributes) {
  const Maps m(call.shape(1), attributes.groups);
  const int64_t entries = call.size(2);
  const float *dy = call.in(0), *x = call.in(1), *gain = call.in(2), *shift = call.in(3);
  const float *means = call.in(4), *inverses = call.in(5);
  float* dx = call.out(0, call.shape(1));
  float* dgain = call.out(1, call.shape(2));
  float* dshift = call.out(2, call.shape(3));
  if (!call.ok()) return;
  std::vector<float> gain_slopes(m.batch * m.channels, 0.0f), shift_slopes(m.batch * m.channels, 0.0f);
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const float *from = x + n * m.pixels * m.channels, *slope = dy + n * m.pixels * m.channels;
    float* to = dx + n * m.pixels * m.channels;
    const float *g = gain + m.RowOf(entries, n), *s = shift + m.RowOf(entries, n);
    std::vector<float> factors(m.channels), offsets(m.channels), middles(m.channels);
    for (ptrdiff_t c = 0; c < m.channels; c++) {
      const float mean = means[n * m.groups + c / m.size];
      middles[c] = mean;
      factors[c] = inverses[n * m.groups + c / m.size] * (1 + g[c]);
      offsets[c] = s[c] - mean * factors[c];
    }
    const float *f = factors.data(), *o = offsets.data(), *middle = middles.data();
    // Sums of the slope before the activation, and of it times x - mean. The slope waits in dx.
    float *a = &shift_slopes[n * m.channels], *b = &gain_slopes[n * m.channels];
    for (ptrdiff_t p = 0; p < m.pixels; p++) {
      const float *in = from + p * m.channels, *out = slope + p * m.channels;
      float* kept = to + p * m.channels;
      EachColumn(m.channels, [=](ptrdiff_t c, auto load, auto store) {
        const auto z = load(in + c);
        const auto h = Act::Slope(load(out + c), z * load(f + c) + load(o + c));
        store(kept + c, h);
        store(a + c, load(a + c) + h);
        store(b + c, load(b + c) + h * (z - load(middle + c)));
      });
    }
    // dx = f h + p x + q, see `conditional_norm.cc`.
    std::vector<float> tilts(m.channels), levels(m.channels);
    const double count = static_cast<double>(m.pixels * m.size);
    for (ptrdiff_t group = 0; group < m.groups; group++) {
      const double inverse = inverses[n * m.groups + group], mean = means[n * m.groups + group];
      double sum = 0, product = 0;
      for (ptrdiff_t c = group * m.size; c < (group + 1) * m.size; c++) {
        sum += (1.0 + g[c]) * a[c];
        product += (1.0 + g[c]) * b[c];
        b[c] = static_cast<float>(b[c] * inverse);
      }
      const double tilt = -product / count * inverse * inverse * inverse;
      for (ptrdiff_t c = group * m.size; c < (group + 1) * m.size; c++) {
        tilts[c] = static_cast<float>(tilt);
        levels[c] = static_cast<float>(-sum / count * inverse - mean * tilt);
      }
    }
    const float *t = tilts.data(), *l = levels.data();
    for (ptrdiff_t p = 0; p < m.pixels; p++) {
      const float* in = from + p * m.channels;
      float* out = to + p * m.channels;
      EachColumn(m.channels, [=](ptrdiff_t c, auto load, auto store) {
        store(out + c, load(out + c) * load(f + c) + (load(in + c) * load(t + c) + load(l + c)));
      });
    }
  });
  // One row that served all images takes the sum over them.
  const bool is_shared = entries == m.channels;
  for (ptrdiff_t i = 0; i < (is_shared ? m.channels : m.batch * m.channels); i++) {
    double first = 0, second = 0;
    for (ptrdiff_t n = 0; n < (is_shared ? m.batch : 1); n++) {
      first += gain_slopes[n * m.channels + i];
      second += shift_slopes[n * m.channels + i];
    }
    dgain[i] = static_cast<float>(first);
    dshift[i] = static_cast<float>(second);
  }
}

void Forward(Call& call, const Attributes& attributes) {
  if (!Check(call, 0, attributes)) return;
  WithActivation(attributes.activation, [&](auto act) { Normalise<decltype(act)>(call, attributes); });
}

void Backward(Call& call, const Attributes& attributes) {
  if (!Check(call, 1, attributes)) return;
  const auto shape = call.shape(1);
  if (!call.WantShape(0, "dy", shape) || !call.WantShape(4, "the mean", {shape[0], attributes.groups}) ||
      !call.WantShape(5, "the inverse", {shape[0], attributes.groups})) {
    return;
  }
  WithActivation(attributes.activation,
                 [&](auto act) { NormaliseGradient<decltype(act)>(call, attributes); });
}

}  // namespace

bool RegisterMapGroupNorm() {
  return Register<Forward>({"CganKdMapGroupNorm",
                            {"x: float", "gain: float", "shift: float"},
                            {"y: float", "mean: float", "inverse: float"},
                            {"epsilon: float", "activation: int", "groups: int"}}) &&
         Register<Backward>({"CganKdMapGroupNormGrad",
                             {"dy: float", "x: float", "gain: float", "shift: float", "mean: float",
                              "inverse: float"},
                             {"dx: float", "dgain: float", "dshift: float"},
                             {"activation: int", "groups: int"}});
}

}  // namespace cgan_kd
