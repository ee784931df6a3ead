// Updates of all weights of a network in one call, and of running statistics.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../core/op.h"
#include "../core/parallel.h"

namespace cgan_kd {
namespace {

// A weight, its gradient and its place in the vectors that hold a number for each entry of all weights.
struct Piece {
  const float* weight;
  const float* gradient;  // none: zeros
  float* result;
  ptrdiff_t start, size;
};

// Weights are the first inputs, their gradients the next, [0] for one that is all zeros; results are the first outputs.
// Returns the entries of all, or -1 after an error.
ptrdiff_t Pieces(Call& call, int count, std::vector<Piece>* pieces) {
  ptrdiff_t start = 0;
  for (int i = 0; i < count; i++) {
    const ptrdiff_t size = call.size(i);
    const ptrdiff_t slopes = call.size(count + i);
    if (slopes == 0 ? !call.Want(size == 0 || call.shape(count + i).size() == 1, "want [0] for a gradient of zeros")
                    : !call.WantShape(count + i, "a gradient", call.shape(i))) {
      return -1;
    }
    float* result = call.out(i, call.shape(i));
    if (!call.ok()) return -1;
    pieces->push_back({call.in(i), slopes == 0 ? nullptr : call.in(count + i), result, start, size});
    start += size;
  }
  return start;
}

// body(piece, first, last) for the entries of each piece, on all threads.
template <typename Body>
void EachPiece(const std::vector<Piece>& pieces, ptrdiff_t size, const Body& body) {
  const int parts = PartsOf(size, 1 << 14);
  ParallelFor(parts, [&](int part) {
    const ptrdiff_t begin = PartStart(size, parts, part), end = PartStart(size, parts, part + 1);
    for (const Piece& piece : pieces) {
      const ptrdiff_t first = std::max<ptrdiff_t>(0, begin - piece.start);
      const ptrdiff_t last = std::min(piece.size, end - piece.start);
      if (first < last) body(piece, first, last);
    }
  });
}

// Inputs: weights, gradients, velocity [entries], [rate, momentum, decay].
void Sgd(Call& call, const Attributes&) {
  const int count = (call.inputs() - 2) / 2;
  if (!call.WantInputs(2 * count + 2) || !call.WantShape(2 * count + 1, "the settings", {3})) return;
  const float *velocity = call.in(2 * count), *settings = call.in(2 * count + 1);
  std::vector<Piece> pieces;
  const ptrdiff_t size = Pieces(call, count, &pieces);
  if (size < 0 || !call.WantShape(2 * count, "the velocity", {size})) return;
  float* next = call.out(count, {size});
  if (!call.ok()) return;
  const float rate = settings[0], momentum = settings[1], decay = settings[2];
  EachPiece(pieces, size, [=](const Piece& piece, ptrdiff_t first, ptrdiff_t last) {
    const float *__restrict w = piece.weight, *__restrict g = piece.gradient;
    const float* __restrict v = velocity + piece.start;
    float *__restrict to = piece.result, *__restrict moved = next + piece.start;
    for (ptrdiff_t i = first; i < last; i++) {
      const float slope = (g == nullptr ? 0 : g[i]) + decay * w[i];
      const float speed = momentum * v[i] + slope;
      moved[i] = speed;
      to[i] = w[i] - rate * speed;
    }
  });
}

// Inputs: weights, gradients, first moments [entries] or [0], second moments [entries],
// [rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t), beta1, beta2, epsilon, decay].
void Adam(Call& call, const Attributes&) {
  const int count = (call.inputs() - 3) / 2;
  if (!call.WantInputs(2 * count + 3) || !call.WantShape(2 * count + 2, "the settings", {6})) return;
  const float *first_moment = call.in(2 * count), *second_moment = call.in(2 * count + 1);
  const float* settings = call.in(2 * count + 2);
  const ptrdiff_t firsts = call.size(2 * count);
  std::vector<Piece> pieces;
  const ptrdiff_t size = Pieces(call, count, &pieces);
  if (size < 0 || !call.WantShape(2 * count, "the first moments", {firsts == 0 ? 0 : size}) ||
      !call.WantShape(2 * count + 1, "the second moments", {size})) {
    return;
  }
  float* next_first = call.out(count, {firsts});
  float* next_second = call.out(count + 1, {size});
  if (!call.ok()) return;
  const float scale = settings[0], correction = settings[1], beta1 = settings[2], beta2 = settings[3];
  const float epsilon = settings[4], decay = settings[5];
  EachPiece(pieces, size, [=](const Piece& piece, ptrdiff_t begin, ptrdiff_t end) {
    const float *__restrict w = piece.weight, *__restrict g = piece.gradient;
    const float *__restrict m = first_moment + piece.start, *__restrict v = second_moment + piece.start;
    float *__restrict to = piece.result, *__restrict mean = next_first + piece.start;
    float* __restrict square = next_second + piece.start;
    for (ptrdiff_t i = begin; i < end; i++) {
      const float slope = (g == nullptr ? 0 : g[i]) + decay * w[i];
      float direction = slope;
      if (firsts != 0) {
        direction = beta1 * m[i] + (1 - beta1) * slope;
        mean[i] = direction;
      }
      square[i] = beta2 * v[i] + (1 - beta2) * slope * slope;
      to[i] = w[i] - scale * direction / (std::sqrt(square[i]) * correction + epsilon);
    }
  });
}

// Inputs: running mean and variance, those of the batch. running + momentum (batch - running).
void Blend(Call& call, const Attributes& attributes) {
  const float share = attributes.momentum;
  const auto shape = call.shape(0);
  if (!call.WantVectors(0, 4, shape.empty() ? 0 : shape[0])) return;
  for (int i = 0; i < 2; i++) {
    const float *running = call.in(i), *batch = call.in(i + 2);
    float* to = call.out(i, call.shape(i));
    if (!call.ok()) return;
    for (ptrdiff_t c = 0; c < call.size(i); c++) to[c] = running[c] * (1 - share) + batch[c] * share;
  }
}

}  // namespace

bool RegisterUpdate() {
  return Register<Sgd>({"CganKdSgd",
                        {"weights: N * float", "gradients: N * float", "velocity: float",
                         "settings: float"},
                        {"result: N * float", "next: float"},
                        {"N: int >= 1"}}) &&
         Register<Adam>({"CganKdAdam",
                         {"weights: N * float", "gradients: N * float", "first: float",
                          "second: float", "settings: float"},
                         {"result: N * float", "next_first: float", "next_second: float"},
                         {"N: int >= 1"}}) &&
         Register<Blend>({"CganKdBlend",
                          {"mean: float", "variance: float", "batch_mean: float",
                           "batch_variance: float"},
                          {"next_mean: float", "next_variance: float"},
                          {"momentum: float"}});
}

}  // namespace cgan_kd
