#include "op.h"

#include <limits.h>
#include <malloc.h>

#include <cmath>
#include <string>

#include "vector.h"

namespace cgan_kd {
namespace {

// Sides of maps, and all that is multiplied with them, stay far from what 64 bits hold.
constexpr int kMostSide = 1 << 24;
constexpr int kMostStep = 1 << 12;
constexpr size_t kMostNamed = 12;  // inputs in an error

std::string Text(const int64_t* sides, size_t rank) {
  std::string text = "[";
  for (size_t d = 0; d < rank; d++) text += (d > 0 ? ", " : "") + std::to_string(sides[d]);
  return text + "]";
}

// Reads what the operation declares; the status of the others is of no interest. Refuses values that no operation takes.
void* Create(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes();
  TF_Status* status = TF_NewStatus();
  std::string refused;
  const auto refuse = [&](const char* name, const std::string& value, const std::string& wanted) {
    if (refused.empty()) refused = "found " + std::string(name) + " = " + value + ", want " + wanted;
  };
  const auto read_float = [&](const char* name, float* into) {
    float value = *into;
    TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status);
    if (TF_GetCode(status) == TF_OK) *into = value;
  };
  read_float("epsilon", &attributes->epsilon);
  read_float("momentum", &attributes->momentum);
  read_float("rate", &attributes->rate);
  if (!(attributes->rate >= 0 && attributes->rate < 1)) {
    refuse("rate", std::to_string(attributes->rate), "0 or more and less than 1");
  }
  if (!(attributes->epsilon >= 0) || std::isinf(attributes->epsilon)) {
    refuse("epsilon", std::to_string(attributes->epsilon), "a number of 0 or more");
  }
  const auto read = [&](const char* name, int* into, int least, int most) {
    int32_t value = *into;
    TF_OpKernelConstruction_GetAttrInt32(construction, name, &value, status);
    if (TF_GetCode(status) == TF_OK) *into = value;
    if (*into < least || *into > most) {
      refuse(name, std::to_string(*into), std::to_string(least) + " to " + std::to_string(most));
    }
  };
  read("activation", &attributes->activation, 0, 3);
  read("stride", &attributes->stride, 1, kMostStep);
  read("before", &attributes->before, 0, kMostStep);
  read("after", &attributes->after, 0, kMostStep);
  read("kernel", &attributes->kernel, 1, kMostStep);
  read("height", &attributes->height, 1, kMostSide);
  read("width", &attributes->width, 1, kMostSide);
  read("groups", &attributes->groups, 1, kMostSide);
  read("biases", &attributes->biases, 0, 1);
  read("shortcuts", &attributes->shortcuts, 0, 1);
  read("turn_a", &attributes->turn_a, 0, 1);
  read("turn_b", &attributes->turn_b, 0, 1);
  read("bf16", &attributes->bf16, 0, 1);
  if (!refused.empty()) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, refused.c_str());
    TF_OpKernelConstruction_Failure(construction, status);
  }
  TF_DeleteStatus(status);
  return attributes;
}

void Delete(void* attributes) { delete static_cast<Attributes*>(attributes); }

}  // namespace

Call::Call(TF_OpKernelContext* context)
    : context_(context), status_(TF_NewStatus()), inputs_(TF_NumInputs(context), nullptr) {}

Call::~Call() {
  for (TF_Tensor* tensor : inputs_) {
    if (tensor != nullptr) TF_DeleteTensor(tensor);
  }
  for (TF_Tensor* tensor : outputs_) TF_DeleteTensor(tensor);
  TF_DeleteStatus(status_);
}

TF_Tensor* Call::Input(int i) {
  if (inputs_[i] == nullptr) TF_GetInput(context_, i, &inputs_[i], status_);
  return inputs_[i];
}

std::vector<int64_t> Call::shape(int i) {
  TF_Tensor* tensor = Input(i);
  std::vector<int64_t> sides(TF_NumDims(tensor));
  for (size_t d = 0; d < sides.size(); d++) sides[d] = TF_Dim(tensor, static_cast<int>(d));
  return sides;
}

float* Call::out(int i, const std::vector<int64_t>& shape) {
  int64_t size = 1;
  for (int64_t side : shape) size *= side;
  TF_Tensor* tensor = TF_AllocateOutput(context_, i, TF_FLOAT, shape.data(),
                                        static_cast<int>(shape.size()), size * sizeof(float), status_);
  if (!Want(TF_GetCode(status_) == TF_OK && tensor != nullptr, "no memory for a result")) {
    return nullptr;
  }
  outputs_.push_back(tensor);
  return static_cast<float*>(TF_TensorData(tensor));
}

bool Call::WantShape(int i, const char* name, const int64_t* wanted, size_t rank) {
  TF_Tensor* tensor = Input(i);
  bool is_same = static_cast<size_t>(TF_NumDims(tensor)) == rank;
  for (size_t d = 0; d < rank && is_same; d++) is_same = TF_Dim(tensor, static_cast<int>(d)) == wanted[d];
  return is_same || Fail("want " + std::string(name) + " of shape " + Text(wanted, rank));
}

