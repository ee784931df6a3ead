// Sums over everything, and over all but the channels, in an order that depends only on the sizes.
#include <algorithm>
#include <vector>

#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

constexpr ptrdiff_t kLeast = 1 << 15;  // entries of a part
constexpr ptrdiff_t kRun = 1 << 12;    // entries whose sum is kept in single precision

// In four vectors of partial sums.
float SumRun(const float* x, ptrdiff_t count) {
  Long sums[4] = {};
  ptrdiff_t i = 0;
  for (; i + 4 * kLong <= count; i += 4 * kLong) {
    for (int v = 0; v < 4; v++) sums[v] += LoadLong(x + i + v * kLong);
  }
  const Long all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float total = 0;
  for (int lane = 0; lane < kLong; lane++) total += all[lane];
  for (; i < count; i++) total += x[i];
  return total;
}

void Total(Call& call, const Attributes&) {
  if (!call.WantPixels(0, "x")) return;
  const float* x = call.in(0);
  const ptrdiff_t size = call.size(0);
  float* y = call.out(0, {});
  if (!call.ok()) return;
  const int parts = PartsOf(size, kLeast);
  std::vector<double> sums(parts, 0.0);
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t end = PartStart(size, parts, part + 1);
    for (ptrdiff_t i = PartStart(size, parts, part); i < end; i += kRun) {
      sums[part] += SumRun(x + i, std::min(kRun, end - i));
    }
  });
  double total = 0;
  for (double sum : sums) total += sum;
  y[0] = static_cast<float>(total);
}

// Of dy [..., channels].
void BiasGradient(Call& call, const Attributes&) {
  if (!call.WantPixels(0, "dy")) return;
  const ptrdiff_t channels = call.shape(0).back();
  const float* dy = call.in(0);
  float* dbias = call.out(0, {channels});
  if (!call.ok()) return;
  const Rows size(call.size(0) / channels, channels);
  const ptrdiff_t wide = size.wide;
  std::vector<float> sums(size.parts * wide);
  size.Each([&](int part, ptrdiff_t begin, ptrdiff_t end) {
    float* __restrict sum = &sums[part * wide];
    for (ptrdiff_t r = begin; r < end; r++) {
      const float* __restrict slope = dy + r * wide;
      EachColumn(wide, [=](ptrdiff_t i, auto load, auto store) { store(sum + i, load(sum + i) + load(slope + i)); });
    }
  });
  const auto folded = size.Fold(sums);
  for (ptrdiff_t c = 0; c < channels; c++) dbias[c] = static_cast<float>(folded[c]);
}

}  // namespace

bool RegisterSums() {
  return Register<Total>({"CganKdTotal", {"x: float"}, {"y: float"}, {}}) &&
         Register<BiasGradient>({"CganKdBiasGrad", {"dy: float"}, {"dbias: float"}, {}});
}

}  // namespace cgan_kd
