// Products of matrices, either factor turned: y = a b for each of a batch of them. Whose turn it is to compute a tile is
// left to chance, but every entry is summed in an order that depends on nothing but the length of the sum. Factors are
// floats, or pairs of bfloat16 numbers, which are always copied.
#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "../core/op.h"
#include "../core/pairs.h"
#include "../core/parallel.h"
#include "../core/products.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

constexpr ptrdiff_t kDepth = 256;          // products that are summed before they are added to an entry
constexpr ptrdiff_t kBlockRows = 128;      // of the first factor that are copied at once
constexpr ptrdiff_t kFar = 1024, kFarTurned = 384;  // steps from which on they are
constexpr ptrdiff_t kPanels = 4;           // tiles of columns of a block
constexpr ptrdiff_t kBlocks = 16;          // where there is work for as many
constexpr ptrdiff_t kLeastRows = 64;       // of a block
constexpr ptrdiff_t kLeastWork = 1 << 16;  // multiplications of a part
constexpr ptrdiff_t kMostParts = 64;

// Entry (row, column) is the one at row * step + column, or, turned, at column * step + row.
struct Matrix {
  const float* entries;
  ptrdiff_t step;
  bool turned;

  const float* At(ptrdiff_t row, ptrdiff_t column) const {
    return entries + (turned ? column * step + row : row * step + column);
  }
};

// Lines of `columns` entries from as many lines that are `step` apart.
template <int columns>
void Turn(const float* from, ptrdiff_t step, ptrdiff_t depth, ptrdiff_t width, float* to) {
  for (ptrdiff_t k = 0; k < depth; k++, to += width) {
    float line[columns];
#pragma GCC unroll 8
    for (int i = 0; i < columns; i++) line[i] = from[i * step + k];
    std::memcpy(to, line, sizeof(line));
  }
}

// Columns of a tile that begins at column c, and as many as vectors hold them.
inline ptrdiff_t ColumnsAt(ptrdiff_t c, ptrdiff_t right) { return std::min(kTileColumns, right - c); }
inline ptrdiff_t WidthAt(ptrdiff_t c, ptrdiff_t right) { return right - c > kLong ? kTileColumns : kLong; }

// Rows [first, first + depth) of columns [left, right) of b, tile after tile; zeros beyond the last column.
void Pack(const Matrix& b, ptrdiff_t first, ptrdiff_t depth, ptrdiff_t left, ptrdiff_t right, float* to) {
  for (ptrdiff_t c = left; c < right; c += kTileColumns) {
    const ptrdiff_t columns = ColumnsAt(c, right), width = WidthAt(c, right);
    float* tile = to + (c - left) * kDepth;
    if (columns < width) std::memset(tile, 0, depth * width * sizeof(float));
    if (!b.turned) continue;
    ptrdiff_t i = 0;
    for (; i + kLanes <= columns; i += kLanes) Turn<kLanes>(b.At(first, c + i), b.step, depth, width, tile + i);
    for (; i < columns; i++) Turn<1>(b.At(first, c + i), b.step, depth, width, tile + i);
  }
  // Lines are read as they lie.
  for (ptrdiff_t k = 0; k < depth && !b.turned; k++) {
    for (ptrdiff_t c = left; c < right; c += kTileColumns) {
      const float* from = b.At(first + k, c);
      float* tile = to + (c - left) * kDepth + k * WidthAt(c, right);
      if (right - c >= kTileColumns) {
        std::memcpy(tile, from, kTileColumns * sizeof(float));
      } else {
        for (ptrdiff_t i = 0; i < right - c; i++) tile[i] = from[i];
      }
    }
  }
}

// Rows of a matrix in tiles, for the products of [first, first + depth): what a tile reads lies in order then, and lines
// are read as they lie.
void PackTurned(const Matrix& a, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t first, ptrdiff_t depth, float* to) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    const float* from = a.At(row, first + k);
    ptrdiff_t i = 0;
    for (; i + kTileRows <= rows; i += kTileRows) {
      std::memcpy(to + i * depth + k * kTileRows, from + i, kTileRows * sizeof(float));
    }
    const ptrdiff_t left = rows - i;
    for (ptrdiff_t p = 0; p < left; p++) to[i * depth + k * left + p] = from[i + p];
  }
}

