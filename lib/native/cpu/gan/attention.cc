// Attention between the pixels of a map and the keys of the same image: out = softmax(q k') v. The matrix of
// weights, pixels x keys, is never stored: the gradient makes each of its rows again from the row's
// logarithm of the sum of exponentials.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/activation.h"
#include "../core/op.h"
#include "../core/parallel.h"
#include "../core/vector.h"

namespace cgan_kd {
namespace {

// Keys and values of one image with a row for each of their channels, keys padded to whole vectors.
struct Columns {
  ptrdiff_t rows, wide;
  std::vector<float> entries;

  Columns(const float* from, ptrdiff_t keys, ptrdiff_t channels)
      : rows(channels), wide((keys + kLanes - 1) / kLanes * kLanes), entries(rows * wide, 0.0f) {
    for (ptrdiff_t j = 0; j < keys; j++) {
      for (ptrdiff_t c = 0; c < channels; c++) entries[c * wide + j] = from[j * channels + c];
    }
  }
  Columns(ptrdiff_t channels, ptrdiff_t wide)
      : rows(channels), wide(wide), entries(channels * wide, 0.0f) {}

  float* row(ptrdiff_t c) { return entries.data() + c * wide; }
  const float* row(ptrdiff_t c) const { return entries.data() + c * wide; }
  // Back to one row per key.
  void Write(float* to, ptrdiff_t keys) const {
    for (ptrdiff_t j = 0; j < keys; j++) {
      for (ptrdiff_t c = 0; c < rows; c++) to[j * rows + c] = entries[c * wide + j];
    }
  }
};

// to[j] = sum over channels of from[c] * columns[c][j]
void Combine(const float* from, const Columns& columns, float* to) {
  for (ptrdiff_t j = 0; j < columns.wide; j += kLanes) {
    Vector sum{};
    for (ptrdiff_t c = 0; c < columns.rows; c++) sum += from[c] * Load(columns.row(c) + j);
    Store(to + j, sum);
  }
}

float Total(Vector v) {
  float total = 0;
  for (int lane = 0; lane < kLanes; lane++) total += v[lane];
  return total;
}

// to[c] = sum over j of row[j] * columns[c][j], for `channels` of them from c on at once.
template <int channels>
void SumInto(const float* row, const Columns& columns, ptrdiff_t c, float* to) {
  Vector sums[channels] = {};
  for (ptrdiff_t j = 0; j < columns.wide; j += kLanes) {
    const Vector entry = Load(row + j);
    for (int d = 0; d < channels; d++) sums[d] += entry * Load(columns.row(c + d) + j);
  }
  for (int d = 0; d < channels; d++) to[c + d] = Total(sums[d]);
}

void Sum(const float* row, const Columns& columns, float* to) {
  ptrdiff_t c = 0;
  for (; c + 8 <= columns.rows; c += 8) SumInto<8>(row, columns, c, to);
  for (; c + 4 <= columns.rows; c += 4) SumInto<4>(row, columns, c, to);
  for (; c < columns.rows; c++) SumInto<1>(row, columns, c, to);
}

// The largest of the first entries.
float Largest(const float* row, ptrdiff_t count) {
  float most = row[0];
  ptrdiff_t j = 0;
  if (count >= kLanes) {
    Vector best = Load(row);
    for (; j + kLanes <= count; j += kLanes) {
      const Vector entry = Load(row + j);
      best = entry > best ? entry : best;
    }
    for (int lane = 0; lane < kLanes; lane++) most = std::max(most, best[lane]);
  }
  for (; j < count; j++) most = std::max(most, row[j]);
  return most;
}

// 1 for every key, 0 for what pads them to whole vectors.
std::vector<float> Mask(ptrdiff_t keys, ptrdiff_t wide) {
  std::vector<float> mask(wide, 0.0f);
  std::fill(mask.begin(), mask.begin() + keys, 1.0f);
  return mask;
}

struct Sizes {
  ptrdiff_t batch, pixels, keys, narrow, half;
};

bool Describe(Call& call, Sizes* size) {
  const auto q = call.shape(0), k = call.shape(1), v = call.shape(2);
  if (!call.WantPixels(0, "q") || !call.WantPixels(1, "k") || !call.WantPixels(2, "v") ||
      !call.Want(q.size() == 3 && k.size() == 3 && v.size() == 3 && q[0] == k[0] && q[0] == v[0] &&
                     q[2] == k[2] && k[1] == v[1],
                 "want queries, keys and values that fit")) {
    return false;
  }
  *size = {q[0], q[1], k[1], q[2], v[2]};
  return true;
}

// Inputs: q [batch, pixels, narrow], k [batch, keys, narrow], v [batch, keys, half]. Outputs: the sums of
// values [batch, pixels, half], and a row's logarithm of the sum of exponentials [batch, pixels].
void Attend(Call& call, const Attributes&) {
  Sizes m;
  if (!Describe(call, &m)) return;
  const float *q = call.in(0), *k = call.in(1), *v = call.in(2);
  float* out = call.out(0, {m.batch, m.pixels, m.half});
  float* logs = call.out(1, {m.batch, m.pixels});
  if (!call.ok()) return;
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const Columns keys(k + n * m.keys * m.narrow, m.keys, m.narrow);
    const Columns values(v + n * m.keys * m.half, m.keys, m.half);
    std::vector<float> weights(keys.wide);
    const std::vector<float> there = Mask(m.keys, keys.wide);
    for (ptrdiff_t i = 0; i < m.pixels; i++) {
      const ptrdiff_t at = n * m.pixels + i;
      Combine(q + at * m.narrow, keys, weights.data());
      const float most = Largest(weights.data(), m.keys);
      Vector sums{};
      for (ptrdiff_t j = 0; j < keys.wide; j += kLanes) {
        const Vector p = Exp(Load(&weights[j]) - most) * Load(&there[j]);
        Store(&weights[j], p);
        sums += p;
      }
      const float sum = Total(sums);
      logs[at] = most + std::log(sum);
      float* to = out + at * m.half;
      Sum(weights.data(), values, to);
      for (ptrdiff_t c = 0; c < m.half; c++) to[c] /= sum;
    }
  });
}

