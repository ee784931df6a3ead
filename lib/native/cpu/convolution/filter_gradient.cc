// Gradient of a convolution for its filter: dW[i][j][c][k] = sum over pixels p of
// x[p moved by (i, j)][c] * dy[p][k]. For each (i, j) it is a product of matrices whose long side, the
// pixels, is summed over. A few channels in by two vectors of channels out stay in registers while pixels go by. Factors
// are floats, or pairs of neighbours in a row of the result in bfloat16.
#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "../core/op.h"
#include "../core/pairs.h"
#include "../core/parallel.h"
#include "../core/places.h"
#include "../core/rows.h"
#include "../core/vector.h"

namespace cgan_kd {
namespace {

constexpr int kIn = kLong == 16 ? 12 : 6;  // most channels in of a tile
constexpr int kOut = 2 * kLong;            // channels out of a tile
constexpr ptrdiff_t kBlockPixels = (1 << 13) / kOut;  // pixels of a panel, which stays in the first cache
constexpr ptrdiff_t kPackedFloats = 1 << 20;  // what is packed at once stays in the second or third cache

struct Maps {
  ptrdiff_t batch, height, width, in;
  ptrdiff_t out_height, out_width, out;
  int kernel, stride, before;
};

// A run of rows of the result in one image.
struct Strip {
  ptrdiff_t image, row, rows;
};

// A tile's sums over the pixels of a strip, of which `columns` factors make a row.
template <int channels, int vectors, typename Factor>
inline void AddStrip(const Factor* x, ptrdiff_t step, ptrdiff_t line, const Factor* dy, ptrdiff_t rows,
                     ptrdiff_t columns, Long (&sums)[channels][vectors]) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const Factor* in = x + r * line;
    for (ptrdiff_t column = 0; column < columns; column++) {
      decltype(LoadFactors(dy)) slope[vectors];
      for (int v = 0; v < vectors; v++) slope[v] = LoadFactors(dy + v * kLong);
#pragma GCC unroll 16
      for (int m = 0; m < channels; m++) {
        const auto value = SpreadOver(Long(), in[m]);
        for (int v = 0; v < vectors; v++) MultiplyAdd(sums[m][v], value, slope[v]);
      }
      in += step;
      dy += vectors * kLong;
    }
  }
}

// What is packed at once: strips, and where each one's pixels lie.
struct Batch {
  std::vector<Strip> strips;
  ptrdiff_t pixels = 0;
};

template <typename Factor>
class Gradient {
  static constexpr bool kIsPaired = !std::is_same_v<Factor, float>;

 public:
  Gradient(const Maps& maps, const float* x, const float* dy, float* filter)
      : m_(maps), x_(x), dy_(dy), filter_(filter) {
    direct_ = !kIsPaired && m_.kernel == 1 && m_.stride == 1;
    in_place_ = !kIsPaired && (m_.out == kLong || m_.out == kOut);
    columns_ = FactorsOf<Factor>(m_.out_width);
    line_ = (m_.out_width - 1) * m_.stride + m_.kernel;
    panels_in_ = (m_.in + kIn - 1) / kIn;
    panels_out_ = (m_.out + kOut - 1) / kOut;
  }

