// Products of matrices with a very long side, the pixels: y = x B and B = x^T y. Tiles of a few rows by two vectors of
// columns stay in registers; nothing is copied but the short matrix. Factors are floats, or pairs of bfloat16 numbers:
// depth is counted in factors then, and sums are float32 either way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "pairs.h"
#include "prefetch.h"
#include "vector.h"

namespace cgan_kd {

constexpr ptrdiff_t kTileColumns = 2 * kLong;
constexpr ptrdiff_t kTileRows = kLong == 16 ? 8 : 6;
constexpr ptrdiff_t kCacheFloats = 6 << 10;  // what stays in the first cache beside other things

// Columns of a matrix in tiles of two long vectors, one, or a short one; the last of a width begins earlier, so that it
// is whole, and computes some columns a second time, to the same bits. Fewer columns than a short vector are for plain
// loops.
struct Tile {
  ptrdiff_t column;
  ptrdiff_t columns;
  ptrdiff_t place;  // its first entry, in units of a row's entry, where tiles lie one after the other
};

struct Tiles {
  std::vector<Tile> list;
  ptrdiff_t wide = 0;  // entries of a row in all tiles

  explicit Tiles(ptrdiff_t columns) {
    ptrdiff_t c = 0;
    for (ptrdiff_t width = kTileColumns; width >= kLanes; width /= 2) {
      for (; c + width <= columns; c += width) Add(c, width);
      // More than half a tile is left: half tiles would be two.
      if (columns - c > width / 2 && columns >= width) {
        Add(columns - width, width);
        return;
      }
    }
    if (c < columns && columns >= kLanes) Add(columns - kLanes, kLanes);
  }

 private:
  void Add(ptrdiff_t column, ptrdiff_t columns) {
    list.push_back({column, columns, wide});
    wide += columns;
  }
};

// B [depth, columns] with tiles one after the other.
template <typename Factor>
struct PackedIn {
  ptrdiff_t depth, columns;  // depth in factors
  Tiles tiles;
  std::vector<Factor> entries;

  // `b(k, column)` is the entry of B, of `rows` rows.
  template <typename Entry>
  PackedIn(ptrdiff_t rows, ptrdiff_t columns, const Entry& b)
      : depth(FactorsOf<Factor>(rows)), columns(columns), tiles(columns), entries(tiles.wide * depth) {
    for (const Tile& tile : tiles.list) {
      Factor* to = entries.data() + tile.place * depth;
      if constexpr (std::is_same_v<Factor, float>) {
        for (ptrdiff_t k = 0; k < depth; k++) {
          for (ptrdiff_t c = 0; c < tile.columns; c++) *to++ = b(k, tile.column + c);
        }
      } else {
        for (ptrdiff_t k = 0; k + 1 < rows; k += 2, to += tile.columns) {
          for (ptrdiff_t c = 0; c < tile.columns; c++) {
            to[c] = Join(AsHalf(b(k, tile.column + c)), AsHalf(b(k + 1, tile.column + c)));
          }
        }
        for (ptrdiff_t c = 0; c < tile.columns && rows % 2 == 1; c++) {
          to[c] = Join(AsHalf(b(rows - 1, tile.column + c)), 0);
        }
      }
    }
  }
};
using Packed = PackedIn<float>;

// Where the factors of a row of x lie: `runs` runs of `depth` factors, `line` apart. Rows are `step` apart.
struct Runs {
  ptrdiff_t step, line, runs, depth;
};

// A tile's row, of sums or of factors, in as few vectors as hold it.
template <int columns, typename Factor>
struct Row {
  using Lane = std::conditional_t<columns % kLong == 0, Long, Vector>;
  using Factors = decltype(SpreadOver(Lane(), Factor()));
  static constexpr int kWide = sizeof(Lane) / sizeof(float), kVectors = columns / kWide;

