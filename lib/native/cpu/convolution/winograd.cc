// Convolutions of 3 x 3 by Winograd's algorithm, and their gradients for the maps; see winograd.h.
#include <memory>
#include <type_traits>
#include <vector>

#include "../core/op.h"
#include "../core/pairs.h"
#include "../core/places.h"
#include "../core/products.h"
#include "winograd.h"

namespace cgan_kd {
namespace {

// A^T m A: the results of a tile from what the products gave; place p of channel c lies at from[p * step + c].
void TransformResults(const TiledMaps& maps, ptrdiff_t tile, const float* from, ptrdiff_t step, ptrdiff_t out,
                      float* y) {
  const TilePlace place(maps, tile);
  const bool lower = place.row + 1 < maps.rows, right = place.column + 1 < maps.columns;
  float* first = y + ((place.image * maps.rows + place.row) * maps.columns + place.column) * out;
  float* second = first + maps.columns * out;
  EachColumn(out, [&](ptrdiff_t c, auto load, auto store) {
    using F = decltype(load(from));
    F top[4], bottom[4];
    for (int j = 0; j < 4; j++) {
      const F a = load(from + j * step + c), b = load(from + (4 + j) * step + c);
      const F d = load(from + (8 + j) * step + c), e = load(from + (12 + j) * step + c);
      top[j] = a + b + d;
      bottom[j] = b - d - e;
    }
    store(first + c, top[0] + top[1] + top[2]);
    if (right) store(first + out + c, top[1] - top[2] - top[3]);
    if (lower) store(second + c, bottom[0] + bottom[1] + bottom[2]);
    if (lower && right) store(second + out + c, bottom[1] - bottom[2] - bottom[3]);
  });
}

// G g G^T for every pair of channels, and what a product takes of it: the 16 matrices [in, out], or, for the gradient of
// the maps, of the filter turned around, [out, in].
template <typename Factor>
std::vector<PackedIn<Factor>> TransformFilter(const float* filter, ptrdiff_t in, ptrdiff_t out, bool is_turned) {
  using Entry = EntryOf<Factor>;
  const ptrdiff_t plane = in * out, step = plane + kApart;
  const std::unique_ptr<Entry[]> u(new Entry[kPlaces * step]);
  const int parts = PartsOf(plane, 1 << 12);
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t begin = PartStart(plane, parts, part);
    const float* from = filter + begin;
    Entry* to = &u[begin];
    EachColumn(PartStart(plane, parts, part + 1) - begin, [&](ptrdiff_t k, auto load, auto) {
      using F = decltype(load(from));
      F rows[4][3];
      for (int j = 0; j < 3; j++) {
        const auto weight = [&](int i) { return load(from + (is_turned ? 8 - i * 3 - j : i * 3 + j) * plane + k); };
        const F a = weight(0), b = weight(1), c = weight(2);
        rows[0][j] = a;
        rows[1][j] = 0.5f * (a + c + b);
        rows[2][j] = 0.5f * (a + c - b);
        rows[3][j] = c;
      }
      for (int i = 0; i < 4; i++) {
        const F *row = rows[i], sum = row[0] + row[2];
        const F halves[2] = {0.5f * (sum + row[1]), 0.5f * (sum - row[1])};
        Entry* place = to + 4 * i * step + k;
        Put(place, row[0]);
        Put(place + step, halves[0]);
        Put(place + 2 * step, halves[1]);
        Put(place + 3 * step, row[2]);
      }
    });
  });
  using Matrix = PackedIn<Factor>;
  std::vector<Matrix> packed(kPlaces, Matrix(0, is_turned ? in : out, [](ptrdiff_t, ptrdiff_t) { return Entry(); }));
  ParallelFor(kPlaces, [&](int p) {
    const Entry* from = &u[p * step];
    if (is_turned) {
      packed[p] = Matrix(out, in, [=](ptrdiff_t k, ptrdiff_t c) { return from[c * out + k]; });
    } else {
      packed[p] = Matrix(in, out, [=](ptrdiff_t c, ptrdiff_t k) { return from[c * out + k]; });
    }
  });
  return packed;
}

