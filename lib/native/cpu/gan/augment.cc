// Random changes of images that pass gradients: colour, translation and cutout of one image after the
// other, each in a cache.
#include <algorithm>
#include <vector>

#include "../core/op.h"
#include "../core/parallel.h"

namespace cgan_kd {
namespace {

// What is done to one image: y = own x + grey mean over channels + whole mean of the image + light; then
// pixel (h, w) shows what was at (h + down, w + right), and the hole is blank, as is what moved in.
struct Change {
  float own, grey, whole, light;
  ptrdiff_t down, right, top, bottom, left, side;

  explicit Change(const float* row)
      : own(row[0]), grey(row[1]), whole(row[2]), light(row[3]), down(Whole(row[4])), right(Whole(row[5])),
        top(Whole(row[6])), bottom(Whole(row[7])), left(Whole(row[8])), side(Whole(row[9])) {}

 private:
  // What no pixel can be moved by, and what is not a number, moves everything out of sight.
  static ptrdiff_t Whole(float number) {
    constexpr ptrdiff_t kFar = ptrdiff_t{1} << 30;
    return number > -kFar && number < kFar ? static_cast<ptrdiff_t>(number) : kFar;
  }
};
constexpr ptrdiff_t kNumbers = 10;

// body(entry of the result, entry of the source) for every pixel of the result that shows one.
template <typename Body>
void EachShown(const Change& change, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
               const Body& body) {
  const ptrdiff_t first = std::max<ptrdiff_t>(0, -change.right);
  const ptrdiff_t last = std::min(width, width - change.right);
  for (ptrdiff_t h = 0; h < height; h++) {
    const ptrdiff_t from = h + change.down;
    if (from < 0 || from >= height) continue;
    const bool cut = h >= change.top && h < change.bottom;
    for (ptrdiff_t w = first; w < last; w++) {
      if (cut && w >= change.left && w < change.side) continue;
      body((h * width + w) * channels, (from * width + w + change.right) * channels);
    }
  }
}

bool Check(Call& call, const std::vector<int64_t>& shape) {
  return call.WantMaps(0, "images") && call.WantShape(1, "the changes", {shape[0], kNumbers});
}

// Inputs: x, changes [batch, 10].
void Augment(Call& call, const Attributes&) {
  const auto shape = call.shape(0);
  if (!Check(call, shape)) return;
  const float *x = call.in(0), *changes = call.in(1);
  float* y = call.out(0, shape);
  if (!call.ok()) return;
  const ptrdiff_t channels = shape[3], entries = shape[1] * shape[2] * channels;
  ParallelFor(static_cast<int>(shape[0]), [&](int n) {
    const Change change(changes + n * kNumbers);
    const float* from = x + n * entries;
    float* to = y + n * entries;
    double sum = 0;
    if (change.whole != 0) {
      for (ptrdiff_t i = 0; i < entries; i++) sum += from[i];
    }
    const float level = change.whole * static_cast<float>(sum / entries) + change.light;
    std::fill(to, to + entries, 0.0f);
    EachShown(change, shape[1], shape[2], channels, [&](ptrdiff_t at, ptrdiff_t source) {
      float grey = 0;
      for (ptrdiff_t c = 0; c < channels; c++) grey += from[source + c];
      const float offset = change.grey * (grey / channels) + level;
      for (ptrdiff_t c = 0; c < channels; c++) to[at + c] = change.own * from[source + c] + offset;
    });
  });
}

// Inputs: dy, changes.
void AugmentGradient(Call& call, const Attributes&) {
  const auto shape = call.shape(0);
  if (!Check(call, shape)) return;
  const float *dy = call.in(0), *changes = call.in(1);
  float* dx = call.out(0, shape);
  if (!call.ok()) return;
  const ptrdiff_t channels = shape[3], entries = shape[1] * shape[2] * channels;
  ParallelFor(static_cast<int>(shape[0]), [&](int n) {
    const Change change(changes + n * kNumbers);
    const float* slope = dy + n * entries;
    float* to = dx + n * entries;
    const auto each = [&](const auto& body) {
      EachShown(change, shape[1], shape[2], channels, body);
    };
    double sum = 0;
    if (change.whole != 0) {
      each([&](ptrdiff_t at, ptrdiff_t) {
        for (ptrdiff_t c = 0; c < channels; c++) sum += slope[at + c];
      });
    }
    const float level = change.whole * static_cast<float>(sum / entries);
    std::fill(to, to + entries, level);
    each([&](ptrdiff_t at, ptrdiff_t source) {
      float grey = 0;
      for (ptrdiff_t c = 0; c < channels; c++) grey += slope[at + c];
      const float offset = change.grey * (grey / channels) + level;
      for (ptrdiff_t c = 0; c < channels; c++) to[source + c] = change.own * slope[at + c] + offset;
    });
  });
}

}  // namespace

bool RegisterAugment() {
  return Register<Augment>({"CganKdAugment", {"x: float", "changes: float"}, {"y: float"}, {}}) &&
         Register<AugmentGradient>({"CganKdAugmentGrad",
                                    {"dy: float", "changes: float"},
                                    {"dx: float"},
                                    {}});
}

}  // namespace cgan_kd
