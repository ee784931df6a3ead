// Convolutions of 1 x 1 are products of matrices with a very long side, the pixels: y[p] = W x[p]. Where channels
// are few, a product takes as long as memory takes to read them, and threads to meet. So nothing is copied but the
// filter, and pixels that a stride takes apart; all are cut into parts that threads take as they come.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "../core/prefetch.h"
#include "../core/op.h"
#include "../core/pairs.h"
#include "../core/parallel.h"
#include "../core/products.h"
#include "../core/rows.h"

namespace cgan_kd {

constexpr ptrdiff_t kChunk = 10 * kTileRows;  // channels of x in a piece of a filter
constexpr ptrdiff_t kGroup = 4;               // tiles in a piece
constexpr int kPieces = 64;
constexpr ptrdiff_t kWhole = 1 << 14;         // filter that is not cut: sums beside maps in the second cache
constexpr ptrdiff_t kLeastRows = 256;
constexpr ptrdiff_t kGathered = 96;           // pixels that are copied side by side at once
constexpr ptrdiff_t kRounded = 1 << 13;       // pairs of pixels that are rounded at once

// The pixels that a convolution reads: all, or every `stride`th of rows and columns.
struct Pixels {
  const float* x;
  ptrdiff_t batch, height, width, in, stride;

  ptrdiff_t Rows() const { return (height + stride - 1) / stride; }
  ptrdiff_t Columns() const { return (width + stride - 1) / stride; }
  ptrdiff_t Count() const { return batch * Rows() * Columns(); }

