// Convolutions of 3 x 3 with stride 1 by Winograd's F(2 x 2, 3 x 3) (Lavin and Gray 2016): a tile of 2 x 2 results takes
// 16 products of channels where their definition takes 36. y = A^T [(G g G^T) * (B^T d B)] A for a filter g and the 4 x 4
// pixels d under a tile; its gradient for g is G^T [(A dy A^T) * (B^T d B)] G. The products at each of the 16 places are
// those of matrices, [tiles, in] by [in, out].
#include <algorithm>
#include <memory>
#include <vector>

#include "op.h"
#include "products.h"
#include "rows.h"

namespace cgan_kd {
namespace {

constexpr int kPlaces = 16;
constexpr ptrdiff_t kMostTiles = 64;         // of a task
constexpr ptrdiff_t kTileFloats = 1 << 13;   // of tiles at one place: the first cache, and all places the second
constexpr ptrdiff_t kLargeFilter = 1 << 16;  // entries a place: read for many tiles at once
constexpr ptrdiff_t kLeastTasks = 16;
constexpr ptrdiff_t kSums = 1 << 22;         // entries of the sums of all parts
constexpr ptrdiff_t kApart = 16;             // floats between places, which would share lines of the cache

// Tiles of a task.
ptrdiff_t TilesTogether(ptrdiff_t in, ptrdiff_t out) {
  return in * out > kLargeFilter ? kMostTiles : std::clamp<ptrdiff_t>(kTileFloats / (in + out), 16, kMostTiles);
}

// Maps and their 2 x 2 tiles of results; a tile's 4 x 4 pixels begin `before` pixels above and to the left of it.
struct Maps {
  const float* x;
  ptrdiff_t batch, height, width, in, before;
  ptrdiff_t rows, columns;  // of the results

  ptrdiff_t TileColumns() const { return (columns + 1) / 2; }
  ptrdiff_t TilesOfImage() const { return (rows + 1) / 2 * TileColumns(); }
  ptrdiff_t Tiles() const { return batch * TilesOfImage(); }
};

struct Place {
  ptrdiff_t image, row, column;  // of a tile's first result

