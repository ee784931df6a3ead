// What residual blocks do to maps between convolutions, one pass over memory each: a bias with its ReLU,
// the sum of two branches with their biases, the two branches of a rectified map.
#include <algorithm>
#include <vector>

#include "../core/activation.h"
#include "../core/op.h"
#include "../core/rows.h"
#include "../core/windows.h"

namespace cgan_kd {
namespace {

ptrdiff_t PixelsOf(const std::vector<int64_t>& shape) {
  ptrdiff_t pixels = 1;
  for (size_t d = 0; d + 1 < shape.size(); d++) pixels *= shape[d];
  return pixels;
}

// Sums over all pixels, one number per channel.
void Write(const std::vector<double>& sums, float* to) {
  for (size_t c = 0; c < sums.size(); c++) to[c] = static_cast<float>(sums[c]);
}

// y = max(0, x + bias).
void BiasRelu(Call& call, const Attributes&) {
  if (!call.WantPixels(0, "x")) return;
  const auto shape = call.shape(0);
  const ptrdiff_t channels = shape.back();
  if (!call.WantVectors(1, 1, channels)) return;
  const float *x = call.in(0), *bias = call.in(1);
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  const Rows size(PixelsOf(shape), channels);
  const auto wide_bias = size.Widen(std::vector<float>(bias, bias + channels));
  size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
    const float* __restrict b = wide_bias.data();
    for (ptrdiff_t r = begin; r < end; r++) {
      const float* __restrict in = x + r * size.wide;
      float* __restrict to = y + r * size.wide;
      EachColumn(size.wide, [=](ptrdiff_t i, auto load, auto store) {
        store(to + i, Relu::Value(load(in + i) + load(b + i)));
      });
    }
  });
}

// Inputs: dy, y. Outputs: dx, dbias.
void BiasReluGradient(Call& call, const Attributes&) {
  if (!call.WantPixels(1, "y")) return;
  const auto shape = call.shape(1);
  const ptrdiff_t channels = shape.back();
  if (!call.WantShape(0, "dy", shape)) return;
  const float *dy = call.in(0), *y = call.in(1);
  float* dx = call.out(0, shape);
  float* dbias = call.out(1, {channels});
  if (!call.ok()) return;
  const Rows size(PixelsOf(shape), channels);
  const ptrdiff_t wide = size.wide;
  std::vector<float> sums(size.parts * wide);
  size.Each([&](int part, ptrdiff_t begin, ptrdiff_t end) {
    float* __restrict sum = &sums[part * wide];
    for (ptrdiff_t r = begin; r < end; r++) {
      const float *__restrict slope = dy + r * wide, *__restrict value = y + r * wide;
      float* __restrict to = dx + r * wide;
      EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) {
        const auto g = Relu::Slope(load(slope + i), load(value + i));
        store(to + i, g);
        store(sum + i, load(sum + i) + g);
      });
    }
  });
  Write(size.Fold(sums), dbias);
}

