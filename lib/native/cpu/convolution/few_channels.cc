// Gradient for the filter of a convolution of a few channels, the first of a network: the pixels under the filter are
// copied side by side, and then it is a product of matrices with a very long side.
#include <algorithm>
#include <cstring>
#include <vector>

#include "../core/op.h"
#include "../core/parallel.h"
#include "../core/places.h"
#include "../core/products.h"

namespace cgan_kd {
namespace {

constexpr ptrdiff_t kStrip = 96;         // pixels whose patches are copied at once
constexpr ptrdiff_t kLeastPixels = 1024;  // of a part

struct Maps {
  ptrdiff_t batch, height, width, in;
  ptrdiff_t out_height, out_width;
  ptrdiff_t kernel, stride, before;

  ptrdiff_t Pixels() const { return batch * out_height * out_width; }
  ptrdiff_t Patch() const { return kernel * kernel * in; }
};

// `rows` runs of `size` floats, a row of the maps apart. A number that the compiler knows makes each two moves.
template <ptrdiff_t size>
inline void CopyRuns(const float* from, ptrdiff_t line, ptrdiff_t rows, float* to) {
  for (ptrdiff_t i = 0; i < rows; i++, from += line, to += size) std::memcpy(to, from, size * sizeof(float));
}

// What lies under the filter where it reaches beyond the borders: zeros there.
void CopyBorder(const Maps& m, const float* image, ptrdiff_t top, ptrdiff_t left, float* to) {
  for (ptrdiff_t h = top; h < top + m.kernel; h++) {
    for (ptrdiff_t w = left; w < left + m.kernel; w++, to += m.in) {
      const bool inside = h >= 0 && h < m.height && w >= 0 && w < m.width;
      for (ptrdiff_t c = 0; c < m.in; c++) to[c] = inside ? image[(h * m.width + w) * m.in + c] : 0;
    }
  }
}

// What lies under the filter at pixels [first, last) of the result, in the order of the filter's entries.
void CopyPatches(const Maps& m, const float* x, ptrdiff_t first, ptrdiff_t last, float* to) {
  const ptrdiff_t run = m.kernel * m.in, line = m.width * m.in;
  ptrdiff_t column = first % m.out_width, row = first / m.out_width % m.out_height;
  const float* image = x + first / (m.out_width * m.out_height) * m.height * line;
  for (ptrdiff_t p = first; p < last; p++, to += m.Patch()) {
    const ptrdiff_t top = row * m.stride - m.before, left = column * m.stride - m.before;
    if (top < 0 || left < 0 || top + m.kernel > m.height || left + m.kernel > m.width) {
      CopyBorder(m, image, top, left, to);
    } else {
      const float* from = image + top * line + left * m.in;
      if (run == 9) {
        CopyRuns<9>(from, line, m.kernel, to);
      } else {
        for (ptrdiff_t i = 0; i < m.kernel; i++) std::memcpy(to + i * run, from + i * line, run * sizeof(float));
      }
    }
    if (++column < m.out_width) continue;
    column = 0;
    if (++row < m.out_height) continue;
    row = 0;
    image += m.height * line;
  }
}

// Inputs: x, dy. Summed over pixels in an order that depends only on the sizes.
void Run(Call& call, const Attributes& attributes) {
  const auto in = call.shape(0), dy = call.shape(1);
  if (!call.WantMaps(0, "x") || !call.WantMaps(1, "dy") ||
      !call.Want(dy[3] >= kLanes, "want 8 or more channels out") ||
      !WantPlaces(call, in, dy, attributes.kernel, attributes.stride, attributes.before)) {
    return;
  }
  const ptrdiff_t out = dy[3];
  const Maps m{in[0], in[1], in[2], in[3], dy[1], dy[2], attributes.kernel, attributes.stride, attributes.before};
  float* filter = call.out(0, {m.kernel, m.kernel, m.in, out});
  if (!call.ok()) return;
  const float *x = call.in(0), *slope = call.in(1);
  const Tiles tiles(out);
  const int parts = PartsOf(m.Pixels(), kLeastPixels);
  const ptrdiff_t size = m.Patch() * tiles.wide;
  std::vector<float> sums(parts * size);
  ParallelFor(parts, [&](int part) {
    std::vector<float> patches(kStrip * m.Patch());
    const ptrdiff_t end = PartStart(m.Pixels(), parts, part + 1);
    for (ptrdiff_t p = PartStart(m.Pixels(), parts, part); p < end; p += kStrip) {
      const ptrdiff_t last = std::min(end, p + kStrip);
      CopyPatches(m, x, p, last, patches.data());
      for (const Tile& tile : tiles.list) {
        AddOuter(patches.data(), m.Patch(), 0, m.Patch(), slope + p * out, out, last - p, tile, &sums[part * size]);
      }
    }
  });
  for (ptrdiff_t c = 0; c < m.Patch(); c++) FoldRow(sums, parts, m.Patch(), c, tiles, filter + c * out);
}

}  // namespace

bool RegisterFewChannels() {
  return Register<Run>({"CganKdFewChannelsFilterGrad",
                        {"x: float", "dy: float"},
                        {"dfilter: float"},
                        {"kernel: int", "stride: int", "before: int"}});
}

}  // namespace cgan_kd
