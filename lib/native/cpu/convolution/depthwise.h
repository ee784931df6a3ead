// Depthwise convolution of channels-last maps, line by line: one filter [kernel, kernel] per channel.
#pragma once

#include <algorithm>
#include <vector>

#include "../core/prefetch.h"
#include "../core/op.h"
#include "../core/places.h"
#include "../core/rows.h"
#include "../core/vector.h"

namespace cgan_kd {

struct Maps {
  ptrdiff_t batch, height, width, channels;
  ptrdiff_t out_height, out_width;
  int kernel, stride, before;

  ptrdiff_t Pixels() const { return height * width * channels; }
  ptrdiff_t OutPixels() const { return out_height * out_width * channels; }
};

// One product of a sum: an entry `at` of the map, counted from its first, by an entry of the filter.
struct Tap {
  ptrdiff_t at;
  ptrdiff_t weight;
};

// to[c] = sum over taps of from[tap.at + c] * filter[tap.weight + c]
inline void Gather(const Tap* taps, int count, const float* from, const float* filter, ptrdiff_t channels,
            float* to, bool streams) {
  EachColumn(channels, streams, [=](ptrdiff_t c, auto load, auto store) {
    decltype(load(from)) sum{};
    for (int t = 0; t < count; t++) sum += load(from + taps[t].at + c) * load(filter + taps[t].weight + c);
    store(to + c, sum);
  });
}

// Neighbours whose windows lie inside of a line and of which each reads one column further than the one before.
struct Slide {
  const float* from;       // the first column of the first window, in its first line
  ptrdiff_t line;          // entries from one line of a window to the next
  const float* filter;     // of that first line
  int lines;
  ptrdiff_t channels;
  bool streams;            // around the cache
  Prefetcher* fetcher;            // may be null
};

// The results of `pixels` neighbours: what they read together is read once. `flipped` windows meet the filter from its
// last column on, as gradients do.
template <int kernel, bool flipped, int pixels>
void SlideOver(const Slide& s, float* to) {
  EachColumn(s.channels, s.streams, [&](ptrdiff_t c, auto load, auto store) {
    using Lane = decltype(load(s.from));
    if (s.fetcher != nullptr) s.fetcher->Fetch();
    Lane sums[pixels] = {};
    for (int i = 0; i < s.lines; i++) {
      const float *x = s.from + i * s.line + c, *w = s.filter + i * kernel * s.channels + c;
      Lane values[pixels + kernel - 1];
#pragma GCC unroll 16
      for (int p = 0; p < pixels + kernel - 1; p++) values[p] = load(x + p * s.channels);
#pragma GCC unroll 8
      for (int j = 0; j < kernel; j++) {
        const Lane weight = load(w + j * s.channels);
#pragma GCC unroll 8
        for (int p = 0; p < pixels; p++) sums[p] += values[p + (flipped ? kernel - 1 - j : j)] * weight;
      }
    }
#pragma GCC unroll 8
    for (int p = 0; p < pixels; p++) store(to + p * s.channels + c, sums[p]);
  });
}

constexpr int kNeighbours = kLong == 16 ? 8 : 4;

template <int kernel, bool flipped, int pixels = kNeighbours>
int SlideOverSome(const Slide& s, ptrdiff_t count, float* to) {
  if constexpr (pixels > 1) {
    if (count < pixels) return SlideOverSome<kernel, flipped, pixels - 1>(s, count, to);
  }
  SlideOver<kernel, flipped, pixels>(s, to);
  return pixels;
}

// One line of the result. taps(column, list) fills the list and returns how many; those of columns in [first, last) are
// whole windows, and `slide(column)` describes them.
template <bool flipped, typename Taps, typename SlideAt>
void WriteLine(const Maps& m, ptrdiff_t width, ptrdiff_t first, ptrdiff_t last, const float* from,
               const float* filter, float* to, bool streams, const Taps& taps, const SlideAt& slide,
               Prefetcher* fetcher = nullptr) {
  Tap list[64];
  for (ptrdiff_t column = 0; column < width;) {
    float* at = to + column * m.channels;
    if (column >= first && column < last) {
      const Slide s = slide(column);
      column += m.kernel == 3 ? SlideOverSome<3, flipped>(s, last - column, at)
                              : SlideOverSome<5, flipped>(s, last - column, at);
    } else {
      if (fetcher != nullptr) fetcher->Fetch();
      Gather(list, taps(column, list), from, filter, m.channels, at, streams);
      column++;
    }
  }
}

// Calls of `Prefetcher` that a line of the result makes, and one of the filter's gradient.
inline ptrdiff_t CallsOf(const Maps& m) {
  return m.stride == 1 ? m.out_width / kNeighbours * (m.channels / kLong) : m.out_width;
}
inline ptrdiff_t FilterCallsOf(const Maps& m) { return m.kernel * (m.channels / kLong); }

// Line `row` of the result; x is its image.
inline void ForwardLine(const Maps& m, const float* x, const float* filter, ptrdiff_t row, float* to, bool streams,
                        Prefetcher* fetcher = nullptr) {
  // Columns whose whole window lies inside; with stride 2 neighbours share too little.
  const bool slides = m.stride == 1;
  const ptrdiff_t first = m.before, last = slides ? std::min(m.out_width, m.width - m.kernel + m.before + 1) : 0;
  // Lines [begin, end) of the window lie inside.
  const ptrdiff_t top = row * m.stride - m.before;
  const int begin = static_cast<int>(std::max<ptrdiff_t>(0, -top));
  const int end = static_cast<int>(std::min<ptrdiff_t>(m.kernel, m.height - top));
  const auto taps = [&](ptrdiff_t column, Tap* list) {
    int count = 0;
    for (int i = begin; i < end; i++) {
      for (int j = 0; j < m.kernel; j++) {
        const ptrdiff_t w = column * m.stride + j - m.before;
        if (w < 0 || w >= m.width) continue;
        list[count++] = {((top + i) * m.width + w) * m.channels, (i * m.kernel + j) * m.channels};
      }
    }
    return count;
  };
  const auto slide = [&](ptrdiff_t column) {
    return Slide{x + ((top + begin) * m.width + column - m.before) * m.channels, m.width * m.channels,
                 filter + begin * m.kernel * m.channels, end - begin, m.channels, streams, fetcher};
  };
  WriteLine<false>(m, m.out_width, first, last, x, filter, to, streams, taps, slide, fetcher);
}

// Line `row` of the slopes of an image; dy are those of its result.
inline void InputGradientLine(const Maps& m, const float* dy, const float* filter, ptrdiff_t row, float* to,
                              bool streams) {
  const bool slides = m.stride == 1;
  const ptrdiff_t first = std::max<ptrdiff_t>(0, m.kernel - 1 - m.before);
  const ptrdiff_t last = slides ? std::min(m.width, m.out_width - m.before) : 0;
  const ptrdiff_t bottom = row + m.before;
  const auto taps = [&](ptrdiff_t column, Tap* list) {
    int count = 0;
    for (int i = 0; i < m.kernel; i++) {
      const ptrdiff_t h = bottom - i;
      if (h < 0 || h % m.stride != 0 || h / m.stride >= m.out_height) continue;
      for (int j = 0; j < m.kernel; j++) {
        const ptrdiff_t w = column + m.before - j;
        if (w < 0 || w % m.stride != 0 || w / m.stride >= m.out_width) continue;
        list[count++] = {(h / m.stride * m.out_width + w / m.stride) * m.channels,
                         (i * m.kernel + j) * m.channels};
      }
    }
    return count;
  };
  // Lines of the filter from `begin` to `end` meet lines of dy, from the lowest up.
  const ptrdiff_t begin = std::max<ptrdiff_t>(0, bottom - m.out_height + 1);
  const ptrdiff_t end = std::min<ptrdiff_t>(m.kernel, bottom + 1);
  const auto slide = [&](ptrdiff_t column) {
    const ptrdiff_t left = column + m.before - m.kernel + 1;
    return Slide{dy + ((bottom - begin) * m.out_width + left) * m.channels, -m.out_width * m.channels,
                 filter + begin * m.kernel * m.channels, static_cast<int>(end - begin), m.channels, streams,
                 nullptr};
  };
  WriteLine<true>(m, m.width, first, last, dy, filter, to, streams, taps, slide);
}

// The last line of dy that line `row` of an image's slopes reads.
inline ptrdiff_t LastLine(const Maps& m, ptrdiff_t row) {
  return std::min(m.out_height - 1, (row + m.before) / m.stride);
}

// Adds one row of the filter: sums[j][c] += x[column * stride + j - before] * dy[column].
template <int kernel, typename Lane, typename LoadLane, typename StoreLane>
void FilterRow(const Maps& m, const float* x, const float* dy, ptrdiff_t c, float* sums, LoadLane load,
               StoreLane store) {
  constexpr ptrdiff_t kColumns = 4;  // that share what they read, with stride 1
  const ptrdiff_t step = m.channels;
  Lane total[kernel];
  for (int j = 0; j < kernel; j++) total[j] = load(sums + j * step + c);
  for (ptrdiff_t column = 0; column < m.out_width;) {
    const ptrdiff_t start = column * m.stride - m.before;
    const float *in = x + start * step + c, *slope = dy + column * step + c;
    if (m.stride == 1 && start >= 0 && start + kernel + kColumns - 1 <= m.width && column + kColumns <= m.out_width) {
      Lane values[kernel + kColumns - 1];
#pragma GCC unroll 8
      for (int p = 0; p < kernel + kColumns - 1; p++) values[p] = load(in + p * step);
#pragma GCC unroll 4
      for (int p = 0; p < kColumns; p++) {
        const Lane g = load(slope + p * step);
#pragma GCC unroll 8
        for (int j = 0; j < kernel; j++) total[j] += values[p + j] * g;
      }
      column += kColumns;
      continue;
    }
    const Lane g = load(slope);
    const bool inside = start >= 0 && start + kernel <= m.width;
    for (int j = 0; j < kernel; j++) {
      if (inside || (start + j >= 0 && start + j < m.width)) total[j] += load(in + j * step) * g;
    }
    column++;
  }
  for (int j = 0; j < kernel; j++) store(sums + j * step + c, total[j]);
}

template <int kernel>
void AddFilterRows(const Maps& m, const float* x, const float* slope, ptrdiff_t row, float* sums, Prefetcher* fetcher) {
  for (int i = 0; i < kernel; i++) {
    const ptrdiff_t h = row * m.stride + i - m.before;
    if (h < 0 || h >= m.height) continue;
    const float* in = x + h * m.width * m.channels;
    float* into = sums + i * kernel * m.channels;
    EachColumn(m.channels, [&](ptrdiff_t c, auto load, auto store) {
      if (fetcher != nullptr) fetcher->Fetch();
      FilterRow<kernel, decltype(load(in))>(m, in, slope, c, into, load, store);
    });
  }
}

// Adds to the filter's sums what a line of dy contributes to an image; x is the image, `slope` the line.
inline void AddFilterLine(const Maps& m, const float* x, const float* slope, ptrdiff_t row, float* sums,
                          Prefetcher* fetcher = nullptr) {
  if (m.kernel == 3) AddFilterRows<3>(m, x, slope, row, sums, fetcher);
  else AddFilterRows<5>(m, x, slope, row, sums, fetcher);
}

// Images that add up to one sum of the filter's gradient.
constexpr ptrdiff_t kLeastImages = 4;

// The sums of several parts, added up in order.
inline void FoldFilter(const std::vector<float>& sums, int parts, float* dfilter) {
  const ptrdiff_t size = sums.size() / parts;
  for (ptrdiff_t i = 0; i < size; i++) {
    double total = 0;
    for (int part = 0; part < parts; part++) total += sums[part * size + i];
    dfilter[i] = static_cast<float>(total);
  }
}

// Inputs x, and after it the filter.
inline bool WantDepthwise(Call& call, const Attributes& attributes, int x) {
  const int64_t kernel = attributes.kernel;
  return call.WantMaps(x, "x") && call.Want(kernel == 3 || kernel == 5, "want kernels of side 3 or 5") &&
         call.WantShape(x + 1, "the filter", {kernel, kernel, call.shape(x)[3], 1});
}

// Inputs x, after it the filter, and dy or another map of the result's shape.
inline bool DescribeDepthwise(Call& call, const Attributes& attributes, int x, int dy, Maps* m) {
  if (!WantDepthwise(call, attributes, x) || !call.WantMaps(dy, "dy")) return false;
  const auto in = call.shape(x), out = call.shape(dy);
  *m = {in[0], in[1], in[2], in[3], out[1], out[2], attributes.kernel, attributes.stride, attributes.before};
  return call.Want(in[3] == out[3], "want as many channels in dy as in x") &&
         WantPlaces(call, in, out, m->kernel, m->stride, m->before);
}

// Inputs: x, filter.
inline bool DescribeDepthwiseForward(Call& call, const Attributes& attributes, Maps* m) {
  if (!WantDepthwise(call, attributes, 0)) return false;
  const auto x = call.shape(0);
  if (!WantZeros(call, x, attributes.kernel, attributes.before, attributes.after)) return false;
  const int64_t more = attributes.before + attributes.after - attributes.kernel;
  *m = {x[0], x[1], x[2], x[3], (x[1] + more) / attributes.stride + 1, (x[2] + more) / attributes.stride + 1,
        attributes.kernel, attributes.stride, attributes.before};
  return true;
}

}  // namespace cgan_kd