// Inputs: main, side, and for each a bias per channel. y = (main + b) + (side + c); where side has half the
// height and width, each of its pixels is added to four.
void Join(Call& call, const Attributes&) {
  if (!call.WantMaps(0, "main") || !call.WantMaps(1, "side")) return;
  const auto shape = call.shape(0), small = call.shape(1);
  const ptrdiff_t channels = shape.back();
  const bool same = shape == small;
  if (!call.Want(small[0] == shape[0] && small[3] == channels &&
                     (same || (2 * small[1] == shape[1] && 2 * small[2] == shape[2])),
                 "want side of the shape of main, or of half its height and width") ||
      !call.WantVectors(2, 2, channels)) {
    return;
  }
  const float *main = call.in(0), *side = call.in(1), *bias = call.in(2), *side_bias = call.in(3);
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  if (same) {
    const Rows size(PixelsOf(shape), channels);
    const ptrdiff_t wide = size.wide;
    const auto wide_bias = size.Widen(std::vector<float>(bias, bias + channels));
    const auto wide_side = size.Widen(std::vector<float>(side_bias, side_bias + channels));
    size.Each([&](int, ptrdiff_t begin, ptrdiff_t end) {
      const float *__restrict b = wide_bias.data(), *__restrict c = wide_side.data();
      for (ptrdiff_t r = begin; r < end; r++) {
        const float *__restrict in = main + r * wide, *__restrict other = side + r * wide;
        float* __restrict to = y + r * wide;
        EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) {
          store(to + i, (load(in + i) + load(b + i)) + (load(other + i) + load(c + i)));
        });
      }
    });
    return;
  }
  const ptrdiff_t lines = shape[0] * shape[1], columns = shape[2], line = columns * channels;
  const int parts = PartsOf(lines * line, 1 << 15);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t h = PartStart(lines, parts, part); h < PartStart(lines, parts, part + 1); h++) {
      for (ptrdiff_t w = 0; w < columns; w++) {
        const float* __restrict in = main + h * line + w * channels;
        const float* __restrict other = side + (h / 2) * (line / 2) + (w / 2) * channels;
        float* __restrict to = y + h * line + w * channels;
        EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
          store(to + i, (load(in + i) + load(bias + i)) + (load(other + i) + load(side_bias + i)));
        });
      }
    }
  });
}

// Input: dy [batch, 2 height, 2 width, channels]. Outputs: sums over windows of 2 x 2, and over all pixels.
void JoinGradient(Call& call, const Attributes&) {
  const auto shape = call.shape(0);
  if (!WantEven(call, 0, "dy")) return;
  const ptrdiff_t channels = shape[3], line = shape[2] * channels, columns = shape[2] / 2;
  const ptrdiff_t lines = shape[0] * shape[1] / 2;
  const float* dy = call.in(0);
  float* dside = call.out(0, {shape[0], shape[1] / 2, columns, channels});
  float* dbias = call.out(1, {channels});
  if (!call.ok()) return;
  const int parts = PartsOf(lines * line, 1 << 14);
  std::vector<float> sums(parts * channels);
  ParallelFor(parts, [&](int part) {
    float* __restrict sum = &sums[part * channels];
    for (ptrdiff_t h = PartStart(lines, parts, part); h < PartStart(lines, parts, part + 1); h++) {
      for (ptrdiff_t w = 0; w < columns; w++) {
        const float* __restrict above = dy + 2 * h * line + 2 * w * channels;
        const float* __restrict below = above + line;
        float* __restrict to = dside + (h * columns + w) * channels;
        EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
          const auto g = (load(above + i) + load(above + channels + i)) +
                         (load(below + i) + load(below + channels + i));
          store(to + i, g);
          store(sum + i, load(sum + i) + g);
        });
      }
    }
  });
  for (ptrdiff_t c = 0; c < channels; c++) {
    double total = 0;
    for (int part = 0; part < parts; part++) total += sums[part * channels + c];
    dbias[c] = static_cast<float>(total);
  }
}

// The windows of 2 x 2 of a map: body(first entry of each of the four pixels, first entry of the window).
template <typename Body>
void EachWindow(const std::vector<int64_t>& shape, const Body& body) {
  const ptrdiff_t channels = shape[3], line = shape[2] * channels, columns = shape[2] / 2;
  const ptrdiff_t lines = shape[0] * shape[1] / 2;
  const int parts = PartsOf(lines * line, 1 << 14);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t h = PartStart(lines, parts, part); h < PartStart(lines, parts, part + 1); h++) {
      for (ptrdiff_t w = 0; w < columns; w++) {
        const ptrdiff_t above = 2 * h * line + 2 * w * channels;
        body(above, above + channels, above + line, above + line + channels,
             (h * columns + w) * channels);
      }
    }
  });
}

// Input i: maps that the pool, of all entries or of those above 0, cuts into windows.
bool WantWindows(Call& call, int i, const char* name, const Attributes& attributes) {
  return WantEven(call, i, name) &&
         call.Want(attributes.activation <= 1, "want activation 0, none, or 1, the ReLU");
}

