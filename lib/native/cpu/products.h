// Products of matrices with a very long side, the pixels: y = x B and B = x^T y. Tiles of 6 by 16 entries stay in
// registers; nothing is copied but the short matrix.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "vector.h"

namespace cgan_kd {

constexpr int kTileColumns = 2 * kLanes;
constexpr ptrdiff_t kTileRows = 6;
constexpr ptrdiff_t kCacheFloats = 6 << 10;  // what stays in the first cache beside other things

// Columns of a matrix in tiles of two vectors; the last tile begins earlier, so that it is whole, and computes some
// columns a second time, to the same bits. Fewer columns than a vector are for plain loops.
struct Tile {
  ptrdiff_t column;
  int vectors;
  ptrdiff_t place;  // its first entry, in units of a row's entry, where tiles lie one after the other
};

struct Tiles {
  std::vector<Tile> list;
  ptrdiff_t wide = 0;  // entries of a row in all tiles

  explicit Tiles(ptrdiff_t columns) {
    ptrdiff_t c = 0;
    for (; c + kTileColumns <= columns; c += kTileColumns) Add(c, 2);
    const ptrdiff_t rest = columns - c;
    if (rest > kLanes && columns >= kTileColumns) {
      Add(columns - kTileColumns, 2);
    } else {
      if (rest >= kLanes) Add(c, 1);
      if (rest % kLanes > 0) Add(columns - kLanes, 1);
    }
  }

 private:
  void Add(ptrdiff_t column, int vectors) {
    list.push_back({column, vectors, wide});
    wide += vectors * kLanes;
  }
};

// B [depth, columns] with tiles one after the other.
struct Packed {
  ptrdiff_t depth, columns;
  Tiles tiles;
  std::vector<float> entries;

