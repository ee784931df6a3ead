// How many places a window has on maps, for operations that are told only how many there are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "op.h"

namespace cgan_kd {

// Whether `before` zeros above and to the left, and as many zeros below as to the right, up to the window's side each,
// make rows x columns places: (side + before + after - kernel) / stride + 1, rounded down.
inline bool HasPlaces(ptrdiff_t height, ptrdiff_t width, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t kernel,
                      ptrdiff_t stride, ptrdiff_t before) {
  ptrdiff_t least = 0, most = kernel;
  const auto narrow = [&](ptrdiff_t side, ptrdiff_t places) {
    const ptrdiff_t after = (places - 1) * stride + kernel - side - before;
    least = std::max(least, after);
    most = std::min(most, after + stride - 1);
  };
  narrow(height, rows);
  narrow(width, columns);
  return rows > 0 && columns > 0 && before <= kernel && least <= most;
}

// For a gradient: input `maps`, or where there is none such maps of the attributes' height and width, and input `dy`.
inline bool WantPlaces(Call& call, const std::vector<int64_t>& maps, const std::vector<int64_t>& dy, ptrdiff_t kernel,
                       ptrdiff_t stride, ptrdiff_t before) {
  return call.Want(maps[0] == dy[0] && HasPlaces(maps[1], maps[2], dy[1], dy[2], kernel, stride, before),
                   "want dy of the maps' batch, with a row and a column for each place of the filter");
}

// Of a result with `after` zeros below and to the right: at least one place.
inline bool WantZeros(Call& call, const std::vector<int64_t>& maps, ptrdiff_t kernel, ptrdiff_t before,
                      ptrdiff_t after) {
  return call.Want(before <= kernel && after <= kernel, "want no more zeros on a side than the filter is long") &&
         call.Want(std::min(maps[1], maps[2]) + before + after >= kernel, "want maps of the filter's size at least");
}

}  // namespace cgan_kd
