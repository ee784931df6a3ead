// Batch normalisation whose scale and offset depend on the image, joined with the ReLU that follows:
// y = max(0, (x - mean) inverse (1 + gain) + shift). Three passes over memory forward and five backward.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/activation.h"
#include "../core/op.h"
#include "../core/rows.h"
#include "../normalisation/norm.h"

namespace cgan_kd {
namespace {

// One image as rows; every image has its own scale and offset.
struct Images {
  ptrdiff_t batch, entries, channels;
  Rows rows;

  Images(const std::vector<int64_t>& shape)
      : batch(shape[0]), entries(shape[1] * shape[2] * shape[3]), channels(shape[3]),
        rows(shape[1] * shape[2], shape[3]) {}

  template <typename Body>
  void Each(const Body& body) const {
    ParallelFor(static_cast<int>(batch), [&](int n) { body(n); });
  }

  // Sums of both terms over the pixels of each image, [batch, channels].
  template <typename TermsOf>
  void Sum(float* first, float* second, const TermsOf& terms_of) const {
    const ptrdiff_t wide = rows.wide;
    Each([&](int n) {
      std::vector<float> sums(2 * wide, 0.0f);
      SumRows(wide, 0, rows.rows, sums.data(), sums.data() + wide, terms_of(n));
      float *to = first + n * channels, *rest = second + n * channels;
      std::fill(to, to + channels, 0.0f);
      std::fill(rest, rest + channels, 0.0f);
      for (ptrdiff_t i = 0; i < wide; i++) {
        to[i % channels] += sums[i];
        rest[i % channels] += sums[wide + i];
      }
    });
  }

  void Widen(const float* values, std::vector<float>* to) const {
    for (ptrdiff_t i = 0; i < rows.wide; i++) (*to)[i] = values[i % channels];
  }
};

// What the normalised entries of an image are multiplied by and moved by, a row wide.
struct Affine {
  std::vector<float> factor, shift;

  Affine(const Images& images, int n, const float* gain, const float* offset, const float* mean,
         const float* inverse)
      : factor(images.rows.wide), shift(images.rows.wide) {
    const float *g = gain + n * images.channels, *s = offset + n * images.channels;
    for (ptrdiff_t i = 0; i < images.rows.wide; i++) {
      const ptrdiff_t c = i % images.channels;
      factor[i] = inverse[c] * (1 + g[c]);
      shift[i] = s[c] - mean[c] * factor[i];
    }
  }
};

// Inputs x, and after it gain and shift.
bool Check(Call& call, int x, const Attributes& attributes) {
  if (!call.WantMaps(x, "x")) return false;
  const auto shape = call.shape(x);
  return call.Want(attributes.activation <= 1, "want activation 0, none, or 1, the ReLU") &&
         call.WantShape(x + 1, "the gain", {shape[0], shape[3]}) &&
         call.WantShape(x + 2, "the shift", {shape[0], shape[3]});
}

// Inputs: x, gain and shift [batch, channels]. Outputs: y, mean, variance divided by n - 1, inverse.
template <typename Act>
void Normalise(Call& call, const Attributes& attributes) {
  if (!Check(call, 0, attributes)) return;
  const auto shape = call.shape(0);
  const Images m(shape);
  const ptrdiff_t channels = m.channels, wide = m.rows.wide;
  const float *x = call.in(0), *gain = call.in(1), *offset = call.in(2);
  float* y = call.out(0, shape);
  float* mean = call.out(1, {channels});
  float* variance = call.out(2, {channels});
  float* inverse = call.out(3, {channels});
  if (!call.ok()) return;

  const double count = static_cast<double>(m.batch * (m.entries / channels));
  // The moments from sums around one number per channel; returns whether all means are near enough to these, see kFar.
  const auto take = [&](std::vector<float>* numbers) {
    std::vector<float> around(wide);
    m.Widen(numbers->data(), &around);
    std::vector<float> sums(m.batch * channels), squares(m.batch * channels);
    m.Sum(sums.data(), squares.data(), [&](int n) {
      const float *__restrict in = x + n * m.entries, *__restrict middle = around.data();
      return [=](ptrdiff_t c, ptrdiff_t at, auto load, auto* a, auto* b) {
        const auto d = load(in + at) - load(middle + c);
        *a += d;
        *b += d * d;
      };
    });
    bool are_near = true;
    for (ptrdiff_t c = 0; c < channels; c++) {
      double sum = 0, square = 0;
      for (ptrdiff_t n = 0; n < m.batch; n++) {
        sum += sums[n * channels + c];
        square += squares[n * channels + c];
      }
      const double d = sum / count, v = std::max(0.0, square / count - d * d);
      mean[c] = static_cast<float>(around[c] + d);
      variance[c] = static_cast<float>(v * (count / std::max(1.0, count - 1)));
      inverse[c] = static_cast<float>(1 / std::sqrt(v + attributes.epsilon));
      if (d * d > kFar * v) {
        (*numbers)[c] = mean[c];
        are_near = false;
      }
    }
    return are_near;
  };
  // Around the first pixel, so that squares of a large mean do not drown a small variance; around the mean where that
  // pixel is nothing like the others.
  std::vector<float> middles(x, x + channels);
  if (!take(&middles)) take(&middles);
  m.Each([&](int n) {
    const Affine affine(m, n, gain, offset, mean, inverse);
    const float *__restrict f = affine.factor.data(), *__restrict s = affine.shift.data();
    for (ptrdiff_t r = 0; r < m.rows.rows; r++) {
      const float* __restrict in = x + n * m.entries + r * wide;
      float* __restrict to = y + n * m.entries + r * wide;
      EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) {
        store(to + i, Act::Value(load(in + i) * load(f + i) + load(s + i)));
      });
    }
  });
}

