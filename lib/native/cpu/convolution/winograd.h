// Convolutions of 3 x 3 with stride 1 by Winograd's F(2 x 2, 3 x 3) (Lavin and Gray 2016): a tile of 2 x 2 results takes
// 16 products of channels where their definition takes 36. y = A^T [(G g G^T) * (B^T d B)] A for a filter g and the 4 x 4
// pixels d under a tile; its gradient for g is G^T [(A dy A^T) * (B^T d B)] G. The products at each of the 16 places are
// those of matrices, [tiles, in] by [in, out].
#pragma once

#include <algorithm>

#include "../core/pairs.h"
#include "../core/rows.h"

namespace cgan_kd {

constexpr int kPlaces = 16;
constexpr ptrdiff_t kMostTiles = 64;         // of a task
constexpr ptrdiff_t kTileFloats = 1 << 13;   // of tiles at one place: the first cache, and all places the second
constexpr ptrdiff_t kLargeFilter = 1 << 16;  // entries a place: read for many tiles at once
constexpr ptrdiff_t kLeastTasks = 16;
constexpr ptrdiff_t kApart = 16;             // floats between places, which would share lines of the cache

// Tiles of a task.
inline ptrdiff_t TilesTogether(ptrdiff_t in, ptrdiff_t out) {
  return in * out > kLargeFilter ? kMostTiles : std::clamp<ptrdiff_t>(kTileFloats / (in + out), 16, kMostTiles);
}

// Maps and their 2 x 2 tiles of results; a tile's 4 x 4 pixels begin `before` pixels above and to the left of it.
struct TiledMaps {
  const float* x;
  ptrdiff_t batch, height, width, in, before;
  ptrdiff_t rows, columns;  // of the results

  ptrdiff_t TileColumns() const { return (columns + 1) / 2; }
  ptrdiff_t TilesOfImage() const { return (rows + 1) / 2 * TileColumns(); }
  ptrdiff_t Tiles() const { return batch * TilesOfImage(); }
};

struct TilePlace {
  ptrdiff_t image, row, column;  // of a tile's first result

  TilePlace(const TiledMaps& maps, ptrdiff_t tile)
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

// Where the 4 x 4 pixels under a tile lie; outside of the maps, and where there is no such tile, at zeros.
struct PixelsUnder {
  const float* at[kPlaces];

  PixelsUnder(const TiledMaps& maps, ptrdiff_t tile, const float* zeros) {
    const bool is_tile = tile < maps.Tiles();
    const TilePlace place(maps, is_tile ? tile : 0);
    for (ptrdiff_t i = 0; i < 4; i++) {
      for (ptrdiff_t j = 0; j < 4; j++) {
        const ptrdiff_t h = place.row + i - maps.before, w = place.column + j - maps.before;
        const bool inside = is_tile && h >= 0 && h < maps.height && w >= 0 && w < maps.width;
        at[i * 4 + j] = inside ? maps.x + ((place.image * maps.height + h) * maps.width + w) * maps.in : zeros;
      }
    }
  }

  // B^T d B of the entries from channel c on.
  template <typename Lanes, typename F>
  void Spread(ptrdiff_t c, const Lanes& load, F (&d)[kPlaces]) const {
    for (int p = 0; p < kPlaces; p++) d[p] = load(at[p] + c);
    for (int j = 0; j < 4; j++) Spread4(d[j], d[4 + j], d[8 + j], d[12 + j]);
    for (int i = 0; i < 4; i++) Spread4(d[4 * i], d[4 * i + 1], d[4 * i + 2], d[4 * i + 3]);
  }
};

// B^T d B of the pixels under a tile: place p of channel c goes to to[p * step + c].
template <typename Entry>
inline void TransformPixels(const TiledMaps& maps, ptrdiff_t tile, const float* zeros, Entry* to, ptrdiff_t step) {
  const PixelsUnder pixels(maps, tile, zeros);
  EachColumn(maps.in, [&](ptrdiff_t c, auto load, auto) {
    decltype(load(zeros)) d[kPlaces];
    pixels.Spread(c, load, d);
    for (int p = 0; p < kPlaces; p++) Put(to + p * step + c, d[p]);
  });
}

}  // namespace cgan_kd
