// Depthwise convolution of channels-last maps: one filter [kernel, kernel] a channel.
#include <algorithm>
#include <vector>

#include "activation.h"
#include "norm_inference.h"
#include "op.h"
#include "parallel.h"
#include "vector.h"

namespace cgan_kd {
namespace {

struct Maps {
  ptrdiff_t batch, height, width, channels;
  ptrdiff_t out_height, out_width;
  int kernel, stride, before;

  ptrdiff_t Pixels() const { return height * width * channels; }
  ptrdiff_t OutPixels() const { return out_height * out_width * channels; }
};

// One product of a sum: an entry `at` of the map, counted from its first, by an entry of the filter.
struct Tap {
  ptrdiff_t at;
  ptrdiff_t weight;
};

// to[c] = sum over taps of from[tap.at + c] * filter[tap.weight + c]
void Gather(const Tap* taps, int count, const float* from, const float* filter, ptrdiff_t channels,
            float* to) {
  ptrdiff_t c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) {
    Vector a{}, b{};
    for (int t = 0; t < count; t++) {
      const float *x = from + taps[t].at + c, *w = filter + taps[t].weight + c;
      a += Load(x) * Load(w);
      b += Load(x + kLanes) * Load(w + kLanes);
    }
    Store(to + c, a);
    Store(to + c + kLanes, b);
  }
  for (; c + kLanes <= channels; c += kLanes) {
    Vector a{};
    for (int t = 0; t < count; t++) {
      a += Load(from + taps[t].at + c) * Load(filter + taps[t].weight + c);
    }
    Store(to + c, a);
  }
  for (; c < channels; c++) {
    float a = 0;
    for (int t = 0; t < count; t++) a += from[taps[t].at + c] * filter[taps[t].weight + c];
    to[c] = a;
  }
}

// The same for four neighbours: pixel p reads from + p * step, writes to + p * channels.
void GatherFour(const Tap* taps, int count, const float* from, ptrdiff_t step, const float* filter,
                ptrdiff_t channels, float* to) {
  ptrdiff_t c = 0;
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) {
    Vector a[4] = {}, b[4] = {};
    for (int t = 0; t < count; t++) {
      const float *x = from + taps[t].at + c, *w = filter + taps[t].weight + c;
      const Vector v = Load(w), u = Load(w + kLanes);
      for (int p = 0; p < 4; p++) {
        a[p] += Load(x + p * step) * v;
        b[p] += Load(x + p * step + kLanes) * u;
      }
    }
    for (int p = 0; p < 4; p++) {
      Store(to + p * channels + c, a[p]);
      Store(to + p * channels + c + kLanes, b[p]);
    }
  }
  for (; c + kLanes <= channels; c += kLanes) {
    Vector a[4] = {};
    for (int t = 0; t < count; t++) {
      const float* x = from + taps[t].at + c;
      const Vector v = Load(filter + taps[t].weight + c);
      for (int p = 0; p < 4; p++) a[p] += Load(x + p * step) * v;
    }
    for (int p = 0; p < 4; p++) Store(to + p * channels + c, a[p]);
  }
  for (; c < channels; c++) {
    for (int p = 0; p < 4; p++) {
      float a = 0;
      for (int t = 0; t < count; t++) {
        a += from[p * step + taps[t].at + c] * filter[taps[t].weight + c];
      }
      to[p * channels + c] = a;
    }
  }
}

// The stripe of taps that row `row` of the result has: taps(row, column, list) fills the list and returns
// how many; neighbours in [first, last) have the same taps, moved by `step` entries.
template <typename Taps>
void Row(ptrdiff_t row, ptrdiff_t width, ptrdiff_t first, ptrdiff_t last, ptrdiff_t step,
         const float* from, const float* filter, ptrdiff_t channels, float* to, const Taps& taps) {
  Tap list[64];
  for (ptrdiff_t column = 0; column < width;) {
    const int count = taps(row, column, list);
    if (column >= first && column + 4 <= last) {
      GatherFour(list, count, from, step, filter, channels, to + column * channels);
      column += 4;
    } else {
      Gather(list, count, from, filter, channels, to + column * channels);
      column++;
    }
  }
}

