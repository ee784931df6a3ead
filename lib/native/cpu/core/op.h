// Joins a function to TensorFlow as an operation, through TensorFlow's C interface.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// From tensorflow/c/kernels.h, which asks for headers that only Bazel has.
extern "C" {
typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;
TF_KernelBuilder* TF_NewKernelBuilder(const char* op_name, const char* device_name,
                                      void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*),
                                      void (*destroy)(void*));
void TF_RegisterKernelBuilder(const char* kernel_name, TF_KernelBuilder* builder, TF_Status* status);
int TF_NumInputs(TF_OpKernelContext* context);
void TF_GetInput(TF_OpKernelContext* context, int i, TF_Tensor** tensor, TF_Status* status);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext* context, int index, TF_DataType type,
                             const int64_t* dims, int num_dims, size_t bytes, TF_Status* status);
void TF_OpKernelContext_Failure(TF_OpKernelContext* context, TF_Status* status);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction* construction, TF_Status* status);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction* construction, const char* name,
                                          float* value, TF_Status* status);
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction* construction, const char* name,
                                          int32_t* value, TF_Status* status);
}

namespace cgan_kd {

// The inputs and outputs of one call. Every tensor is float32 unless its name says int32.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context);
  ~Call();
  Call(const Call&) = delete;

  // Entries of input i; valid until the call ends.
  const float* in(int i) { return static_cast<const float*>(TF_TensorData(Input(i))); }
  std::vector<int64_t> shape(int i);
  int64_t size(int i) { return TF_TensorElementCount(Input(i)); }
  int inputs() { return TF_NumInputs(context_); }
  // Makes output i and returns its entries, not yet set.
  float* out(int i, const std::vector<int64_t>& shape);
  bool ok() const { return ok_; }
  // Ends the operation with an error that names the shapes of its inputs, unless the condition holds. An operation asks
  // for all that it relies on before it reads an entry: what holds then costs a few comparisons.
  bool Want(bool condition, const char* message) { return condition || Fail(message); }
  // The same unless input i, `name` in the error, has this shape.
  bool WantShape(int i, const char* name, std::initializer_list<int64_t> wanted) {
    return WantShape(i, name, wanted.begin(), wanted.size());
  }
  bool WantShape(int i, const char* name, const std::vector<int64_t>& wanted) {
    return WantShape(i, name, wanted.data(), wanted.size());
  }
  // `count` inputs from `first` on, [channels] each.
  bool WantVectors(int first, int count, int64_t channels);
  // An input of at least one entry: maps [batch, height, width, channels], or channels after any other axes.
  bool WantMaps(int i, const char* name);
  bool WantPixels(int i, const char* name);
  // As many inputs as lists of 0 or 1 make; TensorFlow does not count them.
  bool WantInputs(int count) { return Want(inputs() == count, "want an input for each of the attributes' lists"); }

 private:
  TF_Tensor* Input(int i);
  bool WantShape(int i, const char* name, const int64_t* wanted, size_t rank);
  bool Fail(const std::string& message);

  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> inputs_;
  std::vector<TF_Tensor*> outputs_;
  bool ok_ = true;
};

// Attributes that some operations have; what an operation does not declare stays as it is here. Integers lie in the
// bounds of op.cc, which are looked at once, when TensorFlow makes the kernel.
struct Attributes {
  float epsilon = 0;
  float momentum = 0;
  float rate = 0;
  int activation = 0;
  int stride = 1;
  int before = 0;  // zeros above and to the left
  int after = 0;   // zeros below and to the right
  int kernel = 1;
  int height = 1;
  int width = 1;
  int groups = 1;
  int biases = 0;  // 0 or 1
  int shortcuts = 0;  // 0 or 1
  int turn_a = 0;  // 0 or 1
  int turn_b = 0;  // 0 or 1
  int bf16 = 0;    // 0 or 1: factors of products are rounded to bfloat16; see pairs.h
};

// Inputs a [..., m] and b [..., n] of the same pixels.
inline bool WantSamePixels(Call& call, int a, int b) {
  if (!call.WantPixels(a, "a") || !call.WantPixels(b, "b")) return false;
  auto pixels = call.shape(a);
  pixels.back() = call.shape(b).back();
  return call.WantShape(b, "b", pixels);
}

using Compute = void (*)(Call&, const Attributes&);

// Inputs, outputs and attributes of an operation, as TensorFlow writes it: "x: float", "epsilon: float".
struct Signature {
  const char* name;
  std::vector<const char*> inputs;
  std::vector<const char*> outputs;
  std::vector<const char*> attributes;
};

using RunKernel = void (*)(void* kernel, TF_OpKernelContext* context);

bool RegisterWith(const Signature& signature, RunKernel run);

// Registers an operation for CPU; returns whether TensorFlow took it.
template <Compute compute>
bool Register(const Signature& signature) {
  return RegisterWith(signature, [](void* attributes, TF_OpKernelContext* context) {
    Call call(context);
    compute(call, *static_cast<Attributes*>(attributes));
  });
}

bool RegisterNorm();
bool RegisterNormJoin();
bool RegisterDepthwise();
bool RegisterConvolution();
bool RegisterFilterGradient();
bool RegisterWinograd();
bool RegisterWinogradFilterGradient();
bool RegisterElementwise();
bool RegisterUpdate();
bool RegisterConditionalNorm();
bool RegisterSpectral();
bool RegisterResidual();
bool RegisterAugment();
bool RegisterAttention();
bool RegisterGroupNorm();
bool RegisterMapGroupNorm();
bool RegisterNormPool();
bool RegisterNormInference();
bool RegisterNormInferencePool();
bool RegisterMaxPool();
bool RegisterBatch();
bool RegisterPointwise();
bool RegisterPointwiseNorm();
bool RegisterDepthwiseNorm();
bool RegisterFewChannels();
bool RegisterJoin();
bool RegisterSqueezeExcite();
bool RegisterProduct();
bool RegisterSums();

}  // namespace cgan_kd
