// Gradients of convolutions of 3 x 3 for their filters by Winograd's algorithm; see winograd.h.
#include <memory>
#include <vector>

#include "../core/op.h"
#include "../core/pairs.h"
#include "../core/places.h"
#include "../core/products.h"
#include "winograd.h"

namespace cgan_kd {
namespace {

constexpr ptrdiff_t kSums = 1 << 22;      // entries of the sums of all parts
constexpr ptrdiff_t kManySums = 1 << 12;  // entries of a place: all sums of a part leave the first caches

// The slopes of a tile's results; those beyond the borders, and where there is no such tile, have none.
struct SlopesOf {
  const float* at[4];

  SlopesOf(const TiledMaps& maps, ptrdiff_t tile, const float* dy, ptrdiff_t out, const float* zeros) {
    const bool is_tile = tile < maps.Tiles();
    const TilePlace place(maps, is_tile ? tile : 0);
    const bool lower = is_tile && place.row + 1 < maps.rows, right = is_tile && place.column + 1 < maps.columns;
    const float* first = dy + ((place.image * maps.rows + place.row) * maps.columns + place.column) * out;
    at[0] = is_tile ? first : zeros;
    at[1] = right ? first + out : zeros;
    at[2] = lower ? first + maps.columns * out : zeros;
    at[3] = lower && right ? first + (maps.columns + 1) * out : zeros;
  }

