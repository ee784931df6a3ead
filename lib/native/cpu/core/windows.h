// Maps cut into windows of 2 x 2 that do not overlap.
#pragma once

#include <cstdint>
#include <vector>

#include "op.h"
#include "parallel.h"

namespace cgan_kd {

// Maps of even sides as windows: `rows` rows of `columns` windows each.
struct Windows {
  ptrdiff_t rows, columns, channels;
  int parts;

  explicit Windows(const std::vector<int64_t>& shape)
      : rows(shape[0] * shape[1] / 2), columns(shape[2] / 2), channels(shape[3]) {
    parts = PartsOf(rows * columns * channels, 1 << 13);
  }

  // body(part, window, place of its first pixel): the others lie `channels`, a row and both further.
  template <typename Body>
  void Each(const Body& body) const {
    ParallelFor(parts, [&](int part) {
      for (ptrdiff_t r = PartStart(rows, parts, part); r < PartStart(rows, parts, part + 1); r++) {
        for (ptrdiff_t column = 0; column < columns; column++) {
          body(part, (r * columns + column) * channels, (r * 2 * columns + column) * 2 * channels);
        }
      }
    });
  }
};

inline bool WantEven(Call& call, int i, const char* name) {
  if (!call.WantMaps(i, name)) return false;
  const auto shape = call.shape(i);
  return call.Want(shape[1] % 2 == 0 && shape[2] % 2 == 0, "want maps of even height and width");
}

}  // namespace cgan_kd
