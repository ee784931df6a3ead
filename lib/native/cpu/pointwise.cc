// Convolutions of 1 x 1 are products of matrices with a very long side, the pixels: y[p] = W x[p]. Where channels
// are few, a product takes as long as memory takes to read them, and threads to meet. So nothing is copied but the
// filter, and pixels are cut into parts that threads take as they come.
#include <algorithm>
#include <cstring>
#include <vector>

#include "op.h"
#include "parallel.h"
#include "vector.h"

namespace cgan_kd {
namespace {

constexpr int kOut = 2 * kLanes;            // columns of a tile
constexpr ptrdiff_t kCacheFloats = 6 << 10;  // what stays in the first cache beside other things

// Columns of a matrix in tiles of two vectors; the last tile begins earlier, so that it is whole, and computes some
// columns a second time, to the same bits.
struct Tile {
  ptrdiff_t column;
  int vectors;
};

// Whether a row fills a vector; shorter ones are for plain loops.
inline bool IsWide(ptrdiff_t columns) { return columns >= kLanes; }

std::vector<Tile> TilesOf(ptrdiff_t columns) {
  std::vector<Tile> tiles;
  ptrdiff_t c = 0;
  for (; c + kOut <= columns; c += kOut) tiles.push_back({c, 2});
  const ptrdiff_t rest = columns - c;
  if (rest > kLanes && columns >= kOut) {
    tiles.push_back({columns - kOut, 2});
  } else {
    if (rest >= kLanes) tiles.push_back({c, 1});
    if (rest % kLanes > 0) tiles.push_back({columns - kLanes, 1});
  }
  return tiles;
}

// ---- y = x B: pixels [rows, depth], packed B [depth, columns].

// `count` pixels by one tile.
template <int count, int vectors>
inline void Multiply(const float* __restrict x, ptrdiff_t depth, const float* __restrict packed,
                     float* __restrict y, ptrdiff_t columns) {
  Vector sums[count][vectors] = {};
  for (ptrdiff_t k = 0; k < depth; k++) {
    Vector b[vectors];
    for (int v = 0; v < vectors; v++) b[v] = Load(packed + k * vectors * kLanes + v * kLanes);
    for (int p = 0; p < count; p++) {
      const Vector value = Spread(x[p * depth + k]);
      for (int v = 0; v < vectors; v++) sums[p][v] += value * b[v];
    }
  }
  for (int p = 0; p < count; p++) {
    for (int v = 0; v < vectors; v++) Store(y + p * columns + v * kLanes, sums[p][v]);
  }
}

template <int vectors>
void MultiplyRows(const float* x, ptrdiff_t rows, ptrdiff_t depth, const float* packed, float* y,
                  ptrdiff_t columns) {
  ptrdiff_t p = 0;
  for (; p + 6 <= rows; p += 6) Multiply<6, vectors>(x + p * depth, depth, packed, y + p * columns, columns);
  for (; p < rows; p++) Multiply<1, vectors>(x + p * depth, depth, packed, y + p * columns, columns);
}

// The same for few columns.
template <typename Entry>
void NarrowProduct(const float* x, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, float* y, const Entry& b) {
  const int parts = PartsOf(rows * depth, 1 << 13);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t p = PartStart(rows, parts, part); p < PartStart(rows, parts, part + 1); p++) {
      for (ptrdiff_t column = 0; column < columns; column++) {
        float sum = 0;
        for (ptrdiff_t k = 0; k < depth; k++) sum += x[p * depth + k] * b(k, column);
        y[p * columns + column] = sum;
      }
    }
  });
}

// `b(k, column)` is the entry of B.
template <typename Entry>
void Product(const float* x, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, float* y, const Entry& b) {
  if (!IsWide(columns)) return NarrowProduct(x, rows, depth, columns, y, b);
  const std::vector<Tile> tiles = TilesOf(columns);
  std::vector<ptrdiff_t> places;
  ptrdiff_t size = 0;
  for (const Tile& tile : tiles) {
    places.push_back(size);
    size += tile.vectors * kLanes * depth;
  }
  std::vector<float> packed(size);
  for (size_t t = 0; t < tiles.size(); t++) {
    float* to = packed.data() + places[t];
    for (ptrdiff_t k = 0; k < depth; k++) {
      for (int c = 0; c < tiles[t].vectors * kLanes; c++) *to++ = b(k, tiles[t].column + c);
    }
  }
  // A small B stays in the first cache while pixels go by, six at a time; beside a large one so many pixels stay in
  // the second cache that each tile of it is read for all of them.
  const ptrdiff_t most = size <= kCacheFloats ? 6 : std::max<ptrdiff_t>(6, 4 * kCacheFloats / depth / 6 * 6);
  const int parts = PartsOf(rows, std::max<ptrdiff_t>(6, (1 << 15) / (depth + columns)));
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t end = PartStart(rows, parts, part + 1);
    for (ptrdiff_t p = PartStart(rows, parts, part); p < end; p += most) {
      const ptrdiff_t now = std::min(most, end - p);
      for (size_t t = 0; t < tiles.size(); t++) {
        const auto multiply = tiles[t].vectors == 2 ? MultiplyRows<2> : MultiplyRows<1>;
        multiply(x + p * depth, now, depth, packed.data() + places[t], y + p * columns + tiles[t].column,
                 columns);
      }
    }
  });
}