template <typename Factor>
void Convolve(const TiledMaps& maps, ptrdiff_t out, const std::vector<PackedIn<Factor>>& filter, float* y) {
  using Entry = EntryOf<Factor>;
  const ptrdiff_t all = maps.Tiles(), depth = FactorsOf<Factor>(maps.in);
  const ptrdiff_t size = std::clamp<ptrdiff_t>(all / kLeastTasks, 8, TilesTogether(maps.in, out));
  const int parts = static_cast<int>((all + size - 1) / size);
  const std::vector<float> zeros(maps.in, 0.0f);
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t begin = PartStart(all, parts, part), count = PartStart(all, parts, part + 1) - begin;
    const ptrdiff_t step = count * depth + kApart, result_step = count * out + kApart;
    static thread_local std::vector<Factor> pixels;
    static thread_local std::vector<float> results;
    if (static_cast<ptrdiff_t>(pixels.size()) < kPlaces * step) pixels.resize(kPlaces * step);
    if (static_cast<ptrdiff_t>(results.size()) < kPlaces * result_step) results.resize(kPlaces * result_step);
    for (ptrdiff_t t = 0; t < count; t++) {
      Entry* to = reinterpret_cast<Entry*>(pixels.data() + t * depth);
      const ptrdiff_t entries = step * kEntries<Factor>;
      TransformPixels(maps, begin + t, zeros.data(), to, entries);
      // A last pair of one channel.
      for (int p = 0; p < kPlaces && maps.in % kEntries<Factor> != 0; p++) Put(to + p * entries + maps.in, 0.0f);
    }
    for (int p = 0; p < kPlaces; p++) MultiplyRows(&pixels[p * step], count, filter[p], &results[p * result_step]);
    for (ptrdiff_t t = 0; t < count; t++) {
      TransformResults(maps, begin + t, &results[t * out], result_step, out, y);
    }
  });
}

bool IsKnown(Call& call, const std::vector<int64_t>& maps, const std::vector<int64_t>& filter, int channels) {
  return call.Want(maps.size() == 4 && filter.size() == 4 && filter[0] == 3 && filter[1] == 3 &&
                       filter[channels] == maps[3] && filter[2] >= kLanes && filter[3] >= kLanes,
                   "want maps of rank 4 and a filter of 3 x 3 for their 8 channels or more") &&
         call.Want(call.size(0) > 0 && call.size(1) > 0, "want no empty maps or filter");
}

// Inputs: x, filter [3, 3, in, out].
void Forward(Call& call, const Attributes& attributes) {
  const auto x = call.shape(0), filter = call.shape(1);
  if (!IsKnown(call, x, filter, 2) || !WantZeros(call, x, 3, attributes.before, attributes.after)) return;
  const ptrdiff_t in = x[3], out = filter[3], zeros = attributes.before + attributes.after;
  const TiledMaps maps{call.in(0), x[0], x[1], x[2], in, attributes.before, x[1] + zeros - 2, x[2] + zeros - 2};
  float* y = call.out(0, {x[0], maps.rows, maps.columns, out});
  if (!call.ok()) return;
  WithFactors(call, attributes, [&](auto factor) {
    Convolve(maps, out, TransformFilter<decltype(factor)>(call.in(1), in, out, false), y);
  });
}

// Inputs: filter, dy: a convolution of dy with the filter turned around.
void InputGradient(Call& call, const Attributes& attributes) {
  const auto filter = call.shape(0), dy = call.shape(1);
  if (!IsKnown(call, dy, filter, 3)) return;
  const ptrdiff_t in = filter[2], out = filter[3];
  if (!WantPlaces(call, {dy[0], attributes.height, attributes.width, in}, dy, 3, 1, attributes.before)) return;
  const TiledMaps maps{call.in(1), dy[0], dy[1], dy[2], out, 2 - attributes.before, attributes.height, attributes.width};
  float* dx = call.out(0, {dy[0], maps.rows, maps.columns, in});
  if (!call.ok()) return;
  WithFactors(call, attributes, [&](auto factor) {
    Convolve(maps, in, TransformFilter<decltype(factor)>(call.in(0), in, out, true), dx);
  });
}

}  // namespace

bool RegisterWinograd() {
  return Register<Forward>({"CganKdWinograd",
                            {"x: float", "filter: float"},
                            {"y: float"},
                            {"before: int", "after: int", "bf16: int"}}) &&
         Register<InputGradient>({"CganKdWinogradInputGrad",
                                  {"filter: float", "dy: float"},
                                  {"dx: float"},
                                  {"before: int", "height: int", "width: int", "bf16: int"}});
}

}  // namespace cgan_kd
