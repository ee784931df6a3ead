// Convolutions of more than one pixel, and their gradients for the maps: y[p] = sum over taps t and channels c of
// x[p moved by t][c] * w[t][c]. A few pixels by two vectors of channels out stay in registers while taps and channels in
// go by. Maps are copied strip by strip, with their zeros, so that a pixel's neighbours lie at distances that the
// compiler knows. An entry is summed in one order, whoever computes it. Factors are floats, or pairs of channels in
// bfloat16.
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "../core/pairs.h"
#include "../core/parallel.h"
#include "../core/rows.h"
#include "../core/vector.h"

namespace cgan_kd {

constexpr ptrdiff_t kChunk = 16;          // channels in that lie side by side
template <typename Factor>
constexpr ptrdiff_t kChunkFactors = kChunk / kEntries<Factor>;
constexpr ptrdiff_t kColumns = 2 * kLong;  // channels out of a tile
constexpr int kPixels = kLong == 16 ? 12 : 6;  // of a tile: two vectors each fill the registers
constexpr ptrdiff_t kStripPixels = 256;   // share a tile of weights in the cache
constexpr int kJump = 2;                  // zeros between images that lie side by side
constexpr ptrdiff_t kLeastTasks = 16;

// Where a product's pixel lies, counted from the pixel of the result times the stride.
struct Tap {
  ptrdiff_t row, column;
};

// One convolution, or the part of a gradient that falls on every `stride`th pixel.
struct Sums {
  const float* x;
  ptrdiff_t batch, height, width, in;
  ptrdiff_t rows, columns, out;  // of the result
  ptrdiff_t stride;
  std::vector<Tap> taps;
  float* y;
  ptrdiff_t image_step, row_step, pixel_step;  // floats between neighbours in y
};

// A tile's sums over taps and `in` factors of channels. Pixel p reads `p * step` pixels from the first, and `jump` more
// after each `run`.
template <typename Factor, int pixels, int vectors, int step, int run>
void AddTile(const Factor* __restrict x, const std::vector<ptrdiff_t>& taps, ptrdiff_t plane, ptrdiff_t in,
             const Factor* __restrict w, Long (&sums)[pixels][vectors]) {
  constexpr ptrdiff_t chunk = kChunkFactors<Factor>;
  for (; in > 0; in -= chunk, x += plane) {
    const ptrdiff_t depth = std::min(in, chunk);
    for (const ptrdiff_t tap : taps) {
      const Factor* __restrict from = x + tap;
      for (ptrdiff_t c = 0; c < depth; c++, w += vectors * kLong) {
        decltype(LoadFactors(w)) weights[vectors];
        for (int v = 0; v < vectors; v++) weights[v] = LoadFactors(w + v * kLong);
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++) {
          const auto value = SpreadOver(Long(), from[(p * step + p / run * kJump) * chunk + c]);
          for (int v = 0; v < vectors; v++) MultiplyAdd(sums[p][v], value, weights[v]);
        }
      }
    }
  }
}

// Where a tile's sums go: `columns` channels of pixels of one row, `pixel` apart, of images `image` apart.
struct Place {
  float* y;
  ptrdiff_t pixel, image;
  int images;
  ptrdiff_t columns;
};

template <typename Factor>
using TileFunction = void (*)(const Factor*, const std::vector<ptrdiff_t>&, ptrdiff_t, ptrdiff_t, const Factor*,
                              const Place&);

template <typename Factor, int pixels, int vectors, int step, int run>
void ComputeTile(const Factor* x, const std::vector<ptrdiff_t>& taps, ptrdiff_t plane, ptrdiff_t in, const Factor* w,
                 const Place& place) {
  Long sums[pixels][vectors] = {};
  AddTile<Factor, pixels, vectors, step, run>(x, taps, plane, in, w, sums);
  for (int p = 0; p < pixels; p++) {
    if (p / run >= place.images) return;
    float* to = place.y + p / run * place.image + p % run * place.pixel;
    if (place.columns == vectors * kLong) {
      for (int v = 0; v < vectors; v++) StoreLong(to + v * kLong, sums[p][v]);
    } else {
      std::memcpy(to, sums[p], place.columns * sizeof(float));
    }
  }
}