// ---- dW = x^T dy, summed over pixels in an order that the sizes alone decide.

// `channels` of x by one tile of dy; adds to the sums that lie side by side in `into`.
template <int channels, int vectors>
void AddOuter(const float* __restrict x, ptrdiff_t in, const float* __restrict dy, ptrdiff_t out,
              ptrdiff_t rows, float* __restrict into) {
  Vector sums[channels][vectors];
  for (int c = 0; c < channels; c++) {
    for (int v = 0; v < vectors; v++) sums[c][v] = Load(into + (c * vectors + v) * kLanes);
  }
  for (ptrdiff_t p = 0; p < rows; p++, x += in, dy += out) {
    Vector slope[vectors];
    for (int v = 0; v < vectors; v++) slope[v] = Load(dy + v * kLanes);
    for (int c = 0; c < channels; c++) {
      const Vector value = Spread(x[c]);
      for (int v = 0; v < vectors; v++) sums[c][v] += value * slope[v];
    }
  }
  for (int c = 0; c < channels; c++) {
    for (int v = 0; v < vectors; v++) Store(into + (c * vectors + v) * kLanes, sums[c][v]);
  }
}

using AddFunction = void (*)(const float*, ptrdiff_t, const float*, ptrdiff_t, ptrdiff_t, float*);
constexpr ptrdiff_t kIn = 6;           // channels of x of a tile
constexpr ptrdiff_t kChunk = 10 * kIn;  // and of a piece
constexpr ptrdiff_t kGroup = 4;         // tiles of a piece
constexpr int kPieces = 64;
constexpr ptrdiff_t kLeastRows = 256;
constexpr AddFunction kAdd[2][kIn] = {
    {AddOuter<1, 1>, AddOuter<2, 1>, AddOuter<3, 1>, AddOuter<4, 1>, AddOuter<5, 1>, AddOuter<6, 1>},
    {AddOuter<1, 2>, AddOuter<2, 2>, AddOuter<3, 2>, AddOuter<4, 2>, AddOuter<5, 2>, AddOuter<6, 2>},
};

// For few columns of dy.
void NarrowOuterProduct(const float* x, const float* dy, ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out,
                        float* filter) {
  const ptrdiff_t size = in * out;
  const int parts = PartsOf(rows, std::max<ptrdiff_t>(kLeastRows, rows * size >> 20));
  std::vector<float> sums(parts * size);
  ParallelFor(parts, [&](int part) {
    float* into = sums.data() + part * size;
    for (ptrdiff_t p = PartStart(rows, parts, part); p < PartStart(rows, parts, part + 1); p++) {
      for (ptrdiff_t c = 0; c < in; c++) {
        for (ptrdiff_t k = 0; k < out; k++) into[c * out + k] += x[p * in + c] * dy[p * out + k];
      }
    }
  });
  for (ptrdiff_t i = 0; i < size; i++) {
    float sum = 0;
    for (int part = 0; part < parts; part++) sum += sums[part * size + i];
    filter[i] = sum;
  }
}

