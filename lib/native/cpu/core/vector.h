// Floats side by side, in the compiler's own vector type: AVX registers on x86-64, pairs of NEON registers on ARM.
// Arithmetic and comparisons are the language's operators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cgan_kd {

typedef float Vector __attribute__((vector_size(32)));
typedef int Bits __attribute__((vector_size(32)));
constexpr int kLanes = 8;
// For what is left of channels that are a multiple of four.
typedef float Quad __attribute__((vector_size(16)));
constexpr int kQuad = 4;

// Objects rather than functions: handed to a template, a call of them is still inlined.
constexpr struct {
  inline Vector operator()(const float* from) const {
    Vector v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  }
} Load{};

constexpr struct {
  inline float operator()(const float* from) const { return *from; }
} LoadOne{};

constexpr struct {
  inline void operator()(float* to, Vector v) const { std::memcpy(to, &v, sizeof(v)); }
} Store{};

constexpr struct {
  inline Quad operator()(const float* from) const {
    Quad v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  }
} LoadQuad{};

constexpr struct {
  inline void operator()(float* to, Quad v) const { std::memcpy(to, &v, sizeof(v)); }
} StoreQuad{};

constexpr struct {
  inline void operator()(float* to, float value) const { *to = value; }
} StoreOne{};

inline Vector Spread(float v) { return Vector{v, v, v, v, v, v, v, v}; }

// The longest vectors that the processor has.
#if defined(__AVX512F__)
constexpr int kLong = 16;
typedef float Long __attribute__((vector_size(64)));
inline Long SpreadLong(float v) { return Long{v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v}; }
#else
constexpr int kLong = kLanes;
typedef Vector Long;
inline Long SpreadLong(float v) { return Spread(v); }
#endif

constexpr struct {
  inline Long operator()(const float* from) const {
    Long v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  }
} LoadLong{};

constexpr struct {
  inline void operator()(float* to, Long v) const { std::memcpy(to, &v, sizeof(v)); }
} StoreLong{};

// Stores around the cache, to addresses that are a multiple of a vector's size. A map that is larger than the cache is
// gone from it before anyone reads it, and an ordinary store first fetches what it overwrites. Threads call `EndStream`
// when they are done.
constexpr struct {
  inline void operator()(float* to, Long v) const {
#if defined(__AVX512F__)
    __builtin_ia32_movntps512(to, v);
#elif defined(__AVX__)
    __builtin_ia32_movntps256(to, v);
#else
    StoreLong(to, v);
#endif
  }
} StreamLong{};

inline void EndStream() {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

// Whether to write a map of so many entries that way, in lines of `wide`.
constexpr ptrdiff_t kStreamed = 4 << 20;
inline bool Streams(const float* to, ptrdiff_t entries, ptrdiff_t wide) {
  return entries >= kStreamed && wide % kLong == 0 && reinterpret_cast<uintptr_t>(to) % sizeof(Long) == 0;
}

}  // namespace cgan_kd
