// The part of TensorFlow's C interface that the kernels call, in memory of this process: tensors of exactly their size, so
// that a sanitizer sees an access beside them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tensorflow/c/tf_tensor.h"

struct TF_Tensor {
  TF_DataType type = TF_FLOAT;
  std::vector<int64_t> sides;
  void* data = nullptr;
  int64_t count() const;
  TF_Tensor(TF_DataType type, std::vector<int64_t> sides);
  ~TF_Tensor();
  TF_Tensor(const TF_Tensor&) = delete;
};

// Attributes of a kernel, by name.
struct TF_OpKernelConstruction {
  std::map<std::string, double> attributes;
  bool failed = false;
};

// One call: inputs, and the outputs that the kernel asked for.
struct TF_OpKernelContext {
  std::vector<TF_Tensor*> inputs;
  std::map<int, TF_Tensor*> outputs;
  bool failed = false;
  std::string message;  // of the failure
};

// What a kernel registered.
struct Kernel {
  void* (*create)(TF_OpKernelConstruction*) = nullptr;
  void (*compute)(void*, TF_OpKernelContext*) = nullptr;
  void (*destroy)(void*) = nullptr;
  // As the operation declares them: "x: float", "weights: N * float".
  std::vector<std::string> inputs;
  // TensorFlow counts inputs and looks at their types before it calls a kernel; lists it does not count.
  bool Takes(const std::vector<bool>& are_floats) const;
};

// By name of the operation.
std::map<std::string, Kernel>& Kernels();

// What outputs hold before a kernel sets them: a number that is none, and that no kernel computes.
constexpr uint32_t kUnset = 0x7fc0dead;