// y (+)= a b for a few rows; a row of `b` is as long as the vectors. `adds`: y holds the sums so far.
template <typename Factor, int rows, int vectors, bool turned>
void MultiplyTile(const Factor* __restrict a, ptrdiff_t a_step, const Factor* __restrict b, ptrdiff_t depth,
                  float* __restrict y, ptrdiff_t y_step, bool adds) {
  Long sums[rows][vectors] = {};
  for (ptrdiff_t k = 0; k < depth; k++, b += vectors * kLong) {
    decltype(LoadFactors(b)) row[vectors];
    for (int v = 0; v < vectors; v++) row[v] = LoadFactors(b + v * kLong);
#pragma GCC unroll 16
    for (int p = 0; p < rows; p++) {
      const auto value = SpreadOver(Long(), turned ? a[k * a_step + p] : a[p * a_step + k]);
      for (int v = 0; v < vectors; v++) MultiplyAdd(sums[p][v], value, row[v]);
    }
  }
  for (int p = 0; p < rows; p++) {
    for (int v = 0; v < vectors; v++) {
      float* to = y + p * y_step + v * kLong;
      StoreLong(to, adds ? LoadLong(to) + sums[p][v] : sums[p][v]);
    }
  }
}

template <typename Factor>
using TileFunction = void (*)(const Factor*, ptrdiff_t, const Factor*, ptrdiff_t, float*, ptrdiff_t, bool);

template <typename Factor, int vectors, bool turned, int... rows>
TileFunction<Factor> PickRows(ptrdiff_t count, std::integer_sequence<int, rows...>) {
  constexpr TileFunction<Factor> kFunctions[] = {MultiplyTile<Factor, rows + 1, vectors, turned>...};
  return kFunctions[count - 1];
}

template <typename Factor>
TileFunction<Factor> Pick(ptrdiff_t rows, ptrdiff_t width, bool turned) {
  if (width == kTileColumns) {
    return turned ? PickRows<Factor, 2, true>(rows, AllRows()) : PickRows<Factor, 2, false>(rows, AllRows());
  }
  return turned ? PickRows<Factor, 1, true>(rows, AllRows()) : PickRows<Factor, 1, false>(rows, AllRows());
}

struct Sizes {
  ptrdiff_t batch, rows, depth, columns;
};

// Copies of parts of both factors, which stay in the caches.
struct Copies {
  // Not set to zeros first.
  std::unique_ptr<float[]> b{new float[kPanels * kDepth * kTileColumns]};
  std::unique_ptr<float[]> a{new float[kBlockRows * kDepth]};
};

#if defined(__AVX512BF16__)
// Lines of `wide` entries in pairs of lines; a last one alone is paired with zeros.
void PairLines(const float* from, ptrdiff_t lines, ptrdiff_t wide, Pair* to) {
  for (ptrdiff_t k = 0; k < lines; k += 2, from += 2 * wide, to += wide) {
    EachColumn(wide, [&](ptrdiff_t c, auto load, auto) {
      if (k + 1 < lines) PutPairs(to + c, load(from + c), load(from + wide + c));
      else PutPairs(to + c, load(from + c), decltype(load(from)){});
    });
  }
}

// The same copies, rounded.
struct RoundedCopies {
  Copies floats;
  std::unique_ptr<Pair[]> b{new Pair[kPanels * kDepth / 2 * kTileColumns]};
  std::unique_ptr<Pair[]> a{new Pair[kBlockRows * kDepth / 2]};

  void RoundColumns(ptrdiff_t depth, ptrdiff_t left, ptrdiff_t right) const {
    for (ptrdiff_t c = left; c < right; c += kTileColumns) {
      PairLines(&floats.b[(c - left) * kDepth], depth, WidthAt(c, right), &b[(c - left) * kDepth / 2]);
    }
  }