bool Call::WantVectors(int first, int count, int64_t channels) {
  for (int i = first; i < first + count; i++) {
    TF_Tensor* vector = Input(i);
    if (TF_NumDims(vector) == 1 && TF_Dim(vector, 0) == channels) continue;
    return Fail("want input " + std::to_string(i + 1) + " of shape [" + std::to_string(channels) +
                "], a number per channel");
  }
  return true;
}

bool Call::WantMaps(int i, const char* name) {
  return (TF_NumDims(Input(i)) == 4 && size(i) > 0) ||
         Fail("want " + std::string(name) + " of rank 4, [batch, height, width, channels], each 1 or more");
}

bool Call::WantPixels(int i, const char* name) {
  return (TF_NumDims(Input(i)) >= 1 && size(i) > 0) ||
         Fail("want " + std::string(name) + " of rank 1 or more, [..., channels], each 1 or more");
}

bool Call::Fail(const std::string& message) {
  if (!ok_) return false;
  ok_ = false;
  std::string found = "found inputs";
  for (size_t i = 0; i < inputs_.size() && i < kMostNamed; i++) {
    const auto sides = shape(static_cast<int>(i));
    found += (i > 0 ? ", " : " ") + Text(sides.data(), sides.size());
  }
  if (inputs_.size() > kMostNamed) found += " and " + std::to_string(inputs_.size() - kMostNamed) + " more";
  TF_SetStatus(status_, TF_INVALID_ARGUMENT, (found + ": " + message).c_str());
  TF_OpKernelContext_Failure(context_, status_);
  return false;
}

bool RegisterWith(const Signature& signature, RunKernel run) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(signature.name);
  for (const char* input : signature.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : signature.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : signature.attributes) {
    TF_OpDefinitionBuilderAddAttr(definition, attribute);
  }
  TF_OpDefinitionBuilderSetShapeInferenceFunction(
      definition, [](TF_ShapeInferenceContext* context, TF_Status* status) {
        TF_ShapeInferenceContextSetUnknownShape(context, status);
      });
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(definition, status);
  bool taken = TF_GetCode(status) == TF_OK;
  if (taken) {
    TF_KernelBuilder* builder = TF_NewKernelBuilder(signature.name, "CPU", Create, run, Delete);
    TF_RegisterKernelBuilder(signature.name, builder, status);
    taken = TF_GetCode(status) == TF_OK;
  }
  TF_DeleteStatus(status);
  return taken;
}

}  // namespace cgan_kd

namespace cgan_kd {
namespace {

bool Start() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return false;
#if defined(__AVX512F__)
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512bw")) {
    return false;
  }
#endif
#if defined(__AVX512BF16__)
  if (!__builtin_cpu_supports("avx512bf16")) return false;
#endif
#endif
  // Maps of tens of megabytes live for milliseconds. By default each is fetched from the system page by
  // page and given back; kept, the next one finds its pages in place.
  mallopt(M_MMAP_THRESHOLD, INT_MAX);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  return RegisterNorm() && RegisterNormJoin() && RegisterDepthwise() && RegisterConvolution() &&
         RegisterFilterGradient() && RegisterWinograd() && RegisterWinogradFilterGradient() &&
         RegisterElementwise() && RegisterUpdate() && RegisterConditionalNorm() &&
         RegisterSpectral() && RegisterResidual() && RegisterAugment() && RegisterAttention() &&
         RegisterGroupNorm() && RegisterMapGroupNorm() && RegisterNormPool() && RegisterNormInference() &&
         RegisterNormInferencePool() && RegisterMaxPool() &&
         RegisterBatch() && RegisterPointwise() && RegisterPointwiseNorm() && RegisterDepthwiseNorm() &&
         RegisterFewChannels() && RegisterJoin() && RegisterSqueezeExcite() && RegisterProduct() &&
         RegisterSums();
}

}  // namespace
}  // namespace cgan_kd

// Called after TensorFlow was loaded, once or more: workers of one process share its registry. Returns how many floats
// the longest vector holds when every operation was taken, 0 on processors without the instructions that this was
// compiled for.
extern "C" int cgan_kd_register() {
  static const bool started = cgan_kd::Start();
  return started ? cgan_kd::kLong : 0;
}

// What products of bfloat16 numbers are here: 0 not there, 1 there and slower than those of floats, 2 quicker. Known by
// the maker, as a measurement would fall this way today and that way tomorrow: AMD's processors start a vdpbf16ps in
// every cycle, as they do a multiply-add of floats; Intel's start one in two cycles beside four of those.
extern "C" int cgan_kd_bf16() {
#if defined(__AVX512BF16__)
  return __builtin_cpu_is("amd") ? 2 : 1;
#else
  return 0;
#endif
}
