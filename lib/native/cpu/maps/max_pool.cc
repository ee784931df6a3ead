// Max-pool over windows of 3 x 3 with stride 2, which overlap. Pixels outside of the map take no part.
#include <algorithm>
#include <vector>

#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

// Maps of `height` x `width` pixels as windows around every second pixel, image by image.
struct Windows {
  ptrdiff_t images, height, width, channels, rows, columns;
  int parts;

  explicit Windows(const std::vector<int64_t>& shape)
      : images(shape[0]), height(shape[1]), width(shape[2]), channels(shape[3]),
        rows((height + 1) / 2), columns((width + 1) / 2) {
    const int wanted = PartsOf(images * height * width * channels, 1 << 15);
    parts = static_cast<int>(std::min<ptrdiff_t>(wanted, images));
  }

  // begin(place of an image), then body(place of a window, places of its pixels, their number) for each window.
  template <typename Begin, typename Body>
  void Each(const Begin& begin, const Body& body) const {
    ParallelFor(parts, [&](int part) {
      for (ptrdiff_t n = PartStart(images, parts, part); n < PartStart(images, parts, part + 1); n++) {
        begin(n * height * width * channels);
        for (ptrdiff_t row = 0; row < rows; row++) {
          for (ptrdiff_t column = 0; column < columns; column++) {
            ptrdiff_t pixels[9];
            int count = 0;
            const ptrdiff_t top = 2 * row - 1, left = 2 * column - 1;
            for (ptrdiff_t i = std::max<ptrdiff_t>(0, top); i < std::min(height, top + 3); i++) {
              for (ptrdiff_t j = std::max<ptrdiff_t>(0, left); j < std::min(width, left + 3); j++) {
                pixels[count++] = ((n * height + i) * width + j) * channels;
              }
            }
            body(((n * rows + row) * columns + column) * channels, pixels, count);
          }
        }
      }
    });
  }
};

void Forward(Call& call, const Attributes&) {
  if (!call.WantMaps(0, "x")) return;
  const auto shape = call.shape(0);
  const Windows windows(shape);
  const float* x = call.in(0);
  float* y = call.out(0, {shape[0], windows.rows, windows.columns, windows.channels});
  if (!call.ok()) return;
  windows.Each([](ptrdiff_t) {}, [=](ptrdiff_t window, const ptrdiff_t* pixels, int count) {
    EachColumn(windows.channels, [=](ptrdiff_t c, auto load, auto store) {
      auto greatest = load(x + pixels[0] + c);
      for (int k = 1; k < count; k++) {
        const auto value = load(x + pixels[k] + c);
        greatest = value > greatest ? value : greatest;
      }
      store(y + window + c, greatest);
    });
  });
}

// Inputs: dy, x, y. The first of equal entries takes the gradient.
void Backward(Call& call, const Attributes&) {
  if (!call.WantMaps(1, "x")) return;
  const auto shape = call.shape(1);
  const Windows windows(shape);
  const std::vector<int64_t> pooled{shape[0], windows.rows, windows.columns, windows.channels};
  if (!call.WantShape(0, "dy", pooled) || !call.WantShape(2, "y", pooled)) return;
  const float *dy = call.in(0), *x = call.in(1), *y = call.in(2);
  float* dx = call.out(0, shape);
  if (!call.ok()) return;
  const ptrdiff_t size = windows.height * windows.width * windows.channels;
  windows.Each(
      [=](ptrdiff_t image) { std::fill_n(dx + image, size, 0.0f); },
      [=](ptrdiff_t window, const ptrdiff_t* pixels, int count) {
        EachColumn(windows.channels, [=](ptrdiff_t c, auto load, auto store) {
          const auto greatest = load(y + window + c);
          auto left = load(dy + window + c);
          const auto none = left - left;
          for (int k = 0; k < count; k++) {
            float* to = dx + pixels[k] + c;
            const auto is_greatest = load(x + pixels[k] + c) == greatest;
            store(to, load(to) + (is_greatest ? left : none));
            left = is_greatest ? none : left;
          }
        });
      });
}

}  // namespace

bool RegisterMaxPool() {
  return Register<Forward>({"CganKdMaxPool3", {"x: float"}, {"y: float"}, {}}) &&
         Register<Backward>({"CganKdMaxPool3Grad", {"dy: float", "x: float", "y: float"}, {"dx: float"}, {}});
}

}  // namespace cgan_kd