  void RoundRows(const Matrix& rows_of, ptrdiff_t top, ptrdiff_t rows, ptrdiff_t first, ptrdiff_t depth) const {
    const ptrdiff_t pairs = FactorsOf<Pair>(depth);
    if (rows_of.turned) {
      PackTurned(rows_of, top, rows, first, depth, floats.a.get());
      for (ptrdiff_t i = 0; i < rows; i += kTileRows) {
        PairLines(&floats.a[i * depth], depth, std::min(kTileRows, rows - i), &a[i * pairs]);
      }
      return;
    }
    for (ptrdiff_t i = 0; i < rows; i++) {
      const float* from = rows_of.At(top + i, first);
      Half* to = reinterpret_cast<Half*>(&a[i * pairs]);
      EachColumn(depth, [&](ptrdiff_t k, auto load, auto) { Put(to + k, load(from + k)); });
      if (depth % 2 == 1) Put(to + depth, 0.0f);
    }
  }
};
#endif

// Rows and columns of y.
struct Block {
  ptrdiff_t top, bottom, left, right;
};

// A tile of y of fewer columns than vectors hold is computed beside it.
template <typename Multiply>
void MultiplyBorder(const Multiply& multiply, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t width, float* to,
                    ptrdiff_t step, bool adds) {
  float tile[kTileRows * kTileColumns];
  for (ptrdiff_t p = 0; p < rows && adds; p++) std::memcpy(tile + p * width, to + p * step, columns * sizeof(float));
  multiply(tile, width);
  for (ptrdiff_t p = 0; p < rows; p++) std::memcpy(to + p * step, tile + p * width, columns * sizeof(float));
}

// Rows [top, top + rows) of a block, of which `from(row, step)` has the factors of a tile of rows.
template <typename Factor, typename From>
void MultiplyStrip(const Sizes& size, bool turned, const From& from, const Factor* b, ptrdiff_t b_step,
                   ptrdiff_t depth, const Block& at, ptrdiff_t top, ptrdiff_t rows, float* y, bool adds) {
  for (ptrdiff_t row = 0; row < rows; row += kTileRows) {
    const ptrdiff_t count = std::min(kTileRows, rows - row);
    ptrdiff_t step;
    const Factor* a = from(row, count, &step);
    for (ptrdiff_t c = at.left; c < at.right; c += kTileColumns) {
      const ptrdiff_t columns = ColumnsAt(c, at.right), width = WidthAt(c, at.right);
      const auto tile = Pick<Factor>(count, width, turned);
      const auto multiply = [&](float* to, ptrdiff_t to_step) {
        tile(a, step, b + (c - at.left) * b_step, depth, to, to_step, adds);
      };
      float* to = y + (top + row) * size.columns + c;
      if (columns == width) multiply(to, size.columns);
      else MultiplyBorder(multiply, count, columns, width, to, size.columns, adds);
    }
  }
}

// A block of at most kPanels tiles of columns.
void MultiplyBlock(const Sizes& size, const Matrix& a, const Matrix& b, const Block& at, const Copies& copies, float* y) {
  // Lines far apart would push each other out of the caches.
  const bool copied = a.step >= (a.turned ? kFarTurned : kFar);
  for (ptrdiff_t k = 0; k < size.depth; k += kDepth) {
    const ptrdiff_t depth = std::min(kDepth, size.depth - k);
    Pack(b, k, depth, at.left, at.right, copies.b.get());
    for (ptrdiff_t top = at.top; top < at.bottom; top += kBlockRows) {
      const ptrdiff_t rows = std::min(kBlockRows, at.bottom - top);
      if (copied && a.turned) PackTurned(a, top, rows, k, depth, copies.a.get());
      for (ptrdiff_t i = 0; i < rows && copied && !a.turned; i++) {
        std::memcpy(&copies.a[i * depth], a.At(top + i, k), depth * sizeof(float));
      }
      const auto from = [&](ptrdiff_t row, ptrdiff_t count, ptrdiff_t* step) {
        *step = !copied ? a.step : a.turned ? count : depth;
        return copied ? &copies.a[row * depth] : a.At(top + row, k);
      };
      MultiplyStrip(size, a.turned, from, copies.b.get(), kDepth, depth, at, top, rows, y, k > 0);
    }
  }
}

