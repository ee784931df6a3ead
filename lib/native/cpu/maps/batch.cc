// Batches from bytes: a window of each image, black outside of it, mirrored or not, every byte through a
// table of its channel.
#include <algorithm>

#include "../core/op.h"
#include "../core/parallel.h"

namespace cgan_kd {
namespace {

constexpr ptrdiff_t kNumbers = 3;
constexpr ptrdiff_t kLevels = 256;

// Where a batch comes from; an image is [height, width, channels].
struct Images {
  ptrdiff_t height, width, channels;
  const uint8_t* bytes;
  // Value of each byte, a table of 256 per channel.
  const float* levels;
};

// Tables one after the other: the value of channel c of a pixel.
template <ptrdiff_t kChannels>
inline void SetPixel(float* to, const uint8_t* pixel, const float* levels, ptrdiff_t channels) {
  const ptrdiff_t count = kChannels > 0 ? kChannels : channels;
  for (ptrdiff_t c = 0; c < count; c++) to[c] = levels[c * kLevels + pixel[c]];
}

template <ptrdiff_t kChannels>
void FillBlack(float* to, ptrdiff_t pixels, const Images& images) {
  const ptrdiff_t count = kChannels > 0 ? kChannels : images.channels;
  for (ptrdiff_t x = 0; x < pixels; x++, to += count) {
    for (ptrdiff_t c = 0; c < count; c++) to[c] = images.levels[c * kLevels];
  }
}

// The window that starts at (dy, dx) of image n.
template <ptrdiff_t kChannels>
void Place(const Images& images, ptrdiff_t n, const int32_t* place, float* to) {
  const ptrdiff_t height = images.height, width = images.width, channels = images.channels;
  const bool mirrored = place[2] != 0;
  const ptrdiff_t dy = place[0], dx = place[1], shift = mirrored ? -dx : dx;
  // Columns of the window that lie inside the image; the others are padding.
  const ptrdiff_t first = std::clamp<ptrdiff_t>(-shift, 0, width);
  const ptrdiff_t last = std::clamp<ptrdiff_t>(width - shift, first, width);
  const ptrdiff_t stride = mirrored ? -channels : channels;
  const uint8_t* image = images.bytes + n * height * width * channels;
  to += n * height * width * channels;
  for (ptrdiff_t y = 0; y < height; y++, to += width * channels) {
    const ptrdiff_t source = y + dy;
    if (source < 0 || source >= height) {
      FillBlack<kChannels>(to, width, images);
      continue;
    }
    FillBlack<kChannels>(to, first, images);
    const ptrdiff_t start = mirrored ? width - 1 - first - shift : first + shift;
    const uint8_t* pixel = image + (source * width + start) * channels;
    for (ptrdiff_t x = first; x < last; x++, pixel += stride) {
      SetPixel<kChannels>(to + x * channels, pixel, images.levels, channels);
    }
    FillBlack<kChannels>(to + last * channels, width - last, images);
  }
}

// Inputs: the bytes, four in an int32; per image dy, dx and whether it is mirrored; height, width and
// channels; the tables.
void MakeBatch(Call& call, const Attributes&) {
  if (!call.Want(call.shape(0).size() == 1 && call.shape(1).size() == 1 && call.size(1) % kNumbers == 0,
                 "want bytes and places of rank 1, three numbers for the place of an image") ||
      !call.WantShape(2, "the sides", {3})) {
    return;
  }
  const auto* sides = reinterpret_cast<const int32_t*>(call.in(2));
  const ptrdiff_t count = call.size(1) / kNumbers;
  const Images images{sides[0], sides[1], sides[2], reinterpret_cast<const uint8_t*>(call.in(0)),
                      call.in(3)};
  if (!call.Want(std::min({sides[0], sides[1], sides[2]}) > 0, "want sides of 1 or more") ||
      !call.WantShape(3, "the levels", {kLevels * images.channels})) {
    return;
  }
  // Four bytes an entry, of which the last may be filled up. Divided, as a product of any sides may overflow.
  const int64_t bytes = 4 * call.size(0);
  const int64_t whole = bytes / images.height / images.width / images.channels;
  const bool fits = whole >= count && bytes - count * images.height * images.width * images.channels < 4;
  if (!call.Want(fits || count == 0, "want the bytes of every image, and fewer than four more")) return;
  const auto* places = reinterpret_cast<const int32_t*>(call.in(1));
  float* pixels = call.out(0, {count, images.height, images.width, images.channels});
  if (!call.ok() || count == 0) return;
  ParallelFor(static_cast<int>(count), [&](int n) {
    const int32_t* place = places + n * kNumbers;
    if (images.channels == 3) {
      Place<3>(images, n, place, pixels);
    } else {
      Place<0>(images, n, place, pixels);
    }
  });
}

}  // namespace

bool RegisterBatch() {
  return Register<MakeBatch>({"CganKdBatch",
                              {"bytes: int32", "places: int32", "sides: int32", "levels: float"},
                              {"pixels: float"},
                              {}});
}

}  // namespace cgan_kd