// `then(y, first, count)` gets the pixels of a line as soon as they are written.
template <typename Then>
void Forward(const Maps& m, const float* x, const float* filter, float* y, const Then& then) {
  const auto taps = [&](ptrdiff_t row, ptrdiff_t column, Tap* list) {
    int count = 0;
    for (int i = 0; i < m.kernel; i++) {
      const ptrdiff_t h = row * m.stride + i - m.before;
      if (h < 0 || h >= m.height) continue;
      for (int j = 0; j < m.kernel; j++) {
        const ptrdiff_t w = column * m.stride + j - m.before;
        if (w < 0 || w >= m.width) continue;
        list[count++] = {(h * m.width + w) * m.channels, (i * m.kernel + j) * m.channels};
      }
    }
    return count;
  };
  // Columns whose whole window lies inside.
  const ptrdiff_t first = (m.before + m.stride - 1) / m.stride;
  const ptrdiff_t reach = m.width - m.kernel + m.before;
  const ptrdiff_t last = reach < 0 ? 0 : std::min(m.out_width, reach / m.stride + 1);
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const float* from = x + n * m.Pixels();
    float* to = y + n * m.OutPixels();
    for (ptrdiff_t row = 0; row < m.out_height; row++) {
      Row(row, m.out_width, first, last, m.stride * m.channels, from, filter, m.channels,
          to + row * m.out_width * m.channels, taps);
      then(y, (n * m.out_height + row) * m.out_width, m.out_width);
    }
  });
}

void InputGradient(const Maps& m, const float* dy, const float* filter, float* dx) {
  const auto taps = [&](ptrdiff_t row, ptrdiff_t column, Tap* list) {
    int count = 0;
    for (int i = 0; i < m.kernel; i++) {
      const ptrdiff_t h = row + m.before - i;
      if (h < 0 || h % m.stride != 0 || h / m.stride >= m.out_height) continue;
      for (int j = 0; j < m.kernel; j++) {
        const ptrdiff_t w = column + m.before - j;
        if (w < 0 || w % m.stride != 0 || w / m.stride >= m.out_width) continue;
        list[count++] = {(h / m.stride * m.out_width + w / m.stride) * m.channels,
                         (i * m.kernel + j) * m.channels};
      }
    }
    return count;
  };
  // With stride 2 neighbours have different taps.
  const bool even = m.stride == 1;
  const ptrdiff_t first = even ? std::max<ptrdiff_t>(0, m.kernel - 1 - m.before) : 0;
  const ptrdiff_t last = even ? std::min(m.width, m.out_width - m.before) : 0;
  ParallelFor(static_cast<int>(m.batch), [&](int n) {
    const float* from = dy + n * m.OutPixels();
    float* to = dx + n * m.Pixels();
    for (ptrdiff_t row = 0; row < m.height; row++) {
      Row(row, m.width, first, last, m.channels, from, filter, m.channels,
          to + row * m.width * m.channels, taps);
    }
  });
}

// Adds one row of the filter: sums[j][c] += x[column * stride + j - before] * dy[column].
template <int kernel, int width>
void FilterRow(const Maps& m, const float* x, const float* dy, ptrdiff_t c, float* sums) {
  Vector total[kernel][width];
  for (int j = 0; j < kernel; j++) {
    for (int v = 0; v < width; v++) total[j][v] = Load(sums + j * m.channels + c + v * kLanes);
  }
  const ptrdiff_t step = m.channels;
  for (ptrdiff_t column = 0; column < m.out_width; column++) {
    const ptrdiff_t start = column * m.stride - m.before;
    const float* in = x + start * step + c;
    Vector slope[width];
    for (int v = 0; v < width; v++) slope[v] = Load(dy + column * step + c + v * kLanes);
    if (start >= 0 && start + kernel <= m.width) {
      for (int j = 0; j < kernel; j++) {
        for (int v = 0; v < width; v++) total[j][v] += Load(in + j * step + v * kLanes) * slope[v];
      }
    } else {
      for (int j = 0; j < kernel; j++) {
        if (start + j < 0 || start + j >= m.width) continue;
        for (int v = 0; v < width; v++) total[j][v] += Load(in + j * step + v * kLanes) * slope[v];
      }
    }
  }
  for (int j = 0; j < kernel; j++) {
    for (int v = 0; v < width; v++) Store(sums + j * m.channels + c + v * kLanes, total[j][v]);
  }
}

template <int kernel>
void AddFilterRows(const Maps& m, const float* x, const float* dy, float* sums) {
  for (ptrdiff_t row = 0; row < m.out_height; row++) {
    const float* slope = dy + row * m.out_width * m.channels;
    for (int i = 0; i < kernel; i++) {
      const ptrdiff_t h = row * m.stride + i - m.before;
      if (h < 0 || h >= m.height) continue;
      const float* in = x + h * m.width * m.channels;
      float* into = sums + i * kernel * m.channels;
      ptrdiff_t c = 0;
      for (; c + 2 * kLanes <= m.channels; c += 2 * kLanes) FilterRow<kernel, 2>(m, in, slope, c, into);
      for (; c + kLanes <= m.channels; c += kLanes) FilterRow<kernel, 1>(m, in, slope, c, into);
      for (; c < m.channels; c++) {
        for (int j = 0; j < kernel; j++) {
          float total = 0;
          for (ptrdiff_t column = 0; column < m.out_width; column++) {
            const ptrdiff_t w = column * m.stride + j - m.before;
            if (w >= 0 && w < m.width) {
              total += in[w * m.channels + c] * slope[column * m.channels + c];
            }
          }
          into[j * m.channels + c] += total;
        }
      }
    }
  }
}

