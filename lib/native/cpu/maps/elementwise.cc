// Channel shuffles, gates and means over maps: one pass over memory each.
#include <vector>

#include "../core/op.h"
#include "../core/rows.h"
#include "../core/windows.h"

namespace cgan_kd {
namespace {

// A map as batch x pixels x channels.
struct Maps {
  ptrdiff_t batch = 1, pixels = 1, channels = 1;

  explicit Maps(const std::vector<int64_t>& shape) {
    batch = shape.front();
    channels = shape.back();
    for (size_t d = 1; d + 1 < shape.size(); d++) pixels *= shape[d];
  }
};

// y = a0 b0 a1 b1 ... of each pixel.
void Interleave(Call& call, const Attributes&) {
  auto shape = call.shape(0);
  if (!call.WantPixels(0, "a") || !call.WantShape(1, "b", shape)) return;
  const float *a = call.in(0), *b = call.in(1);
  shape.back() *= 2;
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  const ptrdiff_t entries = call.size(0);
  const int parts = PartsOf(entries, 1 << 14);
  ParallelFor(parts, [&](int part) {
    // Pixels need no look: entry i of a and b are those at 2 i and after it.
    const ptrdiff_t begin = PartStart(entries, parts, part), end = PartStart(entries, parts, part + 1);
    const float *__restrict x = a, *__restrict z = b;
    float* __restrict to = y;
    for (ptrdiff_t i = begin; i < end; i++) {
      to[2 * i] = x[i];
      to[2 * i + 1] = z[i];
    }
  });
}

// The way back, which is also the gradient.
void Deinterleave(Call& call, const Attributes&) {
  auto shape = call.shape(0);
  if (!call.WantPixels(0, "y") || !call.Want(shape.back() % 2 == 0, "want an even number of channels")) return;
  const float* y = call.in(0);
  shape.back() /= 2;
  float* a = call.out(0, shape);
  float* b = call.out(1, shape);
  if (!call.ok()) return;
  const ptrdiff_t entries = call.size(0) / 2;
  const int parts = PartsOf(entries, 1 << 14);
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t begin = PartStart(entries, parts, part), end = PartStart(entries, parts, part + 1);
    const float* __restrict from = y;
    float *__restrict x = a, *__restrict z = b;
    for (ptrdiff_t i = begin; i < end; i++) {
      x[i] = from[2 * i];
      z[i] = from[2 * i + 1];
    }
  });
}

// a0 b0 a1 b1 ... cut in the middle: its first and its second half.
void Shuffle(Call& call, const Attributes&) {
  const auto shape = call.shape(0);
  if (!call.WantPixels(0, "a") || !call.WantShape(1, "b", shape)) return;
  const float *a = call.in(0), *b = call.in(1);
  float* first = call.out(0, shape);
  float* second = call.out(1, shape);
  if (!call.ok()) return;
  const ptrdiff_t half = shape.back(), pixels = call.size(0) / half;
  const int parts = PartsOf(pixels * half, 1 << 14);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t p = PartStart(pixels, parts, part); p < PartStart(pixels, parts, part + 1); p++) {
      const float *__restrict x = a + p * half, *__restrict y = b + p * half;
      float *__restrict to = first + p * half, *__restrict rest = second + p * half;
      for (ptrdiff_t i = 0; i < half / 2; i++) {
        to[2 * i] = x[i];
        to[2 * i + 1] = y[i];
      }
      const ptrdiff_t middle = half / 2;
      if (half % 2 == 0) {
        for (ptrdiff_t i = 0; i < middle; i++) {
          rest[2 * i] = x[middle + i];
          rest[2 * i + 1] = y[middle + i];
        }
      } else {
        to[half - 1] = x[middle];
        rest[0] = y[middle];
        for (ptrdiff_t i = 0; i < middle; i++) {
          rest[2 * i + 1] = x[middle + 1 + i];
          rest[2 * i + 2] = y[middle + 1 + i];
        }
      }
    }
  });
}

// The way back, which is also the gradient.
void Unshuffle(Call& call, const Attributes&) {
  const auto shape = call.shape(0);
  if (!call.WantPixels(0, "first") || !call.WantShape(1, "second", shape)) return;
  const float *first = call.in(0), *second = call.in(1);
  float* a = call.out(0, shape);
  float* b = call.out(1, shape);
  if (!call.ok()) return;
  const ptrdiff_t half = shape.back(), pixels = call.size(0) / half;
  const int parts = PartsOf(pixels * half, 1 << 14);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t p = PartStart(pixels, parts, part); p < PartStart(pixels, parts, part + 1); p++) {
      const float *__restrict from = first + p * half, *__restrict rest = second + p * half;
      float *__restrict x = a + p * half, *__restrict y = b + p * half;
      const ptrdiff_t middle = half / 2;
      for (ptrdiff_t i = 0; i < middle; i++) {
        x[i] = from[2 * i];
        y[i] = from[2 * i + 1];
      }
      if (half % 2 == 0) {
        for (ptrdiff_t i = 0; i < middle; i++) {
          x[middle + i] = rest[2 * i];
          y[middle + i] = rest[2 * i + 1];
        }
      } else {
        x[middle] = from[half - 1];
        y[middle] = rest[0];
        for (ptrdiff_t i = 0; i < middle; i++) {
          x[middle + 1 + i] = rest[2 * i + 1];
          y[middle + 1 + i] = rest[2 * i + 2];
        }
      }
    }
  });
}