constexpr int kNoRun = 1 << 20;

template <typename Factor, int vectors, int step, int... pixels>
inline TileFunction<Factor> PickPixels(int count, std::integer_sequence<int, pixels...>) {
  constexpr TileFunction<Factor> kFunctions[] = {ComputeTile<Factor, pixels + 1, vectors, step, kNoRun>...};
  return kFunctions[count - 1];
}

template <typename Factor, int vectors>
TileFunction<Factor> PickTile(int pixels, ptrdiff_t stride, ptrdiff_t run) {
  if (run == 2) return ComputeTile<Factor, kPixels, vectors, 1, 2>;
  if (run == 4) return ComputeTile<Factor, kPixels / 4 * 4, vectors, 1, 4>;
  const auto all = std::make_integer_sequence<int, kPixels>();
  return stride == 1 ? PickPixels<Factor, vectors, 1>(pixels, all) : PickPixels<Factor, vectors, 2>(pixels, all);
}

// Weights in the order in which tiles read them: tile, chunk, tap, channel in, channels out.
template <typename Factor>
class Weights {
 public:
  // copy(tap, channel in, count of them, first column, count, wide, to): entry (k, c) goes to to[k * wide + c].
  template <typename Copy>
  Weights(ptrdiff_t taps, ptrdiff_t in, ptrdiff_t out, const Copy& copy)
      : block_(taps * FactorsOf<Factor>(in)), out_(out) {
    entries_.resize(Tiles() * kColumns * block_);
    const ptrdiff_t chunks = (in + kChunk - 1) / kChunk;
    const auto pack = [&](ptrdiff_t tile, ptrdiff_t chunk) {
      const ptrdiff_t depth = std::min(kChunk, in - chunk * kChunk), wide = Vectors(tile) * kLong;
      Factor* to = &entries_[tile * kColumns * block_ + chunk * kChunkFactors<Factor> * taps * wide];
      for (ptrdiff_t tap = 0; tap < taps; tap++, to += FactorsOf<Factor>(depth) * wide) {
        if constexpr (std::is_same_v<Factor, float>) {
          copy(tap, chunk * kChunk, depth, tile * kColumns, Columns(tile), wide, to);
        } else {
          float rows[(kChunk + 1) * kColumns];
          copy(tap, chunk * kChunk, depth, tile * kColumns, Columns(tile), wide, rows);
          // The second of a last pair of one channel.
          if (depth % 2 == 1) std::memset(rows + depth * wide, 0, wide * sizeof(float));
          for (ptrdiff_t k = 0; k < depth; k += 2) {
            const float* row = rows + k * wide;
            for (ptrdiff_t c = 0; c < wide; c += kLong) {
              PutPairs(to + k / 2 * wide + c, LoadLong(row + c), LoadLong(row + wide + c));
            }
          }
        }
      }
    };
    const ptrdiff_t pieces = Tiles() * chunks;
    const int parts = PartsOf(pieces * taps * kChunk * kColumns, 1 << 14);
    ParallelFor(parts, [&](int part) {
      for (ptrdiff_t i = PartStart(pieces, parts, part); i < PartStart(pieces, parts, part + 1); i++) {
        pack(i / chunks, i % chunks);
      }
    });
  }

  ptrdiff_t Tiles() const { return (out_ + kColumns - 1) / kColumns; }
  ptrdiff_t Columns(ptrdiff_t tile) const { return std::min(kColumns, out_ - tile * kColumns); }
  int Vectors(ptrdiff_t tile) const { return Columns(tile) > kLong ? 2 : 1; }
  const Factor* Of(ptrdiff_t tile) const { return &entries_[tile * kColumns * block_]; }

