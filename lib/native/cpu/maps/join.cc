// Maps side by side in channels, and their slopes apart again.
#include <vector>

#include "../core/op.h"
#include "../core/parallel.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

// body(pixel) for all of them.
template <typename Body>
void EachPixel(ptrdiff_t pixels, ptrdiff_t channels, const Body& body) {
  const int parts = PartsOf(pixels * channels, 1 << 15);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t p = PartStart(pixels, parts, part); p < PartStart(pixels, parts, part + 1); p++) body(p);
  });
}

// Inputs: a [..., m], b [..., n] of the same pixels.
void Join(Call& call, const Attributes&) {
  if (!WantSamePixels(call, 0, 1)) return;
  auto shape = call.shape(0);
  const ptrdiff_t m = shape.back(), n = call.shape(1).back(), pixels = call.size(0) / m;
  shape.back() = m + n;
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  const float *a = call.in(0), *b = call.in(1);
  EachPixel(pixels, m + n, [=](ptrdiff_t p) {
    Copy(y + p * (m + n), a + p * m, m);
    Copy(y + p * (m + n) + m, b + p * n, n);
  });
}

// Inputs: a, b (only their shapes are read), and the slopes of both joined.
void Part(Call& call, const Attributes&) {
  if (!WantSamePixels(call, 0, 1)) return;
  const auto first = call.shape(0), second = call.shape(1);
  const ptrdiff_t m = first.back(), n = second.back(), pixels = call.size(0) / m;
  auto both = first;
  both.back() = m + n;
  if (!call.WantShape(2, "dy", both)) return;
  float* da = call.out(0, first);
  float* db = call.out(1, second);
  if (!call.ok()) return;
  const float* dy = call.in(2);
  EachPixel(pixels, m + n, [=](ptrdiff_t p) {
    Copy(da + p * m, dy + p * (m + n), m);
    Copy(db + p * n, dy + p * (m + n) + m, n);
  });
}

}  // namespace

bool RegisterJoin() {
  return Register<Join>({"CganKdJoinChannels", {"a: float", "b: float"}, {"y: float"}, {}}) &&
         Register<Part>({"CganKdPartChannels",
                         {"a: float", "b: float", "dy: float"},
                         {"da: float", "db: float"},
                         {}});
}

}  // namespace cgan_kd