// Inputs: dy, x, gain, shift, mean, inverse. Outputs: dx, dgain, dshift.
template <typename Act>
void NormaliseGradient(Call& call, const Attributes& attributes) {
  if (!Check(call, 1, attributes)) return;
  const auto shape = call.shape(1);
  if (!call.WantShape(0, "dy", shape) || !call.WantVectors(4, 2, shape[3])) return;
  const Images m(shape);
  const ptrdiff_t channels = m.channels, wide = m.rows.wide;
  const float *dy = call.in(0), *x = call.in(1), *gain = call.in(2), *offset = call.in(3);
  const float *mean = call.in(4), *inverse = call.in(5);
  float* dx = call.out(0, shape);
  float* dgain = call.out(1, {m.batch, channels});
  float* dshift = call.out(2, {m.batch, channels});
  if (!call.ok()) return;

  std::vector<float> wide_mean(wide);
  m.Widen(mean, &wide_mean);
  std::vector<Affine> affines;
  for (int n = 0; n < m.batch; n++) affines.emplace_back(m, n, gain, offset, mean, inverse);
  // Sums of g and of g (x - mean), with g the slope before the ReLU.
  m.Sum(dshift, dgain, [&](int n) {
    const float *__restrict in = x + n * m.entries, *__restrict slope = dy + n * m.entries;
    const float *__restrict f = affines[n].factor.data(), *__restrict s = affines[n].shift.data();
    const float* __restrict middle = wide_mean.data();
    return [=](ptrdiff_t c, ptrdiff_t at, auto load, auto* a, auto* b) {
      const auto z = load(in + at);
      const auto g = Act::Slope(load(slope + at), z * load(f + c) + load(s + c));
      *a += g;
      *b += g * (z - load(middle + c));
    };
  });
  // dx = inverse ((1 + gain) g - mean((1 + gain) g) - (x - mean) inverse² mean((1 + gain) g (x - mean)))
  // as factor g + p x + q.
  std::vector<float> p(channels), q(channels);
  const double count = static_cast<double>(m.batch * (m.entries / channels));
  for (ptrdiff_t c = 0; c < channels; c++) {
    double sum = 0, product = 0;
    for (ptrdiff_t n = 0; n < m.batch; n++) {
      const double scale = 1.0 + gain[n * channels + c];
      sum += scale * dshift[n * channels + c];
      product += scale * dgain[n * channels + c];
      dgain[n * channels + c] *= inverse[c];
    }
    const double slope = -product / count * inverse[c] * inverse[c] * inverse[c];
    p[c] = static_cast<float>(slope);
    q[c] = static_cast<float>(-sum / count * inverse[c] - mean[c] * slope);
  }
  std::vector<float> wide_p(wide), wide_q(wide);
  m.Widen(p.data(), &wide_p);
  m.Widen(q.data(), &wide_q);
  m.Each([&](int n) {
    const float *__restrict f = affines[n].factor.data(), *__restrict s = affines[n].shift.data();
    const float *__restrict a = wide_p.data(), *__restrict b = wide_q.data();
    for (ptrdiff_t r = 0; r < m.rows.rows; r++) {
      const ptrdiff_t at = n * m.entries + r * wide;
      const float *__restrict in = x + at, *__restrict slope = dy + at;
      float* __restrict to = dx + at;
      EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) {
        const auto z = load(in + i);
        const auto g = Act::Slope(load(slope + i), z * load(f + i) + load(s + i));
        store(to + i, g * load(f + i) + (z * load(a + i) + load(b + i)));
      });
    }
  });
}

void Forward(Call& call, const Attributes& attributes) {
  if (attributes.activation == 1) Normalise<Relu>(call, attributes);
  else Normalise<Identity>(call, attributes);
}

void Backward(Call& call, const Attributes& attributes) {
  if (attributes.activation == 1) NormaliseGradient<Relu>(call, attributes);
  else NormaliseGradient<Identity>(call, attributes);
}

}  // namespace

bool RegisterConditionalNorm() {
  return Register<Forward>({"CganKdConditionalNorm",
                            {"x: float", "gain: float", "shift: float"},
                            {"y: float", "mean: float", "variance: float", "inverse: float"},
                            {"epsilon: float", "activation: int"}}) &&
         Register<Backward>({"CganKdConditionalNormGrad",
                             {"dy: float", "x: float", "gain: float", "shift: float", "mean: float",
                              "inverse: float"},
                             {"dx: float", "dgain: float", "dshift: float"},
                             {"activation: int"}});
}

}  // namespace cgan_kd