  void Run() {
    std::memset(filter_, 0, sizeof(float) * m_.kernel * m_.kernel * m_.in * m_.out);
    const ptrdiff_t rows = std::min(m_.out_height, std::max<ptrdiff_t>(1, kBlockPixels / m_.out_width));
    // Factors that a strip takes when packed: of x one begins at every pixel.
    strip_x_ = ((rows - 1) * m_.stride + m_.kernel) * line_;
    strip_dy_ = rows * columns_;
    const ptrdiff_t factors = (in_place_ ? 0 : strip_dy_ * panels_out_ * kOut) + (direct_ ? 0 : strip_x_ * m_.in);
    const ptrdiff_t most = kPackedFloats / std::max<ptrdiff_t>(1, factors);
    std::vector<Strip> strips;
    for (ptrdiff_t n = 0; n < m_.batch; n++) {
      for (ptrdiff_t row = 0; row < m_.out_height; row += rows) {
        strips.push_back({n, row, std::min(rows, m_.out_height - row)});
      }
    }
    capacity_ = std::clamp<ptrdiff_t>(most, 1, strips.size());
    if (!in_place_) packed_dy_.reset(new Factor[capacity_ * strip_dy_ * panels_out_ * kOut]);
    if (!direct_) packed_x_.reset(new Factor[capacity_ * strip_x_ * m_.in]);
    for (size_t first = 0; first < strips.size(); first += capacity_) {
      const size_t last = std::min(strips.size(), first + capacity_);
      const std::vector<Strip> now(strips.begin() + first, strips.begin() + last);
      ParallelFor(static_cast<int>(now.size()), [&](int s) { Pack(s, now[s]); });
      // Pieces for every thread also where there are few channels.
      const ptrdiff_t cuts = std::clamp<ptrdiff_t>(16 / panels_out_, 1, panels_in_);
      ParallelFor(static_cast<int>(panels_out_ * cuts), [&](int task) {
        const ptrdiff_t out = task / cuts;
        const int cut = static_cast<int>(task % cuts);
        const ptrdiff_t begin = PartStart(panels_in_, static_cast<int>(cuts), cut);
        const ptrdiff_t end = PartStart(panels_in_, static_cast<int>(cuts), cut + 1);
        Multiply(now, out, begin, end);
      });
    }
  }

 private:
  // Packed maps: panels of channels, pixel after pixel; strip after strip within a panel.
  Factor* PackedX(ptrdiff_t panel, ptrdiff_t strip) {
    return packed_x_.get() + (Start(panel) * capacity_ + strip * Channels(panel)) * strip_x_;
  }
  Factor* PackedDy(ptrdiff_t panel, ptrdiff_t strip) {
    return packed_dy_.get() + (panel * capacity_ + strip) * strip_dy_ * kOut;
  }
  // Where the pixels and the slopes of a strip are read.
  const Factor* PixelsOf(const Strip& strip, ptrdiff_t panel, ptrdiff_t s) {
    if constexpr (!kIsPaired) {
      if (direct_) return x_ + (strip.image * m_.height + strip.row) * m_.width * m_.in + Start(panel);
    }
    return PackedX(panel, s);
  }
  const Factor* SlopesOf(const Strip& strip, ptrdiff_t panel, ptrdiff_t s) {
    if constexpr (!kIsPaired) {
      if (in_place_) return SlopesOf(strip);
    }
    return PackedDy(panel, s);
  }
  // Panels of channels in are of like size.
  ptrdiff_t Start(ptrdiff_t panel) const { return panel * m_.in / panels_in_; }
  const float* SlopesOf(const Strip& strip) const {
    return dy_ + (strip.image * m_.out_height + strip.row) * m_.out_width * m_.out;
  }
  int Channels(ptrdiff_t panel) const { return static_cast<int>(Start(panel + 1) - Start(panel)); }
  // Vectors that the channels out of a panel fill.
  int Vectors(ptrdiff_t panel) const { return m_.out - panel * kOut > kLong ? 2 : 1; }

  void Pack(int s, const Strip& strip) {
    for (ptrdiff_t panel = 0; panel < panels_out_ && !in_place_; panel++) {
      const ptrdiff_t wide = Vectors(panel) * kLong;
      const ptrdiff_t there = std::min<ptrdiff_t>(wide, m_.out - panel * kOut);
      PackSlopes(SlopesOf(strip) + panel * kOut, strip.rows, wide, there, PackedDy(panel, s));
    }
    if (direct_) return;
    for (ptrdiff_t panel = 0; panel < panels_in_; panel++) {
      (this->*Picked<Packing>(Channels(panel), std::make_integer_sequence<int, kIn>()))(strip, panel, PackedX(panel, s));
    }
  }