  // body(first, count, entries side by side) for pixels [begin, end), `block` at the most at a time.
  template <typename Body>
  void Each(ptrdiff_t begin, ptrdiff_t end, ptrdiff_t block, const Body& body) const {
    if (stride == 1) {
      for (ptrdiff_t p = begin; p < end; p += block) body(p, std::min(block, end - p), x + p * in);
      return;
    }
    std::vector<float> gathered(std::min(block, kGathered) * in);
    for (ptrdiff_t p = begin; p < end; p += std::min(block, kGathered)) {
      const ptrdiff_t count = std::min({block, kGathered, end - p});
      for (ptrdiff_t i = 0; i < count; i++) {
        const ptrdiff_t line = (p + i) / Columns(), column = (p + i) % Columns();
        const ptrdiff_t row = line / Rows() * height + line % Rows() * stride;
        std::memcpy(&gathered[i * in], x + (row * width + column * stride) * in, in * sizeof(float));
      }
      body(p, count, gathered.data());
    }
  }
};

// y = x B for rows side by side and fewer columns than fill a vector.
template <typename Entry>
void MultiplyNarrow(const float* x, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, float* y, const Entry& b) {
  for (ptrdiff_t p = 0; p < rows; p++) {
    for (ptrdiff_t column = 0; column < columns; column++) {
      float sum = 0;
      for (ptrdiff_t k = 0; k < depth; k++) sum += x[p * depth + k] * b(k, column);
      y[p * columns + column] = sum;
    }
  }
}

#if defined(__AVX512BF16__)
// y = x B of rows that are rounded first, a few at a time.
inline void MultiplyRounded(const float* x, ptrdiff_t rows, ptrdiff_t depth, const PackedIn<Pair>& b, float* y,
                            bool streams) {
  const ptrdiff_t most = std::max(kTileRows, kRounded / b.depth / kTileRows * kTileRows);
  static thread_local std::vector<Pair> rounded;
  if (static_cast<ptrdiff_t>(rounded.size()) < most * b.depth) rounded.resize(most * b.depth);
  Half* to = reinterpret_cast<Half*>(rounded.data());
  for (ptrdiff_t p = 0; p < rows; p += most) {
    const ptrdiff_t count = std::min(most, rows - p);
    for (ptrdiff_t i = 0; i < count; i++) {
      const float* from = x + (p + i) * depth;
      Half* row = to + i * 2 * b.depth;
      EachColumn(depth, [&](ptrdiff_t c, auto load, auto) { Put(row + c, load(from + c)); });
      if (depth % 2 == 1) Put(row + depth, 0.0f);
    }
    MultiplyRows(rounded.data(), count, b, y + p * b.columns, streams);
  }
}

// Columns [begin, end) of rows in pairs of rows, each as long as the rows are; a last one alone is paired with zeros.
inline void PairRows(const float* rows, ptrdiff_t count, ptrdiff_t wide, ptrdiff_t begin, ptrdiff_t end, Pair* to) {
  for (ptrdiff_t i = 0; i < count; i += 2, rows += 2 * wide, to += wide) {
    EachColumn(end - begin, [&](ptrdiff_t c, auto load, auto) {
      const auto first = load(rows + begin + c);
      if (i + 1 < count) PutPairs(to + begin + c, first, load(rows + wide + begin + c));
      else PutPairs(to + begin + c, first, decltype(load(rows)){});
    });
  }
}
#endif

// Adds x^T y as `AddOuter` does: for channels [begin, end) of x and tiles [first, last) of y.
template <typename Factor>
inline void AddRows(const float* x, ptrdiff_t in, ptrdiff_t begin, ptrdiff_t end, const float* y, ptrdiff_t out,
                    ptrdiff_t rows, const Tiles& tiles, ptrdiff_t first, ptrdiff_t last, float* sums,
                    Prefetcher* fetcher) {
  if constexpr (std::is_same_v<Factor, float>) {
    for (ptrdiff_t t = first; t < last; t++) {
      AddOuter(x, in, begin, end, y, out, rows, tiles.list[t], sums, fetcher);
    }
  } else {
    const ptrdiff_t factors = FactorsOf<Factor>(rows);
    static thread_local std::vector<Factor> paired;
    if (static_cast<ptrdiff_t>(paired.size()) < factors * (in + out)) paired.resize(factors * (in + out));
    Factor *x_pairs = paired.data(), *y_pairs = x_pairs + factors * in;
    PairRows(x, rows, in, begin, end, x_pairs);
    const Tile& end_tile = tiles.list[last - 1];
    PairRows(y, rows, out, tiles.list[first].column, end_tile.column + end_tile.columns, y_pairs);
    for (ptrdiff_t t = first; t < last; t++) {
      AddOuter(x_pairs, in, begin, end, y_pairs, out, factors, tiles.list[t], sums, fetcher);
    }
  }
}

// multiply(x, rows, y, streams, fetches) by B, of which `b(k, column)` is an entry. Fewer columns than a short vector are
// products of floats.
template <typename Factor, typename Entry>
auto MultiplierOf(ptrdiff_t depth, ptrdiff_t columns, const Entry& b) {
  return [=, packed = PackedIn<Factor>(depth, columns < kLanes ? 0 : columns, b)](
             const float* x, ptrdiff_t rows, float* y, bool streams, bool fetches) {
    if (columns < kLanes) {
      MultiplyNarrow(x, rows, depth, columns, y, b);
    } else if constexpr (std::is_same_v<Factor, float>) {
      MultiplyRows(x, rows, packed, y, streams, fetches);
    } else {
      MultiplyRounded(x, rows, depth, packed, y, streams);
    }
    if (streams) EndStream();
  };
}

// For few columns of dy.
inline void NarrowOuterProduct(const Pixels& pixels, const float* dy, ptrdiff_t out, float* filter) {
  const ptrdiff_t rows = pixels.Count(), in = pixels.in, size = in * out;
  const int parts = PartsOf(rows, std::max<ptrdiff_t>(kLeastRows, rows * size >> 20));
  std::vector<float> sums(parts * size);
  ParallelFor(parts, [&](int part) {
    float* into = sums.data() + part * size;
    pixels.Each(PartStart(rows, parts, part), PartStart(rows, parts, part + 1), rows,
                [&](ptrdiff_t first, ptrdiff_t count, const float* x) {
                  for (ptrdiff_t p = 0; p < count; p++) {
                    const float* slope = dy + (first + p) * out;
                    for (ptrdiff_t c = 0; c < in; c++) {
                      for (ptrdiff_t k = 0; k < out; k++) into[c * out + k] += x[p * in + c] * slope[k];
                    }
                  }
                });
  });
  for (ptrdiff_t i = 0; i < size; i++) {
    float sum = 0;
    for (int part = 0; part < parts; part++) sum += sums[part * size + i];
    filter[i] = sum;
  }
}

// Adds up the sums of parts, in order, to the filter [in, out].
inline void FoldOuter(const std::vector<float>& sums, int parts, ptrdiff_t in, const Tiles& tiles, ptrdiff_t out,
                      float* filter) {
  const int folds = PartsOf(in, std::max<ptrdiff_t>(1, (1 << 15) / (parts * out)));
  ParallelFor(folds, [&](int fold) {
    for (ptrdiff_t c = PartStart(in, folds, fold); c < PartStart(in, folds, fold + 1); c++) {
      FoldRow(sums, parts, in, c, tiles, filter + c * out);
    }
  });
}

// dW = x^T dy, summed over pixels in an order that depends only on the sizes.
template <typename Factor>
void OuterProduct(const Pixels& pixels, const float* dy, ptrdiff_t out, float* filter) {
  if (out < kLanes) return NarrowOuterProduct(pixels, dy, out, filter);
  const ptrdiff_t rows = pixels.Count(), in = pixels.in;
  const Tiles tiles(out);
  // Large filters are cut into pieces for the threads, pixels only where that is too few: parts have to be added up.
  const ptrdiff_t count = tiles.list.size();
  const bool whole = in * tiles.wide <= kWhole;
  const ptrdiff_t group = whole ? count : kGroup, chunk = whole ? in : kChunk;
  const ptrdiff_t groups = (count + group - 1) / group, chunks = (in + chunk - 1) / chunk;
  const int cells = static_cast<int>(groups * chunks);
  const int parts = std::min(PartsOf(rows, std::max<ptrdiff_t>(kLeastRows, (1 << 16) / (in + out))),
                             (kPieces + cells - 1) / cells);
  const ptrdiff_t block = std::clamp<ptrdiff_t>(kCacheFloats / (std::min(in, chunk) + kTileColumns), 32, 256);
  const ptrdiff_t size = in * tiles.wide;
  std::vector<float> sums(parts * size);
  const bool fetches = rows * std::max(in, out) >= kFetched && pixels.stride == 1 && cells == 1;
  ParallelFor(parts * cells, [&](int piece) {
    const int part = piece / cells, cell = piece % cells;
    const ptrdiff_t first = cell / chunks * group, last = std::min(count, first + group);
    const ptrdiff_t begin = cell % chunks * chunk, stop = std::min(in, begin + chunk);
    pixels.Each(PartStart(rows, parts, part), PartStart(rows, parts, part + 1), block,
                [&](ptrdiff_t p, ptrdiff_t count, const float* x) {
                  Prefetcher fetcher(GroupsOf(stop - begin) * (last - first));
                  if (fetches) {
                    fetcher.Add(x + count * in, block * in);
                    fetcher.Add(dy + (p + count) * out, block * out);
                  }
                  AddRows<Factor>(x, in, begin, stop, dy + p * out, out, count, tiles, first, last, &sums[part * size],
                                  &fetcher);
                });
  });
  FoldOuter(sums, parts, in, tiles, out, filter);
}

// dx[p] = W^T dy[p], zeros between the pixels of a stride; `w` is W [in, out].
template <typename Factor>
void PointwiseInputGradient(const Pixels& pixels, const float* dy, const float* w, ptrdiff_t out, float* dx) {
  const ptrdiff_t in = pixels.in, stride = pixels.stride, columns = pixels.Columns();
  const auto multiply = MultiplierOf<Factor>(out, in, [=](ptrdiff_t k, ptrdiff_t column) { return w[column * out + k]; });
  if (stride == 1) {
    const ptrdiff_t rows = pixels.Count();
    const bool around = Streams(dx, rows * in, in), fetches = rows * out >= kFetched;
    const int parts = PartsOf(rows, std::max<ptrdiff_t>(kTileRows, (1 << 15) / (in + out)));
    ParallelFor(parts, [&](int part) {
      const ptrdiff_t begin = PartStart(rows, parts, part);
      multiply(dy + begin * out, PartStart(rows, parts, part + 1) - begin, dx + begin * in, around, fetches);
    });
    return;
  }
  // A line of the maps at a time: products, with zeros between them.
  const ptrdiff_t lines = pixels.batch * pixels.height;
  const int parts = PartsOf(lines, std::max<ptrdiff_t>(1, (1 << 14) / (pixels.width * in)));
  ParallelFor(parts, [&](int part) {
    std::vector<float> products(columns * in);
    for (ptrdiff_t line = PartStart(lines, parts, part); line < PartStart(lines, parts, part + 1); line++) {
      float* to = dx + line * pixels.width * in;
      std::memset(to, 0, pixels.width * in * sizeof(float));
      const ptrdiff_t image = line / pixels.height, row = line % pixels.height;
      if (row % stride != 0) continue;
      multiply(dy + (image * pixels.Rows() + row / stride) * columns * out, columns, products.data(), false, false);
      for (ptrdiff_t c = 0; c < columns; c++) {
        std::memcpy(to + c * stride * in, &products[c * in], in * sizeof(float));
      }
    }
  });
}

inline bool DescribePixels(Call& call, const std::vector<int64_t>& x, const std::vector<int64_t>& filter, int stride,
                           Pixels* pixels) {
  if (!call.Want(x.size() == 4 && filter.size() == 4 && filter[0] == 1 && filter[1] == 1 && filter[2] == x[3],
                 "want maps of rank 4 and a filter of 1 x 1 for their channels") ||
      !call.Want(x[0] > 0 && x[1] > 0 && x[2] > 0 && x[3] > 0 && filter[3] > 0, "want no empty maps or filter")) {
    return false;
  }
  *pixels = {nullptr, x[0], x[1], x[2], x[3], stride};
  return true;
}

}  // namespace cgan_kd