// Input: x. Outputs: r = max(0, x), and means over windows of 2 x 2: of r where activation is 1, else of x.
void ReluPool(Call& call, const Attributes& attributes) {
  const auto shape = call.shape(0);
  if (!WantWindows(call, 0, "x", attributes)) return;
  const ptrdiff_t channels = shape[3];
  const float* x = call.in(0);
  float* r = call.out(0, shape);
  float* pooled = call.out(1, {shape[0], shape[1] / 2, shape[2] / 2, channels});
  if (!call.ok()) return;
  const auto run = [&](auto act) {
    using Act = decltype(act);
    EachWindow(shape, [=](ptrdiff_t a, ptrdiff_t b, ptrdiff_t c, ptrdiff_t d, ptrdiff_t to) {
      EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
        const auto va = load(x + a + i), vb = load(x + b + i);
        const auto vc = load(x + c + i), vd = load(x + d + i);
        store(r + a + i, Relu::Value(va));
        store(r + b + i, Relu::Value(vb));
        store(r + c + i, Relu::Value(vc));
        store(r + d + i, Relu::Value(vd));
        store(pooled + to + i, 0.25f * ((Act::Value(va) + Act::Value(vb)) +
                                        (Act::Value(vc) + Act::Value(vd))));
      });
    });
  };
  if (attributes.activation == 1) run(Relu{});
  else run(Identity{});
}

// Inputs: dr, dpooled, r. Output: dx.
void ReluPoolGradient(Call& call, const Attributes& attributes) {
  const auto shape = call.shape(0);
  if (!WantWindows(call, 0, "dr", attributes) || !call.WantShape(2, "r", shape) ||
      !call.WantShape(1, "dpooled", {shape[0], shape[1] / 2, shape[2] / 2, shape[3]})) {
    return;
  }
  const ptrdiff_t channels = shape[3];
  const float *dr = call.in(0), *dpooled = call.in(1), *r = call.in(2);
  float* dx = call.out(0, shape);
  if (!call.ok()) return;
  const auto run = [&](auto act) {
    using Act = decltype(act);
    EachWindow(shape, [=](ptrdiff_t a, ptrdiff_t b, ptrdiff_t c, ptrdiff_t d, ptrdiff_t from) {
      EachColumn(channels, [=](ptrdiff_t i, auto load, auto store) {
        const auto share = load(dpooled + from + i) * 0.25f;
        for (const ptrdiff_t at : {a, b, c, d}) {
          const auto value = load(r + at + i);
          store(dx + at + i, Relu::Slope(load(dr + at + i), value) + Act::Slope(share, value));
        }
      });
    });
  };
  if (attributes.activation == 1) run(Relu{});
  else run(Identity{});
}

}  // namespace

bool RegisterResidual() {
  return Register<BiasRelu>({"CganKdBiasRelu", {"x: float", "bias: float"}, {"y: float"}, {}}) &&
         Register<BiasReluGradient>({"CganKdBiasReluGrad",
                                     {"dy: float", "y: float"},
                                     {"dx: float", "dbias: float"},
                                     {}}) &&
         Register<Join>({"CganKdJoin",
                         {"main: float", "side: float", "bias: float", "side_bias: float"},
                         {"y: float"},
                         {}}) &&
         Register<JoinGradient>({"CganKdJoinGrad",
                                 {"dy: float"},
                                 {"dside: float", "dbias: float"},
                                 {}}) &&
         Register<ReluPool>({"CganKdReluPool",
                             {"x: float"},
                             {"r: float", "pooled: float"},
                             {"activation: int"}}) &&
         Register<ReluPoolGradient>({"CganKdReluPoolGrad",
                                     {"dr: float", "dpooled: float", "r: float"},
                                     {"dx: float"},
                                     {"activation: int"}});
}

}  // namespace cgan_kd