  // The slopes of rows, `there` of `wide` channels out.
  void PackSlopes(const float* from, ptrdiff_t rows, ptrdiff_t wide, ptrdiff_t there, float* to) const {
    for (ptrdiff_t p = 0; p < rows * m_.out_width; p++, from += m_.out, to += wide) {
      if (there == kOut) {
        std::memcpy(to, from, kOut * sizeof(float));
      } else if (there == kLong) {
        std::memcpy(to, from, kLong * sizeof(float));
      } else {
        for (ptrdiff_t k = 0; k < wide; k++) to[k] = k < there ? from[k] : 0;
      }
    }
  }

#if defined(__AVX512BF16__)
  void PackSlopes(const float* from, ptrdiff_t rows, ptrdiff_t wide, ptrdiff_t there, Pair* to) const {
    for (ptrdiff_t row = 0; row < rows; row++, from += m_.out_width * m_.out) {
      for (ptrdiff_t column = 0; column < m_.out_width; column += 2, to += wide) {
        const float* first = from + column * m_.out;
        const bool is_alone = column + 1 == m_.out_width;
        std::memset(to + there, 0, (wide - there) * sizeof(Pair));
        EachColumn(there, [&](ptrdiff_t k, auto load, auto) {
          if (is_alone) PutPairs(to + k, load(first + k), decltype(load(first)){});
          else PutPairs(to + k, load(first + k), load(first + m_.out + k));
        });
      }
    }
  }

  // Each pixel beside the one that the next place reads, zeros beyond the last.
  template <int channels>
  void PackX(const Strip& strip, ptrdiff_t panel, Pair* to) {
    const ptrdiff_t lines = (strip.rows - 1) * m_.stride + m_.kernel, wide = line_ * channels;
    static thread_local std::vector<float> copies;
    if (static_cast<ptrdiff_t>(copies.size()) < lines * wide) copies.resize(lines * wide);
    PackX<channels>(strip, panel, copies.data());
    const ptrdiff_t beside = m_.stride * channels;
    for (const float* line = copies.data(); line < copies.data() + lines * wide; line += wide, to += wide) {
      const ptrdiff_t both = std::max<ptrdiff_t>(0, wide - beside);
      EachColumn(both, [&](ptrdiff_t c, auto load, auto) { PutPairs(to + c, load(line + c), load(line + beside + c)); });
      EachColumn(wide - both, [&](ptrdiff_t c, auto load, auto) {
        PutPairs(to + both + c, load(line + both + c), decltype(load(line)){});
      });
    }
  }
#endif

  // The pixels that a strip reads, of one panel.
  template <int channels>
  void PackX(const Strip& strip, ptrdiff_t panel, float* to) {
    const ptrdiff_t lines = (strip.rows - 1) * m_.stride + m_.kernel;
    for (ptrdiff_t r = 0; r < lines; r++) {
      const ptrdiff_t h = strip.row * m_.stride + r - m_.before;
      const bool inside = h >= 0 && h < m_.height;
      // Columns that lie in the image.
      const ptrdiff_t first = inside ? std::min<ptrdiff_t>(m_.before, line_) : line_;
      const ptrdiff_t last = std::clamp(m_.width + m_.before, first, line_);
      const float* from = x_ + ((strip.image * m_.height + h) * m_.width + first - m_.before) * m_.in + Start(panel);
      std::memset(to, 0, first * channels * sizeof(float));
      to += first * channels;
      for (ptrdiff_t column = first; column < last; column++, from += m_.in, to += channels) {
        std::memcpy(to, from, channels * sizeof(float));
      }
      std::memset(to, 0, (line_ - last) * channels * sizeof(float));
      to += (line_ - last) * channels;
    }
  }

