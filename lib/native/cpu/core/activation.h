// Activations and their slopes, for one float or a vector of them.
#pragma once

#include <cstdint>
#include <cstring>

#include "vector.h"

namespace cgan_kd {

// 2^n where `shifted` is n + 1.5 * 2^23: the low bits hold n.
template <typename F, typename Words>
inline F PowerOfTwoOf(F shifted) {
  Words bits;
  std::memcpy(&bits, &shifted, sizeof(bits));
  bits = (bits + 127u) << 23;
  F power;
  std::memcpy(&power, &bits, sizeof(power));
  return power;
}

typedef uint32_t Words __attribute__((vector_size(sizeof(Vector))));
typedef uint32_t QuadWords __attribute__((vector_size(sizeof(Quad))));
typedef uint32_t LongWords __attribute__((vector_size(sizeof(Long))));

inline float PowerOfTwo(float shifted) { return PowerOfTwoOf<float, uint32_t>(shifted); }
inline Quad PowerOfTwo(Quad shifted) { return PowerOfTwoOf<Quad, QuadWords>(shifted); }
inline Vector PowerOfTwo(Vector shifted) { return PowerOfTwoOf<Vector, Words>(shifted); }
#if defined(__AVX512F__)
inline Long PowerOfTwo(Long shifted) { return PowerOfTwoOf<Long, LongWords>(shifted); }
#endif

// e^x with a relative error below 2e-7, for x in [-87, 88]; clamped outside, NaN stays NaN.
template <typename F>
inline F Exp(F x) {
  x = x < -87.0f ? x * 0.0f - 87.0f : x;
  x = x > 88.0f ? x * 0.0f + 88.0f : x;
  // x = n ln 2 + r with |r| <= ln 2 / 2; adding 1.5 * 2^23 rounds to the nearest integer.
  const F shifted = x * 1.44269504f + 12582912.0f;
  const F n = shifted - 12582912.0f;
  const F r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
  // Taylor's polynomial of degree 7: its next term is below 6e-9.
  F p = r * (1.0f / 5040) + (1.0f / 720);
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return p * PowerOfTwo(shifted);
}

template <typename F>
inline F Sigmoid(F x) {
  return 1.0f / (1.0f + Exp(-x));
}

// Value(z), and Slope(dy, z) = dy times the derivative at z. NaN goes through.
struct Identity {
  template <typename F>
  static F Value(F z) {
    return z;
  }
  template <typename F>
  static F Slope(F dy, F) {
    return dy;
  }
};

struct Relu {
  template <typename F>
  static F Value(F z) {
    return z < 0.0f ? F{} : z;
  }
  template <typename F>
  static F Slope(F dy, F z) {
    return z > 0.0f ? dy : F{};
  }
};

struct Relu6 {
  template <typename F>
  static F Value(F z) {
    z = z < 0.0f ? F{} : z;
    return z > 6.0f ? F{} + 6.0f : z;
  }
  template <typename F>
  static F Slope(F dy, F z) {
    dy = z > 0.0f ? dy : F{};
    return z < 6.0f ? dy : F{};
  }
};

struct Swish {
  template <typename F>
  static F Value(F z) {
    return z * Sigmoid(z);
  }
  template <typename F>
  static F Slope(F dy, F z) {
    const F s = Sigmoid(z);
    return dy * s * (1.0f + z * (1.0f - s));
  }
};

// body(activation) for the one of that number; `ACTIVATION_NUMBERS` of lib/native/maps/activation.ts.
template <typename Body>
void WithActivation(int number, const Body& body) {
  switch (number) {
    case 1: return body(Relu{});
    case 2: return body(Relu6{});
    case 3: return body(Swish{});
    default: return body(Identity{});
  }
}

}  // namespace cgan_kd