#if defined(__AVX512BF16__)
// The same of rounded factors.
void MultiplyBlock(const Sizes& size, const Matrix& a, const Matrix& b, const Block& at, const RoundedCopies& copies,
                   float* y) {
  for (ptrdiff_t k = 0; k < size.depth; k += kDepth) {
    const ptrdiff_t depth = std::min(kDepth, size.depth - k), pairs = FactorsOf<Pair>(depth);
    Pack(b, k, depth, at.left, at.right, copies.floats.b.get());
    copies.RoundColumns(depth, at.left, at.right);
    for (ptrdiff_t top = at.top; top < at.bottom; top += kBlockRows) {
      const ptrdiff_t rows = std::min(kBlockRows, at.bottom - top);
      copies.RoundRows(a, top, rows, k, depth);
      const auto from = [&](ptrdiff_t row, ptrdiff_t count, ptrdiff_t* step) {
        *step = a.turned ? count : pairs;
        return &copies.a[row * pairs];
      };
      MultiplyStrip<Pair>(size, a.turned, from, copies.b.get(), kDepth / 2, pairs, at, top, rows, y, k > 0);
    }
  }
}
#endif

template <typename Factor>
struct CopiesOf {
  using Type = Copies;
};
#if defined(__AVX512BF16__)
template <>
struct CopiesOf<Pair> {
  using Type = RoundedCopies;
};
#endif

// Inputs: a [..., rows, depth] and b [..., depth, columns], each with its last two sides exchanged if turned.
void Run(Call& call, const Attributes& attributes) {
  const auto a = call.shape(0), b = call.shape(1);
  const size_t rank = a.size();
  if (!call.Want(rank >= 2 && b.size() == rank && call.size(0) > 0 && call.size(1) > 0,
                 "want matrices, or as many of them in both factors, each side 1 or more")) {
    return;
  }
  const bool turns_a = attributes.turn_a == 1, turns_b = attributes.turn_b == 1;
  Sizes size{1, a[rank - 2 + turns_a], a[rank - 1 - turns_a], b[rank - 1 - turns_b]};
  auto wanted = a;
  wanted[rank - 2 + turns_b] = size.depth;
  wanted[rank - 1 - turns_b] = size.columns;
  if (!call.WantShape(1, "b", wanted)) return;
  for (size_t d = 0; d + 2 < rank; d++) size.batch *= a[d];
  auto shape = a;
  shape[rank - 2] = size.rows;
  shape[rank - 1] = size.columns;
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  const float *left_factor = call.in(0), *right_factor = call.in(1);
  // Blocks for every thread. Rows are cut only where there are many and columns are few: each block copies anew.
  const ptrdiff_t panels = (size.columns + kTileColumns - 1) / kTileColumns;
  const ptrdiff_t wide = std::clamp<ptrdiff_t>(panels * size.batch / kBlocks, 1, kPanels) * kTileColumns;
  const ptrdiff_t strips = (size.columns + wide - 1) / wide;
  const ptrdiff_t most = std::max<ptrdiff_t>(1, kBlocks / (strips * size.batch));
  const ptrdiff_t cuts = std::clamp<ptrdiff_t>(size.rows / kLeastRows, 1, most);
  const ptrdiff_t blocks = size.batch * strips * cuts;
  // Small products are not worth a thread's waking.
  const ptrdiff_t work = size.batch * size.rows * size.depth * size.columns;
  const int parts = static_cast<int>(std::clamp<ptrdiff_t>(work / kLeastWork, 1, std::min<ptrdiff_t>(blocks, kMostParts)));
  WithFactors(call, attributes, [&](auto factor) {
    ParallelFor(parts, [&](int part) {
      const typename CopiesOf<decltype(factor)>::Type copies;
      for (ptrdiff_t i = PartStart(blocks, parts, part); i < PartStart(blocks, parts, part + 1); i++) {
        const ptrdiff_t n = i / (strips * cuts), left = i / cuts % strips * wide, cut = i % cuts;
        const Matrix first{left_factor + n * size.rows * size.depth, turns_a ? size.rows : size.depth, turns_a};
        const Matrix second{right_factor + n * size.depth * size.columns, turns_b ? size.depth : size.columns, turns_b};
        const Block at{cut * size.rows / cuts, (cut + 1) * size.rows / cuts, left,
                       std::min(size.columns, left + wide)};
        MultiplyBlock(size, first, second, at, copies, y + n * size.rows * size.columns);
      }
    });
  });
}

}  // namespace

bool RegisterProduct() {
  return Register<Run>(
      {"CganKdProduct", {"a: float", "b: float"}, {"y: float"}, {"turn_a: int", "turn_b: int", "bf16: int"}});
}

}  // namespace cgan_kd
