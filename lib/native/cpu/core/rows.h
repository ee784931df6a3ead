// Maps as rows of channels: sums down the columns and bodies along the rows, in whole vectors.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "parallel.h"
#include "vector.h"

namespace cgan_kd {

// Maps of few or odd channels are read as fewer, longer rows: `repeat` pixels make one row, so that
// loops along a row fill whole vectors.
struct Rows {
  ptrdiff_t rows;
  ptrdiff_t wide;
  ptrdiff_t channels;
  int parts;

  Rows(ptrdiff_t pixels, ptrdiff_t channels) : Rows(pixels, channels, pixels) {}

  // No row reaches over the end of a line of `line` pixels.
  Rows(ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t line) : channels(channels) {
    ptrdiff_t repeat = 1;
    while (repeat < 64 && line % (2 * repeat) == 0 &&
           (channels * repeat < 64 || channels * repeat % 8 != 0)) {
      repeat *= 2;
    }
    rows = pixels / repeat;
    wide = channels * repeat;
    parts = PartsOf(rows * wide, 1 << 15);
    if (parts > rows) parts = static_cast<int>(rows);
  }

  std::vector<float> Widen(const std::vector<float>& values) const {
    std::vector<float> repeated(wide);
    for (ptrdiff_t i = 0; i < wide; i++) repeated[i] = values[i % channels];
    return repeated;
  }

  // Sums of the parts and of the repetitions, one number per channel.
  std::vector<double> Fold(const std::vector<float>& sums) const {
    std::vector<double> folded(channels, 0.0);
    for (int part = 0; part < parts; part++) {
      for (ptrdiff_t i = 0; i < wide; i++) folded[i % channels] += sums[part * wide + i];
    }
    return folded;
  }

  template <typename Body>
  void Each(const Body& body) const {
    ParallelFor(parts, [&](int part) {
      body(part, PartStart(rows, parts, part), PartStart(rows, parts, part + 1));
    });
  }
};

// Adds the sums over rows of both terms to `first` and `second`, `width` vectors of columns at a time.
// terms(column, place, load, &a, &b) adds what the entry at that place contributes.
template <int width, typename Lane, typename LoadLane, typename Terms>
inline void SumColumns(LoadLane load, ptrdiff_t wide, ptrdiff_t c, ptrdiff_t begin, ptrdiff_t end, float* first,
                       float* second, const Terms& terms) {
  constexpr ptrdiff_t lanes = sizeof(Lane) / sizeof(float);
  Lane a[width] = {}, b[width] = {};
  for (ptrdiff_t r = begin; r < end; r++) {
    for (int i = 0; i < width; i++) {
      const ptrdiff_t column = c + i * lanes;
      terms(column, r * wide + column, load, &a[i], &b[i]);
    }
  }
  const auto add = [](float* to, Lane v) {
    Lane sum;
    std::memcpy(&sum, to, sizeof(sum));
    sum += v;
    std::memcpy(to, &sum, sizeof(sum));
  };
  for (int i = 0; i < width; i++) {
    add(first + c + i * lanes, a[i]);
    add(second + c + i * lanes, b[i]);
  }
}

// Few rows at a time: a stripe of columns reads lines of the cache that the next one finds there.
constexpr ptrdiff_t kRowsAtOnce = 16;

template <typename Terms>
void SumRows(ptrdiff_t wide, ptrdiff_t begin, ptrdiff_t end, float* first, float* second,
             const Terms& terms) {
  for (ptrdiff_t row = begin; row < end; row += kRowsAtOnce) {
    const ptrdiff_t stop = std::min(end, row + kRowsAtOnce);
    ptrdiff_t c = 0;
    for (; c + 4 * kLong <= wide; c += 4 * kLong) {
      SumColumns<4, Long>(LoadLong, wide, c, row, stop, first, second, terms);
    }
    for (; c + kLong <= wide; c += kLong) {
      SumColumns<1, Long>(LoadLong, wide, c, row, stop, first, second, terms);
    }
    for (; c + kLanes <= wide; c += kLanes) {
      SumColumns<1, Vector>(Load, wide, c, row, stop, first, second, terms);
    }
    for (; c < wide; c++) {
      for (ptrdiff_t r = row; r < stop; r++) {
        terms(c, r * wide + c, LoadOne, first + c, second + c);
      }
    }
  }
}

// body(i) for every column: whole vectors, the longest first, then what is left.
template <typename Body>
inline void EachColumn(ptrdiff_t wide, const Body& body) {
  ptrdiff_t c = 0;
  for (; c + kLong <= wide; c += kLong) body(c, LoadLong, StoreLong);
  if constexpr (kLong > kLanes) {
    for (; c + kLanes <= wide; c += kLanes) body(c, Load, Store);
  }
  for (; c + kQuad <= wide; c += kQuad) body(c, LoadQuad, StoreQuad);
  for (; c < wide; c++) body(c, LoadOne, StoreOne);
}

// The same; `streams` says that body writes where nothing is read soon.
template <typename Body>
inline void EachColumn(ptrdiff_t wide, bool streams, const Body& body) {
  if (!streams) return EachColumn(wide, body);
  for (ptrdiff_t c = 0; c < wide; c += kLong) body(c, LoadLong, StreamLong);
}

// Few entries, for which a call of memcpy takes as long as the copy.
inline void Copy(float* __restrict to, const float* __restrict from, ptrdiff_t count) {
  EachColumn(count, [=](ptrdiff_t i, auto load, auto store) { store(to + i, load(from + i)); });
}

// Sum of the products, in eight partial sums.
inline float Dot(const float* __restrict a, const float* __restrict b, ptrdiff_t size) {
  Vector sums{};
  ptrdiff_t i = 0;
  for (; i + kLanes <= size; i += kLanes) sums += Load(a + i) * Load(b + i);
  float total = 0;
  for (int lane = 0; lane < kLanes; lane++) total += sums[lane];
  for (; i < size; i++) total += a[i] * b[i];
  return total;
}

}  // namespace cgan_kd
