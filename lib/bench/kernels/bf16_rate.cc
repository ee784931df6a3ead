// What bfloat16 would gain on this processor: vdpbf16ps beside float32's fused multiply-add, in turn, on one core.
//
//   g++ -O3 -mavx512f -mavx512vl -mavx512bw -mavx512bf16 lib/bench/kernels/bf16_rate.cc -o /tmp/bf16_rate && /tmp/bf16_rate
//
// "registers": instructions alone, for the same number of multiplications. "product": [pixels, 1152] by [1152, 128] from
// the cache, which is a 3 x 3 convolution of 128 channels; float32 inputs, so that bfloat16 pays for their rounding.
// Below 1 bfloat16 is quicker. Times are processor time of the thread.
#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

constexpr int kSums = 24;     // independent sums hide the latency of either instruction
constexpr int kPixels = 12;   // of a tile
constexpr int kDepth = 1152, kOut = 128, kAll = 1536;

double Now() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

float Total(const __m512* sums, int count) {
  __m512 total = sums[0];
  for (int i = 1; i < count; i++) total = _mm512_add_ps(total, sums[i]);
  return _mm512_reduce_add_ps(total);
}

// Not inlined, or the compiler would fold the constants in.
__attribute__((noinline)) float Floats(long turns) {
  const __m512 x = _mm512_set1_ps(1e-3f);
  __m512 sums[kSums];
  // Different ones, or the compiler would compute one sum for all.
  for (int i = 0; i < kSums; i++) sums[i] = _mm512_set1_ps(i);
  for (long k = 0; k < turns; k++) {
#pragma GCC unroll 24
    for (int i = 0; i < kSums; i++) sums[i] = _mm512_fmadd_ps(x, x, sums[i]);
    asm volatile("");
  }
  return Total(sums, kSums);
}

__attribute__((noinline)) float Halves(long turns) {
  const __m512bh x = _mm512_cvtne2ps_pbh(_mm512_set1_ps(1e-3f), _mm512_set1_ps(1e-3f));
  __m512 sums[kSums];
  // Different ones, or the compiler would compute one sum for all.
  for (int i = 0; i < kSums; i++) sums[i] = _mm512_set1_ps(i);
  for (long k = 0; k < turns; k++) {
#pragma GCC unroll 24
    for (int i = 0; i < kSums; i++) sums[i] = _mm512_dpbf16_ps(sums[i], x, x);
    asm volatile("");
  }
  return Total(sums, kSums);
}

// b: tiles of 32 columns, row after row.
void ProductOfFloats(const float* a, const float* b, float* y) {
  for (int p = 0; p < kAll; p += kPixels) {
    for (int tile = 0; tile < kOut / 32; tile++) {
      __m512 sums[kPixels][2] = {};
      const float* from = b + tile * kDepth * 32;
      for (int k = 0; k < kDepth; k++, from += 32) {
        const __m512 left = _mm512_loadu_ps(from), right = _mm512_loadu_ps(from + 16);
#pragma GCC unroll 12
        for (int i = 0; i < kPixels; i++) {
          const __m512 value = _mm512_set1_ps(a[(p + i) * kDepth + k]);
          sums[i][0] = _mm512_fmadd_ps(value, left, sums[i][0]);
          sums[i][1] = _mm512_fmadd_ps(value, right, sums[i][1]);
        }
      }
      for (int i = 0; i < kPixels; i++) {
        _mm512_storeu_ps(y + (p + i) * kOut + tile * 32, sums[i][0]);
        _mm512_storeu_ps(y + (p + i) * kOut + tile * 32 + 16, sums[i][1]);
      }
    }
  }
}

// The same with pairs of rows side by side.
void ProductOfHalves(const float* a, const uint32_t* b, std::vector<uint32_t>& rounded, float* y) {
  for (int p = 0; p < kAll; p += kPixels) {
    for (int i = 0; i < kPixels * kDepth; i += 32) {
      const float* from = a + p * kDepth + i;
      const __m512bh pairs = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + 16), _mm512_loadu_ps(from));
      std::memcpy(&rounded[i / 2], &pairs, sizeof(pairs));
    }
    for (int tile = 0; tile < kOut / 32; tile++) {
      __m512 sums[kPixels][2] = {};
      const uint32_t* from = b + tile * kDepth / 2 * 32;
      for (int k = 0; k < kDepth / 2; k++, from += 32) {
        const __m512bh left = (__m512bh)_mm512_loadu_si512(from), right = (__m512bh)_mm512_loadu_si512(from + 16);
#pragma GCC unroll 12
        for (int i = 0; i < kPixels; i++) {
          const __m512bh value = (__m512bh)_mm512_set1_epi32(rounded[i * (kDepth / 2) + k]);
          sums[i][0] = _mm512_dpbf16_ps(sums[i][0], value, left);
          sums[i][1] = _mm512_dpbf16_ps(sums[i][1], value, right);
        }
      }
      for (int i = 0; i < kPixels; i++) {
        _mm512_storeu_ps(y + (p + i) * kOut + tile * 32, sums[i][0]);
        _mm512_storeu_ps(y + (p + i) * kOut + tile * 32 + 16, sums[i][1]);
      }
    }
  }
}

template <typename Work>
double Seconds(const Work& work) {
  const double start = Now();
  work();
  return Now() - start;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main() {
  if (!__builtin_cpu_supports("avx512bf16")) {
    std::puts("this processor has no avx512_bf16");
    return 1;
  }
  // Small integers, which bfloat16 holds exactly: both products must be the same numbers.
  std::vector<float> a(kAll * kDepth), b(kDepth * kOut), y(kAll * kOut), z(kAll * kOut);
  for (size_t i = 0; i < a.size(); i++) a[i] = static_cast<int>(i * 7 % 15) - 7;
  for (size_t i = 0; i < b.size(); i++) b[i] = static_cast<int>(i * 5 % 13) - 6;
  std::vector<uint32_t> pairs(b.size() / 2), rounded(kPixels * kDepth / 2);
  for (int tile = 0; tile < kOut / 32; tile++) {
    for (int k = 0; k < kDepth; k++) {
      for (int c = 0; c < 32; c++) {
        uint32_t bits;
        std::memcpy(&bits, &b[(tile * kDepth + k) * 32 + c], sizeof(bits));
        pairs[(tile * kDepth / 2 + k / 2) * 32 + c] |= k % 2 == 0 ? bits >> 16 : bits & 0xffff0000u;
      }
    }
  }
  volatile float kept = 0;
  std::vector<double> instructions, products;
  for (int repetition = 0; repetition < 15; repetition++) {
    const double one = Seconds([&] { kept = kept + Floats(2'000'000); });
    const double two = Seconds([&] { kept = kept + Halves(1'000'000); });
    instructions.push_back(two / one);
    const double floats = Seconds([&] { ProductOfFloats(a.data(), b.data(), y.data()); });
    const double halves = Seconds([&] { ProductOfHalves(a.data(), pairs.data(), rounded, z.data()); });
    products.push_back(halves / floats);
  }
  if (y != z) {
    std::puts("the products differ");
    return 1;
  }
  std::printf("bfloat16 over float32: registers %.2f, product %.2f\n", Median(instructions), Median(products));
}
