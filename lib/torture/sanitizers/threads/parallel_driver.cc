// Jobs of every size on the pool of threads that the kernels share, from two callers at once: fewer parts than threads,
// more, and jobs so short that threads wake when nothing is left. Each part adds to a place of its own and, as kernels
// do, reads what the caller wrote before.
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "../../../native/cpu/core/parallel.h"

namespace {

constexpr int kJobs = 3000;
constexpr int kMostParts = 70;

// Returns how many parts were run other than once.
int Caller(int first) {
  int wrong = 0;
  std::vector<int> places(kMostParts);
  for (int job = 0; job < kJobs; job++) {
    const int count = 1 + (first + job * 7) % kMostParts;
    for (int i = 0; i < count; i++) places[i] = job;
    cgan_kd::ParallelFor(count, [&](int i) { places[i] += 1 + i; });
    for (int i = 0; i < count; i++) wrong += places[i] != job + 1 + i;
  }
  return wrong;
}

}  // namespace

int main() {
  int wrong[2] = {0, 0};
  std::thread other([&] { wrong[1] = Caller(31); });
  wrong[0] = Caller(0);
  other.join();
  std::printf("done: %d jobs, %d parts wrong\n", 2 * kJobs, wrong[0] + wrong[1]);
  std::fflush(stdout);
  // The pool's threads wait for ever.
  std::_Exit(wrong[0] + wrong[1] == 0 ? 0 : 1);
}