void FilterGradient(const Maps& m, const float* x, const float* dy, float* dfilter) {
  const ptrdiff_t size = m.kernel * m.kernel * m.channels;
  const int parts = PartsOf(m.batch, 4);
  std::vector<float> sums(parts * size);
  ParallelFor(parts, [&](int part) {
    float* into = &sums[part * size];
    for (ptrdiff_t n = PartStart(m.batch, parts, part); n < PartStart(m.batch, parts, part + 1); n++) {
      const float *in = x + n * m.Pixels(), *slope = dy + n * m.OutPixels();
      if (m.kernel == 3) AddFilterRows<3>(m, in, slope, into);
      else AddFilterRows<5>(m, in, slope, into);
    }
  });
  for (ptrdiff_t i = 0; i < size; i++) {
    double total = 0;
    for (int part = 0; part < parts; part++) total += sums[part * size + i];
    dfilter[i] = static_cast<float>(total);
  }
}

bool Describe(Call& call, const Attributes& attributes, const std::vector<int64_t>& x,
              const std::vector<int64_t>& y, Maps* m) {
  if (!call.Want(x.size() == 4 && y.size() == 4 && x[3] == y[3], "want maps of rank 4")) return false;
  *m = {x[0], x[1], x[2], x[3], y[1], y[2], attributes.kernel, attributes.stride, attributes.before};
  return call.Want(m->kernel == 3 || m->kernel == 5, "want kernels of side 3 or 5");
}

// Inputs: x, filter.
bool DescribeForward(Call& call, const Attributes& attributes, Maps* m) {
  auto shape = call.shape(0);
  if (!call.Want(shape.size() == 4, "want maps of rank 4")) return false;
  for (int d = 1; d < 3; d++) {
    const int64_t padded = shape[d] + attributes.before + attributes.after;
    shape[d] = std::max<int64_t>(0, (padded - attributes.kernel) / attributes.stride + 1);
  }
  return Describe(call, attributes, call.shape(0), shape, m);
}

float* Output(Call& call, const Maps& m) {
  return call.out(0, {m.batch, m.out_height, m.out_width, m.channels});
}

void RunForward(Call& call, const Attributes& attributes) {
  Maps m;
  if (!DescribeForward(call, attributes, &m)) return;
  float* y = Output(call, m);
  if (call.ok()) Forward(m, call.in(0), call.in(1), y, [](float*, ptrdiff_t, ptrdiff_t) {});
}

// Inputs: x, filter, and those of `Ending`.
void RunForwardNorm(Call& call, const Attributes& attributes) {
  Maps m;
  if (!DescribeForward(call, attributes, &m) ||
      !Ending::Fits(call, 2, m.channels, m.batch * m.OutPixels(), attributes)) {
    return;
  }
  float* y = Output(call, m);
  if (!call.ok()) return;
  const Ending ending(call, 2, m.channels, attributes);
  WithActivation(attributes.activation, [&](auto act) {
    Forward(m, call.in(0), call.in(1), y, [&](float* to, ptrdiff_t first, ptrdiff_t count) {
      ending.Run<decltype(act)>(to, first, count);
    });
  });
}

// Inputs: x, filter, dy.
void RunBackward(Call& call, const Attributes& attributes) {
  Maps m;
  const auto shape = call.shape(0);
  if (!Describe(call, attributes, shape, call.shape(2), &m)) return;
  float* dx = call.out(0, shape);
  float* dfilter = call.out(1, call.shape(1));
  if (!call.ok()) return;
  InputGradient(m, call.in(2), call.in(1), dx);
  FilterGradient(m, call.in(0), call.in(2), dfilter);
}

}  // namespace

bool RegisterDepthwise() {
  return Register<RunForward>({"CganKdDepthwise",
                               {"x: float", "filter: float"},
                               {"y: float"},
                               {"kernel: int", "stride: int", "before: int", "after: int"}}) &&
         Register<RunForwardNorm>({"CganKdDepthwiseNorm",
                                   {"x: float", "filter: float", "scale: float", "offset: float",
                                    "mean: float", "variance: float"},
                                   {"y: float"},
                                   {"kernel: int", "stride: int", "before: int", "after: int",
                                    "epsilon: float", "activation: int"}}) &&
         Register<RunBackward>({"CganKdDepthwiseGrad",
                                {"x: float", "filter: float", "dy: float"},
                                {"dx: float", "dfilter: float"},
                                {"kernel: int", "stride: int", "before: int"}});
}

}  // namespace cgan_kd