  // A dy A^T of the entries from channel k on.
  template <typename Lanes, typename F>
  void Spread(ptrdiff_t k, const Lanes& load, F (&to)[kPlaces]) const {
    const F a = load(at[0] + k), b = load(at[1] + k), c = load(at[2] + k), d = load(at[3] + k);
    const F left[4] = {a, a + c, a - c, -c};
    const F beside[4] = {b, b + d, b - d, -d};
    for (int i = 0; i < 4; i++) {
      to[4 * i] = left[i];
      to[4 * i + 1] = left[i] + beside[i];
      to[4 * i + 2] = left[i] - beside[i];
      to[4 * i + 3] = -beside[i];
    }
  }
};

// Entries of a tile at the 16 places: place p of channel c goes to to[p * step + c].
template <typename Places>
inline void Transform(const Places& places, ptrdiff_t channels, float* to, ptrdiff_t step) {
  EachColumn(channels, [&](ptrdiff_t c, auto load, auto store) {
    decltype(load(to)) d[kPlaces];
    places.Spread(c, load, d);
    for (int p = 0; p < kPlaces; p++) store(to + p * step + c, d[p]);
  });
}

#if defined(__AVX512BF16__)
// The same of two tiles, in pairs.
template <typename Places>
inline void Transform(const Places& first, const Places& second, ptrdiff_t channels, Pair* to, ptrdiff_t step) {
  EachColumn(channels, [&](ptrdiff_t c, auto load, auto) {
    decltype(load(first.at[0])) d[kPlaces], e[kPlaces];
    first.Spread(c, load, d);
    second.Spread(c, load, e);
    for (int p = 0; p < kPlaces; p++) PutPairs(to + p * step + c, d[p], e[p]);
  });
}
#endif

// The sums over tiles of products of pixels and slopes at each place.
template <typename Factor>
class Correlation {
 public:
  Correlation(const TiledMaps& maps, const float* dy, ptrdiff_t out)
      : m_(maps), dy_(dy), out_(out), tiles_(out), together_(Together(maps.in, out)),
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
          TransformGroup(g, space.get());
          for (int p = 0; p < kPlaces; p++) Add(g, p, space.get(), 0, m_.in, &sums[(part * kPlaces + p) * size_]);
        }
      });
      return sums;
    }
    // Large sums: threads share groups, then places and channels.
    const int cuts = static_cast<int>(std::clamp<ptrdiff_t>(m_.in / 64, 1, 8));
    const ptrdiff_t most = std::min<ptrdiff_t>(groups_, kLeastTasks);
    std::vector<std::unique_ptr<Factor[]>> spaces;
    for (ptrdiff_t i = 0; i < most; i++) spaces.push_back(Space());
    for (ptrdiff_t first = 0; first < groups_; first += most) {
      const int count = static_cast<int>(std::min(most, groups_ - first));
      ParallelFor(count, [&](int i) { TransformGroup(first + i, spaces[i].get()); });
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
  // Tiles that share a factor.
  static constexpr ptrdiff_t kTilesOf = kEntries<Factor>;

  // Tiles of a group. Products of pairs are over before large sums have come and gone, unless there are more of them.
  static ptrdiff_t Together(ptrdiff_t in, ptrdiff_t out) {
    const ptrdiff_t tiles = TilesTogether(in, out);
    if (kTilesOf == 1) return tiles;
    return in * out > kManySums ? 2 * kMostTiles : (tiles + 1) / 2 * 2;
  }

  // Factors of a group.
  ptrdiff_t Count(ptrdiff_t group) const {
    return FactorsOf<Factor>(std::min(together_, m_.Tiles() - group * together_));
  }
  ptrdiff_t PixelStep() const { return together_ / kTilesOf * m_.in + kApart; }
  ptrdiff_t SlopeStep() const { return together_ / kTilesOf * out_ + kApart; }
  std::unique_ptr<Factor[]> Space() const {
    return std::unique_ptr<Factor[]>(new Factor[kPlaces * (PixelStep() + SlopeStep())]);
  }

  void TransformGroup(ptrdiff_t group, Factor* space) const {
    const float* zeros = zeros_.data();
    for (ptrdiff_t t = 0; t < Count(group); t++) {
      const ptrdiff_t tile = group * together_ + t * kTilesOf;
      const PixelsUnder pixels(m_, tile, zeros);
      const SlopesOf slopes(m_, tile, dy_, out_, zeros);
      Factor *to = space + t * m_.in, *slopes_to = space + kPlaces * PixelStep() + t * out_;
      if constexpr (kTilesOf == 1) {
        Transform(pixels, m_.in, to, PixelStep());
        Transform(slopes, out_, slopes_to, SlopeStep());
      } else {
        Transform(pixels, PixelsUnder(m_, tile + 1, zeros), m_.in, to, PixelStep());
        Transform(slopes, SlopesOf(m_, tile + 1, dy_, out_, zeros), out_, slopes_to, SlopeStep());
      }
    }
  }

  void Add(ptrdiff_t group, int place, const Factor* space, ptrdiff_t begin, ptrdiff_t end, float* sums) const {
    const Factor *pixels = space + place * PixelStep(), *slopes = space + kPlaces * PixelStep() + place * SlopeStep();
    for (const Tile& tile : tiles_.list) {
      AddOuter(pixels, m_.in, begin, end, slopes, out_, Count(group), tile, sums);
    }
  }

  const TiledMaps m_;
  const float* dy_;
  const ptrdiff_t out_;
  const Tiles tiles_;
  const ptrdiff_t together_;
  const std::vector<float> zeros_;
  ptrdiff_t size_, groups_;
  int parts_ = 1;
};

template <typename Factor>
void AddUp(const TiledMaps& maps, const float* dy, ptrdiff_t out, float* filter) {
  const ptrdiff_t in = maps.in;
  Correlation<Factor> correlation(maps, dy, out);
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

// Inputs: x, dy. Summed over tiles in an order that depends only on the sizes.
void FilterGradient(Call& call, const Attributes& attributes) {
  const auto x = call.shape(0), dy = call.shape(1);
  if (!call.WantMaps(0, "x") || !call.WantMaps(1, "dy") ||
      !call.Want(x[3] >= kLanes && dy[3] >= kLanes, "want 8 or more channels") ||
      !WantPlaces(call, x, dy, 3, 1, attributes.before)) {
    return;
  }
  const ptrdiff_t in = x[3], out = dy[3];
  const TiledMaps maps{call.in(0), x[0], x[1], x[2], in, attributes.before, dy[1], dy[2]};
  float* filter = call.out(0, {3, 3, in, out});
  if (!call.ok()) return;
  WithFactors(call, attributes, [&](auto factor) { AddUp<decltype(factor)>(maps, call.in(1), out, filter); });
}

}  // namespace

bool RegisterWinogradFilterGradient() {
  return Register<FilterGradient>(
      {"CganKdWinogradFilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, {"before: int", "bf16: int"}});
}

}  // namespace cgan_kd
