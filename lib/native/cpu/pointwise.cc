// Convolutions of 1 x 1 are products of matrices with a very long side, the pixels: y[p] = W x[p]. Where channels
// are few, a product takes as long as memory takes to read them, and threads to meet. So nothing is copied but the
// filter, and pixels are cut into parts that threads take as they come.
#include <algorithm>
#include <vector>

#include "op.h"
#include "parallel.h"
#include "products.h"

namespace cgan_kd {
namespace {

constexpr ptrdiff_t kChunk = 10 * kTileRows;  // channels of x in a piece of a filter
constexpr ptrdiff_t kGroup = 4;               // tiles in a piece
constexpr int kPieces = 64;
constexpr ptrdiff_t kLeastRows = 256;

// y = x B for fewer columns than fill a vector.
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
  if (columns < kLanes) return NarrowProduct(x, rows, depth, columns, y, b);
  const Packed packed(depth, columns, b);
  const int parts = PartsOf(rows, std::max<ptrdiff_t>(kTileRows, (1 << 15) / (depth + columns)));
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t begin = PartStart(rows, parts, part);
    MultiplyRows(x + begin * depth, PartStart(rows, parts, part + 1) - begin, packed, y + begin * columns);
  });
}

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

// dW = x^T dy, summed over pixels in an order that the sizes alone decide.
void OuterProduct(const float* x, const float* dy, ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out, float* filter) {
  if (out < kLanes) return NarrowOuterProduct(x, dy, rows, in, out, filter);
  const Tiles tiles(out);
  // Large filters are cut into pieces for the threads, pixels only where that is too few: parts have to be added up.
  const ptrdiff_t count = tiles.list.size();
  const ptrdiff_t groups = (count + kGroup - 1) / kGroup, chunks = (in + kChunk - 1) / kChunk;
  const int cells = static_cast<int>(groups * chunks);
  const int parts = std::min(PartsOf(rows, std::max<ptrdiff_t>(kLeastRows, (1 << 16) / (in + out))),
                             (kPieces + cells - 1) / cells);
  const ptrdiff_t block = std::clamp<ptrdiff_t>(kCacheFloats / (std::min(in, kChunk) + kTileColumns), 32, 256);
  const ptrdiff_t size = in * tiles.wide;
  std::vector<float> sums(parts * size);
  ParallelFor(parts * cells, [&](int piece) {
    const int part = piece / cells, cell = piece % cells;
    const ptrdiff_t first = cell / chunks * kGroup, last = std::min(count, first + kGroup);
    const ptrdiff_t begin = cell % chunks * kChunk, stop = std::min(in, begin + kChunk);
    const ptrdiff_t end = PartStart(rows, parts, part + 1);
    for (ptrdiff_t p = PartStart(rows, parts, part); p < end; p += block) {
      for (ptrdiff_t t = first; t < last; t++) {
        AddOuter(x + p * in, in, begin, stop, dy + p * out, out, std::min(block, end - p), tiles.list[t],
                 &sums[part * size]);
      }
    }
  });
  const int folds = PartsOf(in, std::max<ptrdiff_t>(1, (1 << 15) / (parts * out)));
  ParallelFor(folds, [&](int fold) {
    for (ptrdiff_t c = PartStart(in, folds, fold); c < PartStart(in, folds, fold + 1); c++) {
      FoldRow(sums, parts, in, c, tiles, filter + c * out);
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