  void Multiply(const std::vector<Strip>& strips, ptrdiff_t out, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t in = begin; in < end; in++) {
      const auto all = std::make_integer_sequence<int, kIn>();
      const auto multiply = Vectors(out) == 1 ? Picked<Multiplying<1>>(Channels(in), all)
                                              : Picked<Multiplying<2>>(Channels(in), all);
      (this->*multiply)(strips, in, out);
    }
  }

  // Member functions for each number of channels in.
  struct Packing {
    using Function = void (Gradient::*)(const Strip&, ptrdiff_t, Factor*);
    template <int channels>
    static constexpr Function Of() { return &Gradient::template PackX<channels>; }
  };
  template <int vectors>
  struct Multiplying {
    using Function = void (Gradient::*)(const std::vector<Strip>&, ptrdiff_t, ptrdiff_t);
    template <int channels>
    static constexpr Function Of() { return &Gradient::template Tiles<channels, vectors>; }
  };

  template <typename Kind, int... channels>
  static typename Kind::Function Picked(int count, std::integer_sequence<int, channels...>) {
    const typename Kind::Function kFunctions[] = {Kind::template Of<channels + 1>()...};
    return kFunctions[count - 1];
  }

  template <int channels, int vectors>
  void Tiles(const std::vector<Strip>& strips, ptrdiff_t in, ptrdiff_t out) {
    const ptrdiff_t step = direct_ ? m_.in : kEntries<Factor> * m_.stride * channels;
    const ptrdiff_t line = direct_ ? m_.out_width * m_.in : m_.stride * line_ * channels;
    // The strips that fit the cache beside the panel of slopes, for every place of the filter.
    const size_t group = std::max<ptrdiff_t>(1, kBlockPixels / strip_dy_);
    for (size_t first = 0; first < strips.size(); first += group) {
      const size_t last = std::min(strips.size(), first + group);
      for (int i = 0; i < m_.kernel; i++) {
        for (int j = 0; j < m_.kernel; j++) {
          Long sums[channels][vectors] = {};
          for (size_t s = first; s < last; s++) {
            const Factor* x = PixelsOf(strips[s], in, s) + (direct_ ? 0 : (i * line_ + j) * channels);
            AddStrip<channels, vectors>(x, step, line, SlopesOf(strips[s], out, s), strips[s].rows, columns_, sums);
          }
          AddTile<channels, vectors>(sums, (i * m_.kernel + j) * m_.in + Start(in), out * kOut);
        }
      }
    }
  }

  template <int channels, int vectors>
  void AddTile(const Long (&sums)[channels][vectors], ptrdiff_t row, ptrdiff_t column) {
    const ptrdiff_t there = std::min<ptrdiff_t>(vectors * kLong, m_.out - column);
    for (int c = 0; c < channels; c++) {
      float* to = filter_ + (row + c) * m_.out + column;
      float values[vectors * kLong];
      for (int v = 0; v < vectors; v++) StoreLong(values + v * kLong, sums[c][v]);
      for (ptrdiff_t k = 0; k < there; k++) to[k] += values[k];
    }
  }

  const Maps m_;
  const float* x_;
  const float* dy_;
  float* filter_;
  bool direct_;       // x is read where it lies
  bool in_place_;     // dy is: its channels are one tile
  ptrdiff_t line_;    // pixels of a packed row of x
  ptrdiff_t columns_;  // factors in a row of the result
  ptrdiff_t panels_in_, panels_out_;
  ptrdiff_t strip_x_, strip_dy_;
  ptrdiff_t capacity_;  // strips packed at once
  // Not set to zeros first.
  std::unique_ptr<Factor[]> packed_x_, packed_dy_;
};

// Inputs: x, dy. The filter's shape follows from theirs.
void Run(Call& call, const Attributes& attributes) {
  const auto x = call.shape(0), dy = call.shape(1);
  if (!call.WantMaps(0, "x") || !call.WantMaps(1, "dy") ||
      !WantPlaces(call, x, dy, attributes.kernel, attributes.stride, attributes.before)) {
    return;
  }
  // Pixels are read where they lie then.
  if (attributes.kernel == 1 && attributes.stride == 1 && !call.WantShape(1, "dy", {x[0], x[1], x[2], dy[3]})) return;
  Maps m{x[0], x[1], x[2], x[3], dy[1], dy[2], dy[3], attributes.kernel, attributes.stride,
         attributes.before};
  float* filter = call.out(0, {m.kernel, m.kernel, m.in, m.out});
  if (!call.ok()) return;
  if (m.kernel == 1 && m.stride == 1) {
    // Where pixels lie does not matter: long rows make long loops.
    ptrdiff_t pixels = m.batch * m.height * m.width, wide = pixels;
    while (wide > kBlockPixels / 2 && wide % 2 == 0) wide /= 2;
    if (wide <= kBlockPixels) {
      m.batch = pixels / wide;
      m.height = m.out_height = 1;
      m.width = m.out_width = wide;
    }
  }
  WithFactors(call, attributes, [&](auto factor) {
    Gradient<decltype(factor)>(m, call.in(0), call.in(1), filter).Run();
  });
}

}  // namespace

bool RegisterFilterGradient() {
  return Register<Run>({"CganKdFilterGrad",
                        {"x: float", "dy: float"},
                        {"dfilter: float"},
                        {"kernel: int", "stride: int", "before: int", "bf16: int"}});
}

}  // namespace cgan_kd