  // `b(k, column)` is the entry of B.
  template <typename Entry>
  Packed(ptrdiff_t depth, ptrdiff_t columns, const Entry& b)
      : depth(depth), columns(columns), tiles(columns), entries(tiles.wide * depth) {
    for (const Tile& tile : tiles.list) {
      float* to = &entries[tile.place * depth];
      for (ptrdiff_t k = 0; k < depth; k++) {
        for (int c = 0; c < tile.vectors * kLanes; c++) *to++ = b(k, tile.column + c);
      }
    }
  }
};

// Where the numbers of a row of x lie: `runs` runs of `depth` numbers, `line` apart. Rows are `step` apart.
struct Runs {
  ptrdiff_t step, line, runs, depth;
};

template <int count, int vectors>
void MultiplyTile(const float* __restrict x, const Runs& at, const float* __restrict b, float* __restrict y,
                  ptrdiff_t columns) {
  Vector sums[count][vectors] = {};
  for (ptrdiff_t run = 0; run < at.runs; run++) {
    const float* __restrict from = x + run * at.line;
    for (ptrdiff_t k = 0; k < at.depth; k++, b += vectors * kLanes) {
      Vector row[vectors];
      for (int v = 0; v < vectors; v++) row[v] = Load(b + v * kLanes);
      for (int p = 0; p < count; p++) {
        const Vector value = Spread(from[p * at.step + k]);
        for (int v = 0; v < vectors; v++) sums[p][v] += value * row[v];
      }
    }
  }
  for (int p = 0; p < count; p++) {
    for (int v = 0; v < vectors; v++) Store(y + p * columns + v * kLanes, sums[p][v]);
  }
}

using MultiplyFunction = void (*)(const float*, const Runs&, const float*, float*, ptrdiff_t);
constexpr MultiplyFunction kMultiply[2][kTileRows] = {
    {MultiplyTile<1, 1>, MultiplyTile<2, 1>, MultiplyTile<3, 1>, MultiplyTile<4, 1>, MultiplyTile<5, 1>,
     MultiplyTile<6, 1>},
    {MultiplyTile<1, 2>, MultiplyTile<2, 2>, MultiplyTile<3, 2>, MultiplyTile<4, 2>, MultiplyTile<5, 2>,
     MultiplyTile<6, 2>},
};

// y = x B for `rows` rows of x and one tile of B, in groups of like size. An entry's bits do not depend on them.
inline void MultiplyColumns(const float* x, const Runs& at, ptrdiff_t rows, const Tile& tile, const Packed& b,
                            float* y) {
  const ptrdiff_t groups = (rows + kTileRows - 1) / kTileRows;
  for (ptrdiff_t g = 0; g < groups; g++) {
    const ptrdiff_t first = g * rows / groups, count = (g + 1) * rows / groups - first;
    kMultiply[tile.vectors - 1][count - 1](x + first * at.step, at, &b.entries[tile.place * b.depth],
                                           y + first * b.columns + tile.column, b.columns);
  }
}

// y = x B for rows of x that lie one after the other.
inline void MultiplyRows(const float* x, ptrdiff_t rows, const Packed& b, float* y) {
  const Runs at{b.depth, 0, 1, b.depth};
  // A small B stays in the first cache while rows go by, six at a time; beside a large one so many rows stay in the
  // second cache that each tile of it is read for all of them.
  const ptrdiff_t most = static_cast<ptrdiff_t>(b.entries.size()) <= kCacheFloats
                             ? kTileRows
                             : std::max(kTileRows, 4 * kCacheFloats / b.depth / kTileRows * kTileRows);
  for (ptrdiff_t p = 0; p < rows; p += most) {
    for (const Tile& tile : b.tiles.list) {
      MultiplyColumns(x + p * b.depth, at, std::min(most, rows - p), tile, b, y + p * b.columns);
    }
  }
}

template <int count, int vectors>
void AddOuterTile(const float* __restrict x, ptrdiff_t in, const float* __restrict y, ptrdiff_t out,
                  ptrdiff_t rows, float* __restrict sums) {
  Vector total[count][vectors];
  for (int c = 0; c < count; c++) {
    for (int v = 0; v < vectors; v++) total[c][v] = Load(sums + (c * vectors + v) * kLanes);
  }
  for (ptrdiff_t p = 0; p < rows; p++, x += in, y += out) {
    Vector slope[vectors];
    for (int v = 0; v < vectors; v++) slope[v] = Load(y + v * kLanes);
    for (int c = 0; c < count; c++) {
      const Vector value = Spread(x[c]);
      for (int v = 0; v < vectors; v++) total[c][v] += value * slope[v];
    }
  }
  for (int c = 0; c < count; c++) {
    for (int v = 0; v < vectors; v++) Store(sums + (c * vectors + v) * kLanes, total[c][v]);
  }
}

using AddOuterFunction = void (*)(const float*, ptrdiff_t, const float*, ptrdiff_t, ptrdiff_t, float*);
constexpr AddOuterFunction kAddOuter[2][kTileRows] = {
    {AddOuterTile<1, 1>, AddOuterTile<2, 1>, AddOuterTile<3, 1>, AddOuterTile<4, 1>, AddOuterTile<5, 1>,
     AddOuterTile<6, 1>},
    {AddOuterTile<1, 2>, AddOuterTile<2, 2>, AddOuterTile<3, 2>, AddOuterTile<4, 2>, AddOuterTile<5, 2>,
     AddOuterTile<6, 2>},
};

// Adds x^T y to sums that lie tile after tile, within a tile row after row: for channels [begin, end) of x [rows, in] and
// one tile of y [rows, out]. Few rows at a time stay in the first cache.
inline void AddOuter(const float* x, ptrdiff_t in, ptrdiff_t begin, ptrdiff_t end, const float* y, ptrdiff_t out,
                     ptrdiff_t rows, const Tile& tile, float* sums) {
  const ptrdiff_t columns = tile.vectors * kLanes;
  for (ptrdiff_t c = begin; c < end; c += kTileRows) {
    const ptrdiff_t count = std::min(kTileRows, end - c);
    kAddOuter[tile.vectors - 1][count - 1](x + c, in, y + tile.column, out, rows,
                                           sums + tile.place * in + c * columns);
  }
}

// The sums of several parts, each [in, tiles], added up in order into row c of [in, out].
inline void FoldRow(const std::vector<float>& sums, int parts, ptrdiff_t in, ptrdiff_t c, const Tiles& tiles,
                    float* to) {
  for (const Tile& tile : tiles.list) {
    const ptrdiff_t columns = tile.vectors * kLanes;
    float* into = to + tile.column;
    for (int part = 0; part < parts; part++) {
      const float* from = &sums[(part * tiles.wide + tile.place) * in + c * columns];
      for (ptrdiff_t k = 0; k < columns; k++) into[k] = part == 0 ? from[k] : into[k] + from[k];
    }
  }
}

}  // namespace cgan_kd
