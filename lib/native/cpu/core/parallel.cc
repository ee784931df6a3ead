#include "parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace cgan_kd {
namespace {

constexpr int kMostParts = 64;

// The number that TensorFlow takes.
int CountThreads() {
  const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
  if (wanted != nullptr && std::atoi(wanted) > 0) return std::atoi(wanted);
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return std::max(1u, std::thread::hardware_concurrency());
}

// The kernels of a step follow each other within microseconds, and to wake a sleeping thread takes a hundred, as long as
// many a kernel: who waits stays awake for this long.
constexpr std::chrono::microseconds kAwake(500);

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits, awake, until the condition holds or `kAwake` is over; whoever else wants the core gets it.
template <typename Condition>
void StayAwake(const Condition& holds) {
  const auto end = std::chrono::steady_clock::now() + kAwake;
  while (!holds()) {
    for (int i = 0; i < 32 && !holds(); i++) Pause();
    if (std::chrono::steady_clock::now() > end) return;
    sched_yield();
  }
}

// One job at a time: the caller works too and waits until every worker has left the job.
class Pool {
 public:
  Pool() {
    const int workers = std::min(CountThreads(), kMostParts) - 1;
    for (int i = 0; i < workers; i++) std::thread(&Pool::Work, this).detach();
    workers_ = workers;
  }

  void Run(int count, const std::function<void(int)>& body) {
    std::lock_guard<std::mutex> one_at_a_time(callers_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      body_ = &body;
      count_ = count;
      next_ = 0;
      seats_ = std::min(workers_, count - 1);
      generation_++;
    }
    wake_.notify_all();
    Take(count, body);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      seats_ = 0;  // whoever wakes now finds nothing left to do
    }
    StayAwake([this] { return inside_ == 0; });
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return inside_ == 0; });
  }

 private:
  void Take(int count, const std::function<void(int)>& body) {
    for (int i = next_++; i < count; i = next_++) body(i);
  }

  void Work() {
    unsigned seen = 0;
    while (true) {
      StayAwake([&] { return generation_ != seen; });
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return generation_ != seen; });
      seen = generation_;
      if (seats_ == 0) continue;
      seats_--;
      inside_++;
      const std::function<void(int)>& body = *body_;
      const int count = count_;
      lock.unlock();
      Take(count, body);
      lock.lock();
      if (--inside_ == 0) done_.notify_one();
    }
  }

  std::mutex callers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(int)>* body_ = nullptr;
  std::atomic<int> next_{0};
  int count_ = 0;
  int workers_ = 0;
  int seats_ = 0;
  std::atomic<int> inside_{0};
  std::atomic<unsigned> generation_{0};
};

}  // namespace

void ParallelFor(int count, const std::function<void(int)>& body) {
  if (count == 1) return body(0);
  // Never destroyed: its threads live as long as the process.
  static Pool* pool = new Pool();
  pool->Run(count, body);
}

int PartsOf(std::ptrdiff_t rows, std::ptrdiff_t least) {
  const std::ptrdiff_t parts = rows / std::max<std::ptrdiff_t>(1, least);
  return static_cast<int>(std::clamp<std::ptrdiff_t>(parts, 1, kMostParts));
}

}  // namespace cgan_kd