  static Factors LoadOne(const Factor* from) {
    Factors v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  }
  static Lane LoadSums(const float* from) {
    Lane v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  }
  static Factors SpreadOne(Factor value) { return SpreadOver(Lane(), value); }
};

template <typename Factor, int count, int columns>
void MultiplyTile(const Factor* __restrict x, const Runs& at, const Factor* __restrict b, float* __restrict y,
                  ptrdiff_t step, bool streams) {
  using R = Row<columns, Factor>;
  typename R::Lane sums[count][R::kVectors] = {};
  for (ptrdiff_t run = 0; run < at.runs; run++) {
    const Factor* __restrict from = x + run * at.line;
    for (ptrdiff_t k = 0; k < at.depth; k++, b += columns) {
      typename R::Factors row[R::kVectors];
      for (int v = 0; v < R::kVectors; v++) row[v] = R::LoadOne(b + v * R::kWide);
#pragma GCC unroll 16
      for (int p = 0; p < count; p++) {
        const auto value = R::SpreadOne(from[p * at.step + k]);
        for (int v = 0; v < R::kVectors; v++) MultiplyAdd(sums[p][v], value, row[v]);
      }
    }
  }
  if constexpr (columns % kLong == 0) {
    if (streams) {
      for (int p = 0; p < count; p++) {
        for (int v = 0; v < R::kVectors; v++) StreamLong(y + p * step + v * kLong, sums[p][v]);
      }
      return;
    }
  }
  for (int p = 0; p < count; p++) std::memcpy(y + p * step, sums[p], columns * sizeof(float));
}

// A function for each number of rows and width of a tile.
template <typename Function, typename Factor, template <typename, int, int> class Of, int... rows>
Function PickTile(ptrdiff_t count, ptrdiff_t columns, std::integer_sequence<int, rows...>) {
  constexpr Function kTwo[] = {Of<Factor, rows + 1, kTileColumns>::kFunction...};
  constexpr Function kOne[] = {Of<Factor, rows + 1, kTileColumns / 2>::kFunction...};
  constexpr Function kShort[] = {Of<Factor, rows + 1, kLanes>::kFunction...};
  return (columns == kTileColumns ? kTwo : columns == kLanes ? kShort : kOne)[count - 1];
}

template <typename Factor>
using MultiplyFunction = void (*)(const Factor*, const Runs&, const Factor*, float*, ptrdiff_t, bool);
template <typename Factor, int count, int columns>
struct Multiplied {
  static constexpr MultiplyFunction<Factor> kFunction = MultiplyTile<Factor, count, columns>;
};

using AllRows = std::make_integer_sequence<int, kTileRows>;

// Tiles that so many rows take, one above the other.
inline ptrdiff_t GroupsOf(ptrdiff_t rows) { return (rows + kTileRows - 1) / kTileRows; }

// y = x B for `rows` rows of x and one tile of B, in groups of like size. An entry's bits do not depend on them.
template <typename Factor>
inline void MultiplyColumns(const Factor* x, const Runs& at, ptrdiff_t rows, const Tile& tile,
                            const PackedIn<Factor>& b, float* y, bool streams = false, Prefetcher* fetcher = nullptr) {
  const ptrdiff_t groups = GroupsOf(rows);
  for (ptrdiff_t g = 0; g < groups; g++) {
    const ptrdiff_t first = g * rows / groups, count = (g + 1) * rows / groups - first;
    const auto multiply = PickTile<MultiplyFunction<Factor>, Factor, Multiplied>(count, tile.columns, AllRows());
    if (fetcher != nullptr) fetcher->Fetch();
    multiply(x + first * at.step, at, &b.entries[tile.place * b.depth], y + first * b.columns + tile.column, b.columns,
             streams && tile.column % kLong == 0);
  }
}

// y = x B for rows of x that lie one after the other; y around the cache if asked to, see `Streams`. `fetches`: x comes
// from memory, and more rows are likely to follow.
template <typename Factor>
inline void MultiplyRows(const Factor* x, ptrdiff_t rows, const PackedIn<Factor>& b, float* y, bool streams = false,
                         bool fetches = false) {
  const Runs at{b.depth, 0, 1, b.depth};
  // A small B stays in the first cache while rows go by, a few at a time; beside a large one so many rows stay in the
  // second cache that each tile of it is read for all of them.
  const ptrdiff_t most = static_cast<ptrdiff_t>(b.entries.size()) <= kCacheFloats
                             ? kTileRows
                             : std::max(kTileRows, 4 * kCacheFloats / b.depth / kTileRows * kTileRows);
  for (ptrdiff_t p = 0; p < rows; p += most) {
    const ptrdiff_t count = std::min(most, rows - p);
    Prefetcher fetcher(GroupsOf(count) * b.tiles.list.size());
    if constexpr (std::is_same_v<Factor, float>) {
      if (fetches) fetcher.Add(x + (p + count) * b.depth, most * b.depth);
    }
    for (const Tile& tile : b.tiles.list) {
      MultiplyColumns(x + p * b.depth, at, count, tile, b, y + p * b.columns, streams, &fetcher);
    }
  }
}

template <typename Factor, int count, int columns>
void AddOuterTile(const Factor* __restrict x, ptrdiff_t in, const Factor* __restrict y, ptrdiff_t out,
                  ptrdiff_t rows, float* __restrict sums) {
  using R = Row<columns, Factor>;
  // Added to the sums at the end: short sums lose less to rounding than one long one.
  typename R::Lane total[count][R::kVectors] = {};
  for (ptrdiff_t p = 0; p < rows; p++, x += in, y += out) {
    typename R::Factors slope[R::kVectors];
    for (int v = 0; v < R::kVectors; v++) slope[v] = R::LoadOne(y + v * R::kWide);
#pragma GCC unroll 16
    for (int c = 0; c < count; c++) {
      const auto value = R::SpreadOne(x[c]);
      for (int v = 0; v < R::kVectors; v++) MultiplyAdd(total[c][v], value, slope[v]);
    }
  }
  for (int c = 0; c < count; c++) {
    for (int v = 0; v < R::kVectors; v++, sums += R::kWide) {
      const auto sum = R::LoadSums(sums) + total[c][v];
      std::memcpy(sums, &sum, sizeof(sum));
    }
  }
}

template <typename Factor>
using AddOuterFunction = void (*)(const Factor*, ptrdiff_t, const Factor*, ptrdiff_t, ptrdiff_t, float*);
template <typename Factor, int count, int columns>
struct OuterAdded {
  static constexpr AddOuterFunction<Factor> kFunction = AddOuterTile<Factor, count, columns>;
};

// Adds x^T y to sums that lie tile after tile, within a tile row after row: for channels [begin, end) of x [rows, in] and
// one tile of y [rows, out]. Few rows at a time stay in the first cache. A pair is an entry of two rows.
template <typename Factor>
inline void AddOuter(const Factor* x, ptrdiff_t in, ptrdiff_t begin, ptrdiff_t end, const Factor* y, ptrdiff_t out,
                     ptrdiff_t rows, const Tile& tile, float* sums, Prefetcher* fetcher = nullptr) {
  const ptrdiff_t groups = GroupsOf(end - begin);
  for (ptrdiff_t g = 0; g < groups; g++) {
    const ptrdiff_t c = begin + g * (end - begin) / groups, count = begin + (g + 1) * (end - begin) / groups - c;
    const auto add = PickTile<AddOuterFunction<Factor>, Factor, OuterAdded>(count, tile.columns, AllRows());
    if (fetcher != nullptr) fetcher->Fetch();
    add(x + c, in, y + tile.column, out, rows, sums + tile.place * in + c * tile.columns);
  }
}

// The sums of several parts, each [in, tiles], added up in order into row c of [in, out].
inline void FoldRow(const std::vector<float>& sums, int parts, ptrdiff_t in, ptrdiff_t c, const Tiles& tiles,
                    float* to) {
  for (const Tile& tile : tiles.list) {
    float* into = to + tile.column;
    for (int part = 0; part < parts; part++) {
      const float* from = &sums[(part * tiles.wide + tile.place) * in + c * tile.columns];
      for (ptrdiff_t k = 0; k < tile.columns; k++) into[k] = part == 0 ? from[k] : into[k] + from[k];
    }
  }
}

}  // namespace cgan_kd