// Mean over the pixels: [batch, ..., channels] to [batch, 1, 1, channels].
void SpatialMean(Call& call, const Attributes&) {
  if (!call.WantMaps(0, "x")) return;
  const auto shape = call.shape(0);
  const Maps m(shape);
  const float* x = call.in(0);
  float* y = call.out(0, {m.batch, 1, 1, m.channels});
  if (!call.ok()) return;
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const float* from = x + n * m.pixels * m.channels;
    float* to = y + n * m.channels;
    for (ptrdiff_t c = 0; c < m.channels; c++) to[c] = 0;
    for (ptrdiff_t p = 0; p < m.pixels; p++) {
      const float* pixel = from + p * m.channels;
      EachColumn(m.channels, [=](ptrdiff_t c, auto load, auto store) {
        store(to + c, load(to + c) + load(pixel + c));
      });
    }
    for (ptrdiff_t c = 0; c < m.channels; c++) to[c] /= m.pixels;
  });
}

// y = x times a gate [batch, 1, 1, channels].
void Gate(Call& call, const Attributes&) {
  if (!call.WantMaps(0, "x")) return;
  const auto shape = call.shape(0);
  const Maps m(shape);
  if (!call.WantShape(1, "the gate", {m.batch, 1, 1, m.channels})) return;
  const float *x = call.in(0), *gate = call.in(1);
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const float* s = gate + n * m.channels;
    for (ptrdiff_t p = n * m.pixels; p < (n + 1) * m.pixels; p++) {
      const float* from = x + p * m.channels;
      float* to = y + p * m.channels;
      EachColumn(m.channels, [=](ptrdiff_t c, auto load, auto store) {
        store(to + c, load(from + c) * load(s + c));
      });
    }
  });
}

// Inputs: dy, x, gate. Outputs: dx = dy gate, dgate = sum over pixels of dy x.
void GateGradient(Call& call, const Attributes&) {
  if (!call.WantMaps(1, "x")) return;
  const auto shape = call.shape(1);
  const Maps m(shape);
  if (!call.WantShape(0, "dy", shape) || !call.WantShape(2, "the gate", {m.batch, 1, 1, m.channels})) return;
  const float *dy = call.in(0), *x = call.in(1), *gate = call.in(2);
  float* dx = call.out(0, shape);
  float* dgate = call.out(1, call.shape(2));
  if (!call.ok()) return;
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const float* s = gate + n * m.channels;
    float* sum = dgate + n * m.channels;
    for (ptrdiff_t c = 0; c < m.channels; c++) sum[c] = 0;
    for (ptrdiff_t p = n * m.pixels; p < (n + 1) * m.pixels; p++) {
      const float *from = x + p * m.channels, *slope = dy + p * m.channels;
      float* to = dx + p * m.channels;
      EachColumn(m.channels, [=](ptrdiff_t c, auto load, auto store) {
        const auto g = load(slope + c);
        store(to + c, g * load(s + c));
        store(sum + c, load(sum + c) + g * load(from + c));
      });
    }
  });
}

// Gradient of a max-pool over windows of 2 x 2 that do not overlap. Inputs: dy, x. The first of equal
// entries takes the slope.
void MaxPoolGradient(Call& call, const Attributes&) {
  const auto shape = call.shape(1);
  if (!WantEven(call, 1, "x") || !call.WantShape(0, "dy", {shape[0], shape[1] / 2, shape[2] / 2, shape[3]})) return;
  const float *dy = call.in(0), *x = call.in(1);
  float* dx = call.out(0, shape);
  if (!call.ok()) return;
  const ptrdiff_t columns = shape[2] / 2, channels = shape[3];
  const ptrdiff_t rows = shape[0] * shape[1] / 2;
  const int parts = PartsOf(rows * columns * channels, 1 << 13);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t r = PartStart(rows, parts, part); r < PartStart(rows, parts, part + 1); r++) {
      for (ptrdiff_t column = 0; column < columns; column++) {
        const ptrdiff_t a = (r * 4 * columns + column * 2) * channels, b = a + channels;
        const ptrdiff_t c = a + 2 * columns * channels, d = c + channels;
        const float* slope = dy + (r * columns + column) * channels;
        EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
          const auto va = load(x + a + i), vb = load(x + b + i);
          const auto vc = load(x + c + i), vd = load(x + d + i);
          const auto top = va >= vb ? va : vb;
          const auto bottom = vc >= vd ? vc : vd;
          auto upper = load(slope + i), none = upper - upper;
          const auto lower = top >= bottom ? none : upper;
          upper = top >= bottom ? upper : none;
          store(dx + a + i, va >= vb ? upper : none);
          store(dx + b + i, va >= vb ? none : upper);
          store(dx + c + i, vc >= vd ? lower : none);
          store(dx + d + i, vc >= vd ? none : lower);
        });
      }
    }
  });
}

}  // namespace

bool RegisterElementwise() {
  return Register<Interleave>({"CganKdInterleave", {"a: float", "b: float"}, {"y: float"}, {}}) &&
         Register<Deinterleave>({"CganKdDeinterleave", {"y: float"}, {"a: float", "b: float"}, {}}) &&
         Register<Shuffle>({"CganKdShuffle",
                            {"a: float", "b: float"},
                            {"first: float", "second: float"},
                            {}}) &&
         Register<Unshuffle>({"CganKdUnshuffle",
                              {"first: float", "second: float"},
                              {"a: float", "b: float"},
                              {}}) &&
         Register<SpatialMean>({"CganKdSpatialMean", {"x: float"}, {"y: float"}, {}}) &&
         Register<Gate>({"CganKdGate", {"x: float", "gate: float"}, {"y: float"}, {}}) &&
         Register<GateGradient>({"CganKdGateGrad",
                                 {"dy: float", "x: float", "gate: float"},
                                 {"dx: float", "dgate: float"},
                                 {}}) &&
         Register<MaxPoolGradient>({"CganKdMaxPoolGrad",
                                    {"dy: float", "x: float"},
                                    {"dx: float"},
                                    {}});
}

}  // namespace cgan_kd