  Place(const Maps& maps, ptrdiff_t tile)
      : image(tile / maps.TilesOfImage()),
        row(tile % maps.TilesOfImage() / maps.TileColumns() * 2),
        column(tile % maps.TileColumns() * 2) {}
};

// B^T applied to four entries.
template <typename F>
inline void Spread4(F& a, F& b, F& c, F& d) {
  const F first = a - c, second = b + c, third = c - b, fourth = b - d;
  a = first, b = second, c = third, d = fourth;
}

// B^T d B of the pixels under a tile: place p of channel c goes to to[p * step + c].
void TransformPixels(const Maps& maps, ptrdiff_t tile, const float* zeros, float* to, ptrdiff_t step) {
  const Place place(maps, tile);
  const float* pixels[kPlaces];
  for (ptrdiff_t i = 0; i < 4; i++) {
    for (ptrdiff_t j = 0; j < 4; j++) {
      const ptrdiff_t h = place.row + i - maps.before, w = place.column + j - maps.before;
      const bool inside = h >= 0 && h < maps.height && w >= 0 && w < maps.width;
      pixels[i * 4 + j] = inside ? maps.x + ((place.image * maps.height + h) * maps.width + w) * maps.in : zeros;
    }
  }
  EachColumn(maps.in, [&](ptrdiff_t c, auto load, auto store) {
    using F = decltype(load(zeros));
    F d[kPlaces];
    for (int p = 0; p < kPlaces; p++) d[p] = load(pixels[p] + c);
    for (int j = 0; j < 4; j++) Spread4(d[j], d[4 + j], d[8 + j], d[12 + j]);
    for (int i = 0; i < 4; i++) Spread4(d[4 * i], d[4 * i + 1], d[4 * i + 2], d[4 * i + 3]);
    for (int p = 0; p < kPlaces; p++) store(to + p * step + c, d[p]);
  });
}

// A^T m A: the results of a tile from what the products gave; place p of channel c lies at from[p * step + c].
void TransformResults(const Maps& maps, ptrdiff_t tile, const float* from, ptrdiff_t step, ptrdiff_t out, float* y) {
  const Place place(maps, tile);
  const bool lower = place.row + 1 < maps.rows, right = place.column + 1 < maps.columns;
  float* first = y + ((place.image * maps.rows + place.row) * maps.columns + place.column) * out;
  float* second = first + maps.columns * out;
  EachColumn(out, [&](ptrdiff_t c, auto load, auto store) {
    using F = decltype(load(from));
    F top[4], bottom[4];
    for (int j = 0; j < 4; j++) {
      const F a = load(from + j * step + c), b = load(from + (4 + j) * step + c);
      const F d = load(from + (8 + j) * step + c), e = load(from + (12 + j) * step + c);
      top[j] = a + b + d;
      bottom[j] = b - d - e;
    }
    store(first + c, top[0] + top[1] + top[2]);
    if (right) store(first + out + c, top[1] - top[2] - top[3]);
    if (lower) store(second + c, bottom[0] + bottom[1] + bottom[2]);
    if (lower && right) store(second + out + c, bottom[1] - bottom[2] - bottom[3]);
  });
}

// A dy A^T: the slopes of a tile at the 16 places; results beyond the borders have none.
void TransformSlopes(const Maps& maps, ptrdiff_t tile, const float* dy, ptrdiff_t out, const float* zeros, float* to,
                     ptrdiff_t step) {
  const Place place(maps, tile);
  const bool lower = place.row + 1 < maps.rows, right = place.column + 1 < maps.columns;
  const float* a = dy + ((place.image * maps.rows + place.row) * maps.columns + place.column) * out;
  const float* b = right ? a + out : zeros;
  const float* c = lower ? a + maps.columns * out : zeros;
  const float* d = lower && right ? a + (maps.columns + 1) * out : zeros;
  EachColumn(out, [&](ptrdiff_t k, auto load, auto store) {
    using F = decltype(load(zeros));
    const F left[4] = {load(a + k), load(a + k) + load(c + k), load(a + k) - load(c + k), -load(c + k)};
    const F beside[4] = {load(b + k), load(b + k) + load(d + k), load(b + k) - load(d + k), -load(d + k)};
    for (int i = 0; i < 4; i++) {
      float* row = to + 4 * i * step + k;
      store(row, left[i]);
      store(row + step, left[i] + beside[i]);
      store(row + 2 * step, left[i] - beside[i]);
      store(row + 3 * step, -beside[i]);
    }
  });
}

// G g G^T for every pair of channels, and what a product takes of it: the 16 matrices [in, out], or, for the gradient of
// the maps, of the filter turned around, [out, in].
std::vector<Packed> TransformFilter(const float* filter, ptrdiff_t in, ptrdiff_t out, bool is_turned) {
  const ptrdiff_t plane = in * out, step = plane + kApart;
  std::unique_ptr<float[]> u(new float[kPlaces * step]);
  const int parts = PartsOf(plane, 1 << 12);
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t begin = PartStart(plane, parts, part);
    const float* from = filter + begin;
    float* to = &u[begin];
    EachColumn(PartStart(plane, parts, part + 1) - begin, [&](ptrdiff_t k, auto load, auto store) {
      using F = decltype(load(from));
      F rows[4][3];
      for (int j = 0; j < 3; j++) {
        const auto weight = [&](int i) { return load(from + (is_turned ? 8 - i * 3 - j : i * 3 + j) * plane + k); };
        const F a = weight(0), b = weight(1), c = weight(2);
        rows[0][j] = a;
        rows[1][j] = 0.5f * (a + c + b);
        rows[2][j] = 0.5f * (a + c - b);
        rows[3][j] = c;
      }
      for (int i = 0; i < 4; i++) {
        const F *row = rows[i], sum = row[0] + row[2];
        float* place = to + 4 * i * step + k;
        store(place, row[0]);
        store(place + step, 0.5f * (sum + row[1]));
        store(place + 2 * step, 0.5f * (sum - row[1]));
        store(place + 3 * step, row[2]);
      }
    });
  });
  std::vector<Packed> packed(kPlaces, Packed(0, is_turned ? in : out, [](ptrdiff_t, ptrdiff_t) { return 0.0f; }));
  ParallelFor(kPlaces, [&](int p) {
    const float* from = &u[p * step];
    if (is_turned) {
      packed[p] = Packed(out, in, [=](ptrdiff_t k, ptrdiff_t c) { return from[c * out + k]; });
    } else {
      packed[p] = Packed(in, out, [=](ptrdiff_t c, ptrdiff_t k) { return from[c * out + k]; });
    }
  });
  return packed;
}

void Convolve(const Maps& maps, ptrdiff_t out, const std::vector<Packed>& filter, float* y) {
  const ptrdiff_t all = maps.Tiles();
  const ptrdiff_t size = std::clamp<ptrdiff_t>(all / kLeastTasks, 8, TilesTogether(maps.in, out));
  const int parts = static_cast<int>((all + size - 1) / size);
  const std::vector<float> zeros(maps.in, 0.0f);
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t begin = PartStart(all, parts, part), count = PartStart(all, parts, part + 1) - begin;
    const ptrdiff_t step = count * maps.in + kApart, result_step = count * out + kApart;
    static thread_local std::vector<float> space;
    const size_t wanted = kPlaces * (step + result_step);
    if (space.size() < wanted) space.resize(wanted);
    float *pixels = space.data(), *results = pixels + kPlaces * step;
    for (ptrdiff_t t = 0; t < count; t++) {
      TransformPixels(maps, begin + t, zeros.data(), pixels + t * maps.in, step);
    }
    for (int p = 0; p < kPlaces; p++) MultiplyRows(pixels + p * step, count, filter[p], results + p * result_step);
    for (ptrdiff_t t = 0; t < count; t++) {
      TransformResults(maps, begin + t, results + t * out, result_step, out, y);
    }
  });
}

