// The tail of a hidden layer: bias, group normalisation, ReLU and dropout of vectors, in one pass over
// memory each way. A group of one row fits the first cache, so its mean and variance cost no pass.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../core/op.h"
#include "../core/parallel.h"

namespace cgan_kd {
namespace {

constexpr int kStreams = 8;  // blocks of random words made at once

// Philox 4 x 32 with 10 rounds (Salmon et al. 2011), as TensorFlow's StatelessRandomUniform runs it: word
// 4 b + k of a tensor is word k of block b.
struct Philox {
  uint32_t key[2];
  uint32_t counter[2];  // the upper half; the lower one counts blocks

  // TensorFlow scrambles a seed by one block under a key of its own.
  explicit Philox(const int32_t* seed) : key{0x3ec8f720u, 0x02461e29u} {
    const uint64_t first = static_cast<int64_t>(seed[0]), second = static_cast<int64_t>(seed[1]);
    uint32_t words[4][kStreams] = {};
    words[0][0] = static_cast<uint32_t>(first);
    words[1][0] = static_cast<uint32_t>(first >> 32);
    words[2][0] = static_cast<uint32_t>(second);
    words[3][0] = static_cast<uint32_t>(second >> 32);
    Rounds(words);
    for (int i = 0; i < 2; i++) {
      key[i] = words[i][0];
      counter[i] = words[i + 2][0];
    }
  }

  // Words of the blocks from `block` on.
  void Make(uint64_t block, uint32_t (&words)[4][kStreams]) const {
    for (int i = 0; i < kStreams; i++) {
      words[0][i] = static_cast<uint32_t>(block + i);
      words[1][i] = static_cast<uint32_t>((block + i) >> 32);
      words[2][i] = counter[0];
      words[3][i] = counter[1];
    }
    Rounds(words);
  }

 private:
  void Rounds(uint32_t (&words)[4][kStreams]) const {
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < kStreams; i++) {
        const uint64_t p = static_cast<uint64_t>(0xD2511F53u) * words[0][i];
        const uint64_t q = static_cast<uint64_t>(0xCD9E8D57u) * words[2][i];
        words[0][i] = static_cast<uint32_t>(q >> 32) ^ words[1][i] ^ k0;
        words[1][i] = static_cast<uint32_t>(q);
        words[2][i] = static_cast<uint32_t>(p >> 32) ^ words[3][i] ^ k1;
        words[3][i] = static_cast<uint32_t>(p);
      }
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
  }
};

// Eight sums side by side, then a last one: loops over them fill a vector.
template <typename Term>
inline float SumOf(ptrdiff_t count, const Term& term) {
  float sums[8] = {};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (int k = 0; k < 8; k++) sums[k] += term(i + k);
  }
  float sum = 0;
  for (; i < count; i++) sum += term(i);
  for (int k = 0; k < 8; k++) sum += sums[k];
  return sum;
}

// keep[c] of a row: 1 / (1 - rate) where its draw in [0, 1) is at least the rate, else 0.
void DrawRow(const Philox& philox, ptrdiff_t first, ptrdiff_t features, float rate, float* keep) {
  const float kept = 1 / (1 - rate);
  uint32_t words[4][kStreams];
  for (ptrdiff_t c = 0; c < features; c += 4 * kStreams) {
    philox.Make((first + c) / 4, words);
    const ptrdiff_t blocks = std::min<ptrdiff_t>(kStreams, (features - c) / 4);
    for (ptrdiff_t b = 0; b < blocks; b++) {
      for (int k = 0; k < 4; k++) {
        // 23 bits after the point, as TensorFlow makes its floats.
        const float draw = static_cast<float>(words[k][b] & 0x7fffffu) * (1.0f / 8388608);
        keep[c + 4 * b + k] = draw >= rate ? kept : 0.0f;
      }
    }
  }
}

bool WantRows(Call& call, int x, const Attributes& attributes) {
  const auto shape = call.shape(x);
  return call.Want(shape.size() == 2 && shape[0] > 0 && shape[1] > 0 && shape[1] % attributes.groups == 0 &&
                       shape[1] % 4 == 0,
                   "want rows of a multiple of 4 features that can be cut into the groups");
}

