// Memory that is fetched before it is wanted.
#pragma once

#include <algorithm>
#include <cstddef>

namespace cgan_kd {

// Maps of so many floats do not stay in the cache.
constexpr ptrdiff_t kFetched = 1 << 20;

// Has what will be read soon fetched into the second cache, a share with every call: memory and arithmetic work at the
// same time. By itself the processor only fetches what is read line after line, which is not how kernels read maps.
class Prefetcher {
 public:
  // All is on its way after so many calls.
  explicit Prefetcher(ptrdiff_t calls) : calls_(std::max<ptrdiff_t>(1, calls)) {}

  void Add(const float* from, ptrdiff_t count) {
    const ptrdiff_t lines = (count + kLine - 1) / kLine;
    spans_[used_++] = {from, from + count, (lines + calls_ - 1) / calls_ * kLine};
  }

  void Fetch() {
    for (int i = 0; i < used_; i++) {
      Span& span = spans_[i];
      const float* stop = std::min(span.end, span.at + span.share);
      for (; span.at < stop; span.at += kLine) __builtin_prefetch(span.at, 0, 2);
    }
  }

 private:
  static constexpr ptrdiff_t kLine = 16;  // floats
  struct Span {
    const float *at, *end;
    ptrdiff_t share;
  };

  ptrdiff_t calls_;
  int used_ = 0;
  Span spans_[3];
};

}  // namespace cgan_kd
