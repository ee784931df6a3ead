// Spectral normalisation of a weight [rest, out] with one power iteration: the weight is read twice, once
// for both products of the iteration and once for the division.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/op.h"
#include "../core/rows.h"

namespace cgan_kd {
namespace {

constexpr ptrdiff_t kLeastEntries = 1 << 15;

template <typename Values>
double Norm(const Values& values, ptrdiff_t size) {
  double sum = 0;
  for (ptrdiff_t i = 0; i < size; i++) sum += static_cast<double>(values[i]) * values[i];
  return std::sqrt(sum);
}

// Input i as a vector of the matrix's columns, [out] or [out, 1].
bool WantColumn(Call& call, int i, int64_t out) {
  const auto shape = call.shape(i);
  return call.Want((shape.size() == 1 || (shape.size() == 2 && shape[1] == 1)) && shape[0] == out,
                   "want u of shape [out] or [out, 1], a number for each of the last axis of the weight");
}

// Inputs: weight, u [out]. Outputs: weight / sigma, sigma [1], v = W u / |W u| [rest],
// u = W' v / |W' v| [out] where sigma = v' W u.
void Normalise(Call& call, const Attributes& attributes) {
  if (!call.WantPixels(0, "the weight")) return;
  const auto shape = call.shape(0);
  const ptrdiff_t out = shape.back(), size = call.size(0), rest = size / out;
  if (!WantColumn(call, 1, out)) return;
  const float *weight = call.in(0), *before = call.in(1);
  float* result = call.out(0, shape);
  float* sigma = call.out(1, {1});
  float* v = call.out(2, {rest});
  float* u = call.out(3, call.shape(1));
  if (!call.ok()) return;
  const double least = attributes.epsilon;
  const int parts = static_cast<int>(std::min<ptrdiff_t>(PartsOf(size, kLeastEntries), rest));
  std::vector<float> products(parts * out);
  ParallelFor(parts, [&](int part) {
    float* __restrict sums = &products[part * out];
    for (ptrdiff_t r = PartStart(rest, parts, part); r < PartStart(rest, parts, part + 1); r++) {
      const float* __restrict row = weight + r * out;
      const float along = Dot(row, before, out);
      v[r] = along;
      for (ptrdiff_t c = 0; c < out; c++) sums[c] += along * row[c];
    }
  });
  const double length = std::max(least, Norm(v, rest));
  std::vector<double> back(out, 0.0);
  for (int part = 0; part < parts; part++) {
    for (ptrdiff_t c = 0; c < out; c++) back[c] += products[part * out + c];
  }
  for (ptrdiff_t c = 0; c < out; c++) back[c] /= length;
  for (ptrdiff_t r = 0; r < rest; r++) v[r] = static_cast<float>(v[r] / length);
  const double reach = std::max(least, Norm(back, out));
  double largest = 0;
  for (ptrdiff_t c = 0; c < out; c++) {
    u[c] = static_cast<float>(back[c] / reach);
    largest += back[c] * u[c];
  }
  *sigma = static_cast<float>(largest);
  const float divisor = *sigma;
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t end = PartStart(size, parts, part + 1);
    for (ptrdiff_t i = PartStart(size, parts, part); i < end; i++) result[i] = weight[i] / divisor;
  });
}

// Inputs: dy, weight, sigma, v, u. dW = dy / sigma - <dy, W> / sigma² v u'.
void Gradient(Call& call, const Attributes&) {
  if (!call.WantPixels(1, "the weight")) return;
  const auto shape = call.shape(1);
  const ptrdiff_t out = shape.back(), size = call.size(1), rest = size / out;
  if (!call.WantShape(0, "dy", shape) || !call.WantShape(2, "sigma", {1}) || !call.WantShape(3, "v", {rest}) ||
      !WantColumn(call, 4, out)) {
    return;
  }
  const float *dy = call.in(0), *weight = call.in(1), *v = call.in(3), *u = call.in(4);
  const double sigma = *call.in(2);
  float* dw = call.out(0, shape);
  if (!call.ok()) return;
  const int parts = static_cast<int>(std::min<ptrdiff_t>(PartsOf(size, kLeastEntries), rest));
  std::vector<double> products(parts);
  ParallelFor(parts, [&](int part) {
    double sum = 0;
    for (ptrdiff_t r = PartStart(rest, parts, part); r < PartStart(rest, parts, part + 1); r++) {
      sum += Dot(dy + r * out, weight + r * out, out);
    }
    products[part] = sum;
  });
  double product = 0;
  for (double term : products) product += term;
  const float factor = static_cast<float>(1 / sigma);
  const float share = static_cast<float>(product / sigma / sigma);
  ParallelFor(parts, [&](int part) {
    for (ptrdiff_t r = PartStart(rest, parts, part); r < PartStart(rest, parts, part + 1); r++) {
      const float *__restrict slope = dy + r * out, *__restrict right = u;
      float* __restrict to = dw + r * out;
      const float along = share * v[r];
      for (ptrdiff_t c = 0; c < out; c++) to[c] = slope[c] * factor - along * right[c];
    }
  });
}

}  // namespace

bool RegisterSpectral() {
  return Register<Normalise>({"CganKdSpectral",
                              {"weight: float", "before: float"},
                              {"result: float", "sigma: float", "v: float", "u: float"},
                              {"epsilon: float"}}) &&
         Register<Gradient>({"CganKdSpectralGrad",
                             {"dy: float", "weight: float", "sigma: float", "v: float", "u: float"},
                             {"dweight: float"},
                             {}});
}

}  // namespace cgan_kd