// Inputs: x, bias, scale, offset, seed. A dropped entry of y is 0 like one that the ReLU cut.
void Forward(Call& call, const Attributes& attributes) {
  if (!WantRows(call, 0, attributes)) return;
  const auto shape = call.shape(0);
  const ptrdiff_t rows = shape.front(), features = shape.back(), groups = attributes.groups;
  if (!call.WantVectors(1, 3, features) || !call.WantShape(4, "the seed", {2})) return;
  const float *x = call.in(0), *bias = call.in(1), *scale = call.in(2), *offset = call.in(3);
  const Philox philox(reinterpret_cast<const int32_t*>(call.in(4)));
  float* y = call.out(0, shape);
  float* mean = call.out(1, {rows, groups});
  float* inverse = call.out(2, {rows, groups});
  if (!call.ok()) return;
  const ptrdiff_t size = features / groups;
  const float rate = attributes.rate;
  const int parts = PartsOf(rows * features, 1 << 13);
  ParallelFor(parts, [&](int part) {
    std::vector<float> sum(features), kept(features, 1.0f);
    float *__restrict h = sum.data(), *__restrict keep = kept.data();
    for (ptrdiff_t r = PartStart(rows, parts, part); r < PartStart(rows, parts, part + 1); r++) {
      const float* __restrict in = x + r * features;
      float* __restrict to = y + r * features;
      for (ptrdiff_t c = 0; c < features; c++) h[c] = in[c] + bias[c];
      if (rate > 0) DrawRow(philox, r * features, features, rate, keep);
      for (ptrdiff_t g = 0; g < groups; g++) {
        const ptrdiff_t at = g * size;
        const float* __restrict values = h + at;
        const float m = SumOf(size, [=](ptrdiff_t i) { return values[i]; }) / size;
        const float v = SumOf(size, [=](ptrdiff_t i) {
          return (values[i] - m) * (values[i] - m);
        }) / size;
        const float factor = 1 / std::sqrt(v + attributes.epsilon);
        mean[r * groups + g] = m;
        inverse[r * groups + g] = factor;
        for (ptrdiff_t c = at; c < at + size; c++) {
          const float z = (h[c] - m) * factor * scale[c] + offset[c];
          to[c] = (z < 0 ? 0 : z) * keep[c];
        }
      }
    }
  });
}

// Inputs: dy, x, bias, scale, y, mean, inverse standard deviation.
void Backward(Call& call, const Attributes& attributes) {
  if (!WantRows(call, 1, attributes)) return;
  const auto shape = call.shape(1);
  const ptrdiff_t rows = shape.front(), features = shape.back(), groups = attributes.groups;
  if (!call.WantShape(0, "dy", shape) || !call.WantVectors(2, 2, features) || !call.WantShape(4, "y", shape) ||
      !call.WantShape(5, "the mean", {rows, groups}) || !call.WantShape(6, "the inverse", {rows, groups})) {
    return;
  }
  const float *dy = call.in(0), *x = call.in(1), *bias = call.in(2), *scale = call.in(3);
  const float *y = call.in(4), *mean = call.in(5), *inverse = call.in(6);
  float* dx = call.out(0, shape);
  float* sums[3];  // of bias, scale, offset
  for (int i = 0; i < 3; i++) sums[i] = call.out(i + 1, {features});
  if (!call.ok()) return;
  const ptrdiff_t size = features / groups;
  const float kept = 1 / (1 - attributes.rate);
  const int parts = PartsOf(rows * features, 1 << 13);
  std::vector<float> partial(3 * parts * features, 0.0f);
  ParallelFor(parts, [&](int part) {
    float* __restrict dbias = &partial[3 * part * features];
    float *__restrict dscale = dbias + features, *__restrict doffset = dscale + features;
    std::vector<float> normal(features), slope(features);
    float *__restrict n = normal.data(), *__restrict s = slope.data();
    for (ptrdiff_t r = PartStart(rows, parts, part); r < PartStart(rows, parts, part + 1); r++) {
      const float *__restrict in = x + r * features, *__restrict out = y + r * features;
      const float* __restrict dout = dy + r * features;
      float* __restrict to = dx + r * features;
      for (ptrdiff_t g = 0; g < groups; g++) {
        const float m = mean[r * groups + g], factor = inverse[r * groups + g];
        for (ptrdiff_t c = g * size; c < (g + 1) * size; c++) {
          n[c] = (in[c] + bias[c] - m) * factor;
          const float d = out[c] > 0 ? dout[c] * kept : 0;
          dscale[c] += d * n[c];
          doffset[c] += d;
          s[c] = d * scale[c];
        }
        const float *__restrict a = s + g * size, *__restrict b = n + g * size;
        const float level = SumOf(size, [=](ptrdiff_t i) { return a[i]; }) / size;
        const float tilt = SumOf(size, [=](ptrdiff_t i) { return a[i] * b[i]; }) / size;
        for (ptrdiff_t c = g * size; c < (g + 1) * size; c++) {
          to[c] = factor * (s[c] - level - n[c] * tilt);
          dbias[c] += to[c];
        }
      }
    }
  });
  for (int i = 0; i < 3; i++) {
    for (ptrdiff_t c = 0; c < features; c++) {
      double sum = 0;
      for (int part = 0; part < parts; part++) sum += partial[(3 * part + i) * features + c];
      sums[i][c] = static_cast<float>(sum);
    }
  }
}

}  // namespace

bool RegisterGroupNorm() {
  return Register<Forward>({"CganKdHiddenTail",
                            {"x: float", "bias: float", "scale: float", "offset: float",
                             "seed: int32"},
                            {"y: float", "mean: float", "inverse: float"},
                            {"epsilon: float", "rate: float", "groups: int"}}) &&
         Register<Backward>({"CganKdHiddenTailGrad",
                             {"dy: float", "x: float", "bias: float", "scale: float", "y: float",
                              "mean: float", "inverse: float"},
                             {"dx: float", "dbias: float", "dscale: float", "doffset: float"},
                             {"rate: float", "groups: int"}});
}

}  // namespace cgan_kd