bool IsKnown(Call& call, const std::vector<int64_t>& maps, const std::vector<int64_t>& filter, int channels) {
  return call.Want(maps.size() == 4 && filter.size() == 4 && filter[0] == 3 && filter[1] == 3 &&
                       filter[channels] == maps[3] && filter[2] >= kLanes && filter[3] >= kLanes,
                   "want maps of rank 4 and a filter of 3 x 3 for their 8 channels or more");
}

// Inputs: x, filter [3, 3, in, out].
void Forward(Call& call, const Attributes& attributes) {
  const auto x = call.shape(0), filter = call.shape(1);
  if (!IsKnown(call, x, filter, 2)) return;
  const ptrdiff_t in = x[3], out = filter[3], zeros = attributes.before + attributes.after;
  const Maps maps{call.in(0), x[0], x[1], x[2], in, attributes.before, x[1] + zeros - 2, x[2] + zeros - 2};
  if (!call.Want(maps.rows > 0 && maps.columns > 0, "want maps of the filter's size at least")) return;
  float* y = call.out(0, {x[0], maps.rows, maps.columns, out});
  if (!call.ok()) return;
  Convolve(maps, out, TransformFilter(call.in(1), in, out, false), y);
}

// Inputs: filter, dy: a convolution of dy with the filter turned around.
void InputGradient(Call& call, const Attributes& attributes) {
  const auto filter = call.shape(0), dy = call.shape(1);
  if (!IsKnown(call, dy, filter, 3)) return;
  const ptrdiff_t in = filter[2], out = filter[3];
  const Maps maps{call.in(1), dy[0], dy[1], dy[2], out, 2 - attributes.before, attributes.height, attributes.width};
  float* dx = call.out(0, {dy[0], maps.rows, maps.columns, in});
  if (!call.ok()) return;
  Convolve(maps, in, TransformFilter(call.in(0), in, out, true), dx);
}

// The sums over tiles of products of pixels and slopes at each place.
class Correlation {
 public:
  Correlation(const Maps& maps, const float* dy, ptrdiff_t out)
      : m_(maps), dy_(dy), out_(out), tiles_(out), together_(TilesTogether(maps.in, out)),
        zeros_(std::max(maps.in, out), 0.0f) {
    size_ = tiles_.wide * m_.in;
    groups_ = (m_.Tiles() + together_ - 1) / together_;
  }

  // P [in] by tiles of columns at each place, of all parts: [parts, places, size].
  std::vector<float> Sums() {
    parts_ = static_cast<int>(std::min(std::clamp<ptrdiff_t>(kSums / (kPlaces * size_), 1, kLeastTasks), groups_));
    if (parts_ < kLeastTasks && m_.in * out_ > kLargeFilter) parts_ = 1;
    std::vector<float> sums(parts_ * kPlaces * size_);
    if (parts_ > 1) {
      // Parts have sums of their own.
      ParallelFor(parts_, [&](int part) {
        const auto space = Space();
        for (ptrdiff_t g = PartStart(groups_, parts_, part); g < PartStart(groups_, parts_, part + 1); g++) {
          Transform(g, space.get());
          for (int p = 0; p < kPlaces; p++) Add(g, p, space.get(), 0, m_.in, &sums[(part * kPlaces + p) * size_]);
        }
      });
      return sums;
    }
    // Large sums: threads share groups, then places and channels.
    const int cuts = static_cast<int>(std::clamp<ptrdiff_t>(m_.in / 64, 1, 8));
    const ptrdiff_t most = std::min<ptrdiff_t>(groups_, kLeastTasks);
    std::vector<std::unique_ptr<float[]>> spaces;
    for (ptrdiff_t i = 0; i < most; i++) spaces.push_back(Space());
    for (ptrdiff_t first = 0; first < groups_; first += most) {
      const int count = static_cast<int>(std::min(most, groups_ - first));
      ParallelFor(count, [&](int i) { Transform(first + i, spaces[i].get()); });
      ParallelFor(kPlaces * cuts, [&](int task) {
        const int p = task / cuts, cut = task % cuts;
        for (int i = 0; i < count; i++) {
          Add(first + i, p, spaces[i].get(), PartStart(m_.in, cuts, cut), PartStart(m_.in, cuts, cut + 1),
              &sums[p * size_]);
        }
      });
    }
    return sums;
  }

