// What convolutions that end in the normalisation after them share in training: the statistics of the batch are taken
// of pixels that have just been computed, while they are in the cache.
#pragma once

#include <cstring>
#include <vector>

#include "../normalisation/norm.h"
#include "../core/op.h"
#include "../core/rows.h"
#include "../core/vector.h"

namespace cgan_kd {

// Moments of a map that is written a few rows at a time, and as a rule not read again.
class GrowingMoments {
 public:
  // `first`: the first pixel. Sums are taken around it, so that squares of a large mean do not drown a small variance.
  GrowingMoments(const Rows& size, const float* first)
      : size_(size), first_(first, first + size.channels), around_(size.Widen(first_)),
        sums_(size.parts * size.wide), squares_(size.parts * size.wide) {}

  // Adds `count` rows, and writes them to z, around the cache if asked to. Called in order within a part.
  void Write(int part, const float* rows, ptrdiff_t count, float* z, bool streams) {
    if (streams) Take<true>(part, rows, count, z);
    else Take<false>(part, rows, count, z);
  }

  // z: the whole map, which is read again only where the first pixel is nothing like the others.
  void Finish(const float* z, float epsilon, const Moments& moments) const {
    auto around = first_;
    if (FinishMoments(size_, &around, sums_, squares_, epsilon, moments)) return;
    TakeMomentsAround(size_, z, &around, epsilon, moments, [](ptrdiff_t, ptrdiff_t) {});
  }

 private:
  template <bool streams>
  void Take(int part, const float* rows, ptrdiff_t count, float* z) {
    const float* __restrict middle = around_.data();
    const ptrdiff_t place = part * size_.wide;
    SumRows(size_.wide, 0, count, &sums_[place], &squares_[place],
            [=](ptrdiff_t c, ptrdiff_t at, auto load, auto* a, auto* b) {
              const auto value = load(rows + at);
              if constexpr (streams && sizeof(value) == sizeof(Long)) StreamLong(z + at, value);
              else std::memcpy(z + at, &value, sizeof(value));
              const auto d = value - load(middle + c);
              *a += d;
              *b += d * d;
            });
  }

  Rows size_;
  std::vector<float> first_, around_, sums_, squares_;
};

// Of a training step that ends in Act(normalised + shortcut): what follows the filter among the inputs, and the outputs.
struct NormStep {
  const float *scale, *offset, *shortcut;  // the shortcut may be null
  float *y, *z;                            // the result, and the map before the normalisation
  Moments moments;
  float* next_mean;

  // Inputs 2, 3, ...: scale, offset, the shortcut if there is one, running mean and variance.
  static bool Fits(Call& call, const std::vector<int64_t>& shape, const Attributes& attributes) {
    const int shortcuts = attributes.shortcuts;
    return call.WantInputs(6 + shortcuts) && call.WantVectors(2, 2, shape.back()) &&
           (shortcuts == 0 || call.WantShape(4, "the shortcut", shape)) &&
           call.Want(shortcuts == 0 || attributes.activation == 0, "want no activation after a shortcut") &&
           call.WantVectors(4 + shortcuts, 2, shape.back());
  }

  NormStep(Call& call, const std::vector<int64_t>& shape, const Attributes& attributes)
      : scale(call.in(2)), offset(call.in(3)), shortcut(attributes.shortcuts > 0 ? call.in(4) : nullptr),
        y(call.out(0, shape)), z(call.out(1, shape)),
        moments{call.out(2, {shape.back()}), call.out(4, {shape.back()}), call.out(3, {shape.back()})},
        next_mean(call.out(5, {shape.back()})) {}

  template <typename Act>
  void Finish(Call& call, const Rows& size, const GrowingMoments& sums, const Attributes& attributes) const {
    sums.Finish(z, attributes.epsilon, moments);
    const int running = 4 + attributes.shortcuts;
    MoveStatistics(call, running, attributes.momentum, size.channels, moments, next_mean);
    ApplyLine<Act>(size, z, Line(size.channels, scale, offset, moments.mean, moments.inverse), y, shortcut);
  }
};

// Inputs dy, x, filter, z, scale, offset, mean and inverse standard deviation of a gradient; its outputs are those of x,
// filter, scale and offset.
struct NormStepSlopes {
  const float *dy, *x, *filter, *z, *scale, *offset, *mean, *inverse;
  float *dx, *dfilter, *dscale, *doffset;

  static bool Fits(Call& call, const std::vector<int64_t>& shape) {
    return call.WantShape(0, "dy", shape) && call.WantShape(3, "z", shape) && call.WantVectors(4, 4, shape.back());
  }

  explicit NormStepSlopes(Call& call)
      : dy(call.in(0)), x(call.in(1)), filter(call.in(2)), z(call.in(3)), scale(call.in(4)), offset(call.in(5)),
        mean(call.in(6)), inverse(call.in(7)), dx(call.out(0, call.shape(1))), dfilter(call.out(1, call.shape(2))),
        dscale(call.out(2, call.shape(4))), doffset(call.out(3, call.shape(4))) {}

  template <typename Act>
  LineGradient<Act> Gradient(const Rows& size) const {
    const Line line(size.channels, scale, offset, mean, inverse);
    return LineGradient<Act>(size, line, {dy, z, mean, inverse, nullptr}, dscale, doffset);
  }
};

}  // namespace cgan_kd