 private:
  ptrdiff_t block_, out_;
  std::vector<Factor> entries_;
};

template <typename Factor>
class Convolution {
 public:
  Convolution(const Sums& sums, const Weights<Factor>& weights) : s_(sums), w_(weights) {
    for (const Tap& tap : s_.taps) {
      top_ = std::min(top_, tap.row);
      bottom_ = std::max(bottom_, tap.row);
      left_ = std::min(left_, tap.column);
      right_ = std::max(right_, tap.column);
    }
    const ptrdiff_t span = right_ - left_;
    // Images of narrow maps lie side by side, so that their pixels fill a tile.
    if (s_.stride == 1 && span <= kJump && (s_.columns == 2 || s_.columns == 4) && kPixels > s_.columns) {
      run_ = s_.columns;
      images_ = kPixels / s_.columns;
      pitch_ = s_.columns + kJump;
    } else {
      pitch_ = (s_.columns - 1) * s_.stride + span + 1;
    }
    line_ = images_ * pitch_;
  }

  void Run() {
    const ptrdiff_t wide = s_.columns * images_;
    strip_rows_ = std::clamp<ptrdiff_t>(kStripPixels / wide, 1, s_.rows);
    lines_ = (strip_rows_ - 1) * s_.stride + bottom_ - top_ + 1;
    const ptrdiff_t strips = (s_.rows + strip_rows_ - 1) / strip_rows_;
    const ptrdiff_t groups = (s_.batch + images_ - 1) / images_, all = groups * strips;
    // Strips of a task: those that share the weights.
    const ptrdiff_t together = std::clamp<ptrdiff_t>(kStripPixels / (strip_rows_ * wide), 1, all);
    const int parts = static_cast<int>((all + together - 1) / together);
    // Few strips are cut by channels out, for every thread.
    const int cuts = static_cast<int>(std::clamp<ptrdiff_t>(kLeastTasks / parts, 1, w_.Tiles()));
    for (const Tap& tap : s_.taps) {
      taps_.push_back(((tap.row - top_) * line_ + tap.column - left_) * kFactors);
    }
    const ptrdiff_t factors = lines_ * line_ * ((s_.in + kChunk - 1) / kChunk) * kFactors;
    ParallelFor(parts * cuts, [&](int task) {
      const ptrdiff_t part = task / cuts, first = PartStart(all, parts, part), last = PartStart(all, parts, part + 1);
      static thread_local std::vector<Factor> packed;
      if (static_cast<ptrdiff_t>(packed.size()) < (last - first) * factors) packed.resize((last - first) * factors);
      for (ptrdiff_t i = first; i < last; i++) Pack(i / strips, i % strips, &packed[(i - first) * factors]);
      const int cut = task % cuts;
      for (ptrdiff_t t = PartStart(w_.Tiles(), cuts, cut); t < PartStart(w_.Tiles(), cuts, cut + 1); t++) {
        for (ptrdiff_t i = first; i < last; i++) {
          Multiply(i / strips, i % strips, t, &packed[(i - first) * factors]);
        }
      }
    });
  }

 private:
  static constexpr ptrdiff_t kFactors = kChunkFactors<Factor>;  // of a pixel in a chunk

