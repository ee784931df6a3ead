// Threads that share the work of one kernel.
#pragma once

#include <cstddef>
#include <functional>

namespace cgan_kd {

// Calls body(0) ... body(count - 1), on all cores; returns when every call has. Who runs which call is
// left to chance: bodies write to places of their own, so that results never depend on it.
void ParallelFor(int count, const std::function<void(int)>& body);

// How many parts to cut `rows` into so that a part has at least `least` rows. A function of the sizes
// only, not of the machine: sums over parts have the same bits with any number of threads.
int PartsOf(std::ptrdiff_t rows, std::ptrdiff_t least);

// First row of a part; part `parts` begins at `rows`.
inline std::ptrdiff_t PartStart(std::ptrdiff_t rows, int parts, int part) {
  return rows * part / parts;
}

}  // namespace cgan_kd
