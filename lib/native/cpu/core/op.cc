#include "op.h"

#include <limits.h>
#include <malloc.h>

#include "vector.h"

namespace cgan_kd {
namespace {

// Reads what the operation declares; the status of the others is of no interest.
void* Create(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes();
  TF_Status* status = TF_NewStatus();
  const auto read_float = [&](const char* name, float* into) {
    float value = *into;
    TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status);
    if (TF_GetCode(status) == TF_OK) *into = value;
  };
  read_float("epsilon", &attributes->epsilon);
  read_float("momentum", &attributes->momentum);
  read_float("rate", &attributes->rate);
  const auto read = [&](const char* name, int* into) {
    int32_t value = *into;
    TF_OpKernelConstruction_GetAttrInt32(construction, name, &value, status);
    if (TF_GetCode(status) == TF_OK) *into = value;
  };
  read("activation", &attributes->activation);
  read("stride", &attributes->stride);
  read("before", &attributes->before);
  read("after", &attributes->after);
  read("kernel", &attributes->kernel);
  read("height", &attributes->height);
  read("width", &attributes->width);
  read("groups", &attributes->groups);
  read("biases", &attributes->biases);
  read("shortcuts", &attributes->shortcuts);
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

bool Call::Want(bool condition, const char* message) {
  if (condition || !ok_) return condition;
  ok_ = false;
  TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
  TF_OpKernelContext_Failure(context_, status_);
  return false;
}

bool Call::WantEach(int first, int last, int64_t size, const char* message) {
  bool fits = true;
  for (int i = first; i <= last; i++) fits = fits && this->size(i) == size;
  return Want(fits, message);
}

bool Call::WantCountable(const Attributes& attributes, bool takes_scalars) {
  bool ranked = true;
  if (!takes_scalars) {
    for (int i = 0; i < inputs(); i++) ranked = ranked && TF_NumDims(Input(i)) > 0;
  }
  return Want(ranked, "want inputs of rank 1 at least") &&
         Want(attributes.stride > 0, "want a stride of 1 at least") &&
         Want(attributes.kernel >= 0 && attributes.height >= 0 && attributes.width >= 0 && attributes.groups >= 0 &&
                  attributes.before >= 0 && attributes.after >= 0,
              "want sizes and paddings of 0 at least");
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
         RegisterFewChannels() && RegisterJoin() && RegisterSqueezeExcite();
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