// Inputs: q, k, v, out, logs, dout. With P the weights: dS = P (dout v' - <dout, out>), dq = dS k,
// dk = dS' q, dv = P' dout.
void AttendGradient(Call& call, const Attributes&) {
  Sizes m;
  if (!Describe(call, &m)) return;
  if (!call.WantShape(3, "out", {m.batch, m.pixels, m.half}) || !call.WantShape(4, "logs", {m.batch, m.pixels}) ||
      !call.WantShape(5, "dout", {m.batch, m.pixels, m.half})) {
    return;
  }
  const float *q = call.in(0), *k = call.in(1), *v = call.in(2), *out = call.in(3);
  const float *logs = call.in(4), *dout = call.in(5);
  float* dq = call.out(0, call.shape(0));
  float* dk = call.out(1, call.shape(1));
  float* dv = call.out(2, call.shape(2));
  if (!call.ok()) return;
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const Columns keys(k + n * m.keys * m.narrow, m.keys, m.narrow);
    const Columns values(v + n * m.keys * m.half, m.keys, m.half);
    Columns dkeys(m.narrow, keys.wide), dvalues(m.half, keys.wide);
    std::vector<float> weights(keys.wide), slopes(keys.wide);
    const std::vector<float> there = Mask(m.keys, keys.wide);
    for (ptrdiff_t i = 0; i < m.pixels; i++) {
      const ptrdiff_t at = n * m.pixels + i;
      const float *query = q + at * m.narrow, *slope = dout + at * m.half;
      Combine(query, keys, weights.data());
      const float log = logs[at];
      float mean = 0;
      for (ptrdiff_t c = 0; c < m.half; c++) mean += slope[c] * out[at * m.half + c];
      Combine(slope, values, slopes.data());
      for (ptrdiff_t j = 0; j < keys.wide; j += kLanes) {
        const Vector p = Exp(Load(&weights[j]) - log) * Load(&there[j]);
        Store(&weights[j], p);
        Store(&slopes[j], p * (Load(&slopes[j]) - mean));
      }
      Sum(slopes.data(), keys, dq + at * m.narrow);
      for (ptrdiff_t c = 0; c < m.narrow; c++) {
        float* to = dkeys.row(c);
        for (ptrdiff_t j = 0; j < keys.wide; j += kLanes) {
          Store(to + j, Load(to + j) + query[c] * Load(&slopes[j]));
        }
      }
      for (ptrdiff_t c = 0; c < m.half; c++) {
        float* to = dvalues.row(c);
        for (ptrdiff_t j = 0; j < keys.wide; j += kLanes) {
          Store(to + j, Load(to + j) + slope[c] * Load(&weights[j]));
        }
      }
    }
    dkeys.Write(dk + n * m.keys * m.narrow, m.keys);
    dvalues.Write(dv + n * m.keys * m.half, m.keys);
  });
}

}  // namespace

bool RegisterAttention() {
  return Register<Attend>({"CganKdAttention",
                           {"q: float", "k: float", "v: float"},
                           {"out: float", "logs: float"},
                           {}}) &&
         Register<AttendGradient>({"CganKdAttentionGrad",
                                   {"q: float", "k: float", "v: float", "out: float", "logs: float",
                                    "dout: float"},
                                   {"dq: float", "dk: float", "dv: float"},
                                   {}});
}

}  // namespace cgan_kd