  // Copies the pixels that a strip reads: chunk after chunk of channels, lines within.
  void Pack(ptrdiff_t group, ptrdiff_t strip, Factor* to) const {
    const ptrdiff_t top = strip * strip_rows_ * s_.stride + top_;
    for (ptrdiff_t line = 0; line < lines_; line++) {
      for (ptrdiff_t i = 0; i < images_; i++, to += pitch_ * kFactors) {
        const ptrdiff_t image = group * images_ + i, h = top + line;
        const bool inside = h >= 0 && h < s_.height && image < s_.batch;
        // Columns that lie in the image.
        const ptrdiff_t first = inside ? std::clamp<ptrdiff_t>(-left_, 0, pitch_) : pitch_;
        const ptrdiff_t last = std::clamp(s_.width - left_, first, pitch_);
        const float* from = s_.x + ((image * s_.height + h) * s_.width + first + left_) * s_.in;
        for (ptrdiff_t c = 0; c < s_.in; c += kChunk) {
          Factor* into = to + c / kEntries<Factor> * lines_ * line_;
          std::memset(into, 0, first * kFactors * sizeof(Factor));
          CopyChunk(from + c, s_.in, std::min(kChunk, s_.in - c), last - first, into + first * kFactors);
          std::memset(into + last * kFactors, 0, (pitch_ - last) * kFactors * sizeof(Factor));
        }
      }
    }
  }

  // `depth` of the channels of pixels that lie `step` apart.
  static void CopyChunk(const float* from, ptrdiff_t step, ptrdiff_t depth, ptrdiff_t pixels, float* to) {
    if (depth < kChunk) {
      for (ptrdiff_t p = 0; p < pixels; p++, from += step, to += kChunk) {
        for (ptrdiff_t k = 0; k < depth; k++) to[k] = from[k];
      }
    } else if (step == kChunk) {
      std::memcpy(to, from, pixels * kChunk * sizeof(float));
    } else {
      for (ptrdiff_t p = 0; p < pixels; p++, from += step, to += kChunk) std::memcpy(to, from, kChunk * sizeof(float));
    }
  }

#if defined(__AVX512BF16__)
  static void CopyChunk(const float* from, ptrdiff_t step, ptrdiff_t depth, ptrdiff_t pixels, Pair* to) {
    for (ptrdiff_t p = 0; p < pixels; p++, from += step, to += kFactors) {
      Half* into = reinterpret_cast<Half*>(to);
      if (depth == kChunk) {
        Put(into, LoadLong(from));
      } else {
        EachColumn(depth, [&](ptrdiff_t c, auto load, auto) { Put(into + c, load(from + c)); });
        if (depth % 2 == 1) Put(into + depth, 0.0f);
      }
    }
  }
#endif

  void Multiply(ptrdiff_t group, ptrdiff_t strip, ptrdiff_t tile, const Factor* packed) const {
    const int vectors = w_.Vectors(tile);
    const ptrdiff_t first = strip * strip_rows_, last = std::min(s_.rows, first + strip_rows_);
    const ptrdiff_t pieces = images_ > 1 ? 1 : (s_.columns + kPixels - 1) / kPixels;
    const int images = static_cast<int>(std::min(images_, s_.batch - group * images_));
    for (ptrdiff_t row = first; row < last; row++) {
      const Factor* from = packed + (row - first) * s_.stride * line_ * kFactors;
      float* to = s_.y + group * images_ * s_.image_step + row * s_.row_step + tile * kColumns;
      for (ptrdiff_t piece = 0; piece < pieces; piece++) {
        const ptrdiff_t column = piece * s_.columns / pieces;
        const int count = static_cast<int>((piece + 1) * s_.columns / pieces - column);
        const TileFunction<Factor> compute =
            vectors == 2 ? PickTile<Factor, 2>(count, s_.stride, run_) : PickTile<Factor, 1>(count, s_.stride, run_);
        compute(from + column * s_.stride * kFactors, taps_, lines_ * line_ * kFactors, FactorsOf<Factor>(s_.in),
                w_.Of(tile),
                {to + column * s_.pixel_step, s_.pixel_step, s_.image_step, images, w_.Columns(tile)});
      }
    }
  }

  const Sums& s_;
  const Weights<Factor>& w_;
  ptrdiff_t top_ = 0, bottom_ = 0, left_ = 0, right_ = 0;
  ptrdiff_t run_ = kNoRun, images_ = 1, pitch_, line_;
  ptrdiff_t strip_rows_ = 1, lines_ = 1;
  std::vector<ptrdiff_t> taps_;
};

}  // namespace cgan_kd