  // Row c of P at a place.
  void ReadRow(const std::vector<float>& sums, int place, ptrdiff_t c, float* to) const {
    for (const Tile& tile : tiles_.list) {
      for (int part = 0; part < parts_; part++) {
        const float* from = &sums[(part * kPlaces + place) * size_ + tile.place * m_.in + c * tile.columns];
        float* into = to + tile.column;
        for (ptrdiff_t k = 0; k < tile.columns; k++) into[k] = part == 0 ? from[k] : into[k] + from[k];
      }
    }
  }

 private:
  ptrdiff_t Count(ptrdiff_t group) const { return std::min(together_, m_.Tiles() - group * together_); }
  ptrdiff_t PixelStep() const { return together_ * m_.in + kApart; }
  ptrdiff_t SlopeStep() const { return together_ * out_ + kApart; }
  std::unique_ptr<float[]> Space() const {
    return std::unique_ptr<float[]>(new float[kPlaces * (PixelStep() + SlopeStep())]);
  }

  void Transform(ptrdiff_t group, float* space) const {
    for (ptrdiff_t t = 0; t < Count(group); t++) {
      const ptrdiff_t tile = group * together_ + t;
      TransformPixels(m_, tile, zeros_.data(), space + t * m_.in, PixelStep());
      TransformSlopes(m_, tile, dy_, out_, zeros_.data(), space + kPlaces * PixelStep() + t * out_, SlopeStep());
    }
  }

  void Add(ptrdiff_t group, int place, const float* space, ptrdiff_t begin, ptrdiff_t end, float* sums) const {
    const float *pixels = space + place * PixelStep(), *slopes = space + kPlaces * PixelStep() + place * SlopeStep();
    for (const Tile& tile : tiles_.list) {
      AddOuter(pixels, m_.in, begin, end, slopes, out_, Count(group), tile, sums);
    }
  }

  const Maps m_;
  const float* dy_;
  const ptrdiff_t out_;
  const Tiles tiles_;
  const ptrdiff_t together_;
  const std::vector<float> zeros_;
  ptrdiff_t size_, groups_;
  int parts_ = 1;
};

// Inputs: x, dy. Summed over tiles in an order that the sizes alone decide.
void FilterGradient(Call& call, const Attributes& attributes) {
  const auto x = call.shape(0), dy = call.shape(1);
  if (!call.Want(x.size() == 4 && dy.size() == 4 && x[0] == dy[0] && x[3] >= kLanes && dy[3] >= kLanes,
                 "want maps of one batch, 8 or more channels")) {
    return;
  }
  const ptrdiff_t in = x[3], out = dy[3];
  const Maps maps{call.in(0), x[0], x[1], x[2], in, attributes.before, dy[1], dy[2]};
  float* filter = call.out(0, {3, 3, in, out});
  if (!call.ok()) return;
  Correlation correlation(maps, call.in(1), out);
  const auto sums = correlation.Sums();
  const int folds = PartsOf(in * out, 1 << 12);
  ParallelFor(folds, [&](int fold) {
    std::vector<float> places(kPlaces * out);
    for (ptrdiff_t c = PartStart(in, folds, fold); c < PartStart(in, folds, fold + 1); c++) {
      for (int p = 0; p < kPlaces; p++) correlation.ReadRow(sums, p, c, &places[p * out]);
      // G^T P G.
      EachColumn(out, [&](ptrdiff_t k, auto load, auto store) {
        using F = decltype(load(filter));
        F halves[3][4];
        for (int j = 0; j < 4; j++) {
          const auto row = [&](int i) { return load(&places[(4 * i + j) * out + k]); };
          const F a = row(0), b = row(1), d = row(2), e = row(3);
          halves[0][j] = a + 0.5f * (b + d);
          halves[1][j] = 0.5f * (b - d);
          halves[2][j] = 0.5f * (b + d) + e;
        }
        for (int i = 0; i < 3; i++) {
          const F *h = halves[i], sum = 0.5f * (h[1] + h[2]);
          const F values[3] = {h[0] + sum, 0.5f * (h[1] - h[2]), sum + h[3]};
          for (int j = 0; j < 3; j++) store(filter + ((i * 3 + j) * in + c) * out + k, values[j]);
        }
      });
    }
  });
}

}  // namespace

bool RegisterWinograd() {
  return Register<Forward>({"CganKdWinograd",
                            {"x: float", "filter: float"},
                            {"y: float"},
                            {"before: int", "after: int"}}) &&
         Register<InputGradient>({"CganKdWinogradInputGrad",
                                  {"filter: float", "dy: float"},
                                  {"dx: float"},
                                  {"before: int", "height: int", "width: int"}}) &&
         Register<FilterGradient>(
             {"CganKdWinogradFilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, {"before: int"}});
}

}  // namespace cgan_kd