void OuterProduct(const float* x, const float* dy, ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out, float* filter) {
  if (!IsWide(out)) return NarrowOuterProduct(x, dy, rows, in, out, filter);
  const std::vector<Tile> tiles = TilesOf(out);
  // The sums of a part of the pixels lie tile after tile, within a tile channel after channel.
  std::vector<ptrdiff_t> places;
  ptrdiff_t size = 0;
  for (const Tile& tile : tiles) {
    places.push_back(size);
    size += tile.vectors * kLanes * in;
  }
  // Large filters are cut into pieces for the threads, pixels only where that is too few: parts have to be added up.
  const ptrdiff_t groups = (tiles.size() + kGroup - 1) / kGroup, chunks = (in + kChunk - 1) / kChunk;
  const int cells = static_cast<int>(groups * chunks);
  const int parts = std::min(PartsOf(rows, std::max<ptrdiff_t>(kLeastRows, (1 << 16) / (in + out))),
                             (kPieces + cells - 1) / cells);
  const ptrdiff_t block = std::clamp<ptrdiff_t>(kCacheFloats / (std::min(in, kChunk) + kOut), 32, 256);
  std::vector<float> sums(parts * size);
  ParallelFor(parts * cells, [&](int piece) {
    const int part = piece / cells, cell = piece % cells;
    const size_t first = cell / chunks * kGroup, last = std::min(tiles.size(), first + kGroup);
    const ptrdiff_t begin = cell % chunks * kChunk, stop = std::min(in, begin + kChunk);
    const ptrdiff_t end = PartStart(rows, parts, part + 1);
    for (ptrdiff_t p = PartStart(rows, parts, part); p < end; p += block) {
      const ptrdiff_t now = std::min(block, end - p);
      for (size_t t = first; t < last; t++) {
        const int vectors = tiles[t].vectors;
        const float* slope = dy + p * out + tiles[t].column;
        float* into = sums.data() + part * size + places[t];
        for (ptrdiff_t c = begin; c < stop; c += kIn) {
          const ptrdiff_t channels = std::min(kIn, stop - c);
          kAdd[vectors - 1][channels - 1](x + p * in + c, in, slope, out, now, into + c * vectors * kLanes);
        }
      }
    }
  });
  const int folds = PartsOf(in, std::max<ptrdiff_t>(1, (1 << 15) / (parts * out)));
  ParallelFor(folds, [&](int fold) {
    for (ptrdiff_t c = PartStart(in, folds, fold); c < PartStart(in, folds, fold + 1); c++) {
      for (size_t t = 0; t < tiles.size(); t++) {
        const ptrdiff_t columns = tiles[t].vectors * kLanes, at = places[t] + c * columns;
        float* to = filter + c * out + tiles[t].column;
        std::memcpy(to, &sums[at], columns * sizeof(float));
        for (int part = 1; part < parts; part++) {
          const float* from = &sums[part * size + at];
          for (ptrdiff_t k = 0; k < columns; k++) to[k] += from[k];
        }
      }
    }
  });
}

// Inputs: x [..., in], filter [1, 1, in, out].
void Forward(Call& call, const Attributes&) {
  auto shape = call.shape(0);
  const auto filter = call.shape(1);
  if (!call.Want(filter.size() == 4 && filter[0] == 1 && filter[1] == 1 && filter[2] == shape.back(),
                 "want a filter of 1 x 1 for the channels of x")) {
    return;
  }
  const ptrdiff_t in = filter[2], out = filter[3], rows = call.size(0) / in;
  shape.back() = out;
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  const float* w = call.in(1);
  Product(call.in(0), rows, in, out, y, [=](ptrdiff_t k, ptrdiff_t column) { return w[k * out + column]; });
}

// Inputs: filter [1, 1, in, out], dy [..., out].
void InputGradient(Call& call, const Attributes&) {
  const auto filter = call.shape(0);
  auto shape = call.shape(1);
  if (!call.Want(filter.size() == 4 && filter[0] == 1 && filter[1] == 1 && filter[3] == shape.back(),
                 "want a filter of 1 x 1 for the channels of dy")) {
    return;
  }
  const ptrdiff_t in = filter[2], out = filter[3], rows = call.size(1) / out;
  shape.back() = in;
  float* dx = call.out(0, shape);
  if (!call.ok()) return;
  const float* w = call.in(0);
  Product(call.in(1), rows, out, in, dx, [=](ptrdiff_t k, ptrdiff_t column) { return w[column * out + k]; });
}

// Inputs: x [..., in], dy [..., out].
void FilterGradient(Call& call, const Attributes&) {
  const ptrdiff_t in = call.shape(0).back(), out = call.shape(1).back(), rows = call.size(0) / in;
  if (!call.Want(call.size(1) == rows * out, "want maps of the same pixels")) return;
  float* filter = call.out(0, {1, 1, in, out});
  if (!call.ok()) return;
  OuterProduct(call.in(0), call.in(1), rows, in, out, filter);
}

}  // namespace

bool RegisterPointwise() {
  return Register<Forward>({"CganKdPointwise", {"x: float", "filter: float"}, {"y: float"}, {}}) &&
         Register<InputGradient>(
             {"CganKdPointwiseInputGrad", {"filter: float", "dy: float"}, {"dx: float"}, {}}) &&
         Register<FilterGradient>(
             {"CganKdPointwiseFilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, {}});
}

}  // namespace cgan_kd
