// Pairs of bfloat16 numbers as the factors of products: float32 with 8 bits of mantissa in place of 24, so that one
// instruction multiplies two pairs and adds both products to a sum in float32. Rounding is to nearest, ties to even;
// NaN stays NaN, and numbers too small for a normal one (below 2^-126) become 0, as factors and as sums.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

#include "op.h"
#include "vector.h"

namespace cgan_kd {

// A bfloat16 number: the upper half of a float.
using Half = uint16_t;

// The first number is the lower half.
struct Pair {
  uint32_t bits;
};

// What maps are rounded to before they are multiplied.
template <typename Factor>
using EntryOf = std::conditional_t<std::is_same_v<Factor, Pair>, Half, float>;

// Entries in a factor, and factors that hold a row of entries.
template <typename Factor>
constexpr ptrdiff_t kEntries = sizeof(Factor) / sizeof(EntryOf<Factor>);
template <typename Factor>
constexpr ptrdiff_t FactorsOf(ptrdiff_t entries) {
  return (entries + kEntries<Factor> - 1) / kEntries<Factor>;
}

template <typename Lane>
inline void Put(float* to, const Lane& v) {
  std::memcpy(to, &v, sizeof(v));
}

#if defined(__AVX512BF16__)

inline void Put(Half* to, const Long& v) {
  const __m256bh halves = _mm512_cvtneps_pbh((__m512)v);
  std::memcpy(to, &halves, sizeof(halves));
}
inline void Put(Half* to, const Vector& v) {
  const __m128bh halves = _mm256_cvtneps_pbh((__m256)v);
  std::memcpy(to, &halves, sizeof(halves));
}
inline void Put(Half* to, const Quad& v) {
  const __m128bh halves = _mm_cvtneps_pbh((__m128)v);
  std::memcpy(to, &halves, sizeof(v) / 2);
}
inline void Put(Half* to, const float& v) {
  const __m128bh halves = _mm_cvtneps_pbh(_mm_set_ss(v));
  std::memcpy(to, &halves, sizeof(Half));
}

inline Half AsHalf(Half v) { return v; }
inline Half AsHalf(float v) {
  Half half;
  Put(&half, v);
  return half;
}

// Entries of two rows side by side.
inline void PutPairs(Pair* to, const Long& first, const Long& second) {
  const __m512bh rows = _mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512i pairs = _mm512_permutexvar_epi16(order, (__m512i)rows);
  std::memcpy(to, &pairs, sizeof(pairs));
}
inline void PutPairs(Pair* to, const Vector& first, const Vector& second) {
  const __m256bh rows = _mm256_cvtne2ps_pbh((__m256)second, (__m256)first);
  const __m256i order = _mm256_set_epi16(15, 7, 14, 6, 13, 5, 12, 4, 11, 3, 10, 2, 9, 1, 8, 0);
  const __m256i pairs = _mm256_permutexvar_epi16(order, (__m256i)rows);
  std::memcpy(to, &pairs, sizeof(pairs));
}
inline void PutPairs(Pair* to, const Quad& first, const Quad& second) {
  const __m128i rows = (__m128i)_mm_cvtne2ps_pbh((__m128)second, (__m128)first);
  const __m128i pairs = _mm_unpacklo_epi16(rows, _mm_srli_si128(rows, 8));
  std::memcpy(to, &pairs, sizeof(pairs));
}
inline Pair Join(Half first, Half second) { return {first | static_cast<uint32_t>(second) << 16}; }
inline void PutPairs(Pair* to, const float& first, const float& second) { *to = Join(AsHalf(first), AsHalf(second)); }

inline void MultiplyAdd(Long& sum, __m512i a, __m512i b) {
  sum = (Long)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}
inline void MultiplyAdd(Vector& sum, __m256i a, __m256i b) {
  sum = (Vector)_mm256_dpbf16_ps((__m256)sum, (__m256bh)a, (__m256bh)b);
}
inline __m512i SpreadOver(const Long&, Pair value) { return _mm512_set1_epi32(value.bits); }
inline __m256i SpreadOver(const Vector&, Pair value) { return _mm256_set1_epi32(value.bits); }
inline __m512i LoadFactors(const Pair* from) { return _mm512_loadu_si512(from); }

#endif

// The same of floats, for code that takes either.
template <typename Lane>
inline void MultiplyAdd(Lane& sum, const Lane& a, const Lane& b) {
  sum += a * b;
}
inline Long SpreadOver(const Long&, float value) { return SpreadLong(value); }
inline Long LoadFactors(const float* from) { return LoadLong(from); }
#if defined(__AVX512F__)
inline Vector SpreadOver(const Vector&, float value) { return Spread(value); }
#endif

// body(a factor) with factors of the kind that an operation asks for; the value says nothing.
template <typename Body>
void WithFactors(Call& call, const Attributes& attributes, const Body& body) {
  if (attributes.bf16 == 0) return body(0.0f);
#if defined(__AVX512BF16__)
  body(Pair());
#else
  call.Want(false, "want a processor with avx512_bf16 for products of bfloat16");
#endif
}

}  // namespace cgan_kd
