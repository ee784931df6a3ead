#include "tensorflow_stand_in.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"

namespace {

// As TensorFlow aligns its memory.
constexpr size_t kAlignment = 64;

}  // namespace

// TensorFlow's own name of TF_Status.
struct TSL_Status {
  TF_Code code = TF_OK;
  std::string message;
};

struct TF_OpDefinitionBuilder {
  std::string name;
  std::vector<std::string> inputs;
};

struct TF_KernelBuilder {
  std::string name;
  Kernel kernel;
};

std::map<std::string, Kernel>& Kernels() {
  static auto* kernels = new std::map<std::string, Kernel>();
  return *kernels;
}

bool Kernel::Takes(const std::vector<bool>& are_floats) const {
  for (const std::string& input : inputs) {
    if (input.find('*') != std::string::npos) return true;
  }
  if (are_floats.size() != inputs.size()) return false;
  for (size_t i = 0; i < inputs.size(); i++) {
    if (are_floats[i] != (inputs[i].find("float") != std::string::npos)) return false;
  }
  return true;
}

int64_t TF_Tensor::count() const {
  int64_t count = 1;
  for (int64_t side : sides) count *= side;
  return count;
}

TF_Tensor::TF_Tensor(TF_DataType type, std::vector<int64_t> sides) : type(type), sides(std::move(sides)) {
  const size_t bytes = static_cast<size_t>(count()) * sizeof(float);
  if (posix_memalign(&data, kAlignment, std::max<size_t>(bytes, 1)) != 0) throw std::bad_alloc();
}

TF_Tensor::~TF_Tensor() { free(data); }

extern "C" {

TF_Status* TF_NewStatus() { return new TF_Status(); }
void TF_DeleteStatus(TF_Status* status) { delete status; }
TF_Code TF_GetCode(const TF_Status* status) { return status->code; }
void TF_SetStatus(TF_Status* status, TF_Code code, const char* message) {
  status->code = code;
  status->message = message;
}

void* TF_TensorData(const TF_Tensor* tensor) { return tensor->data; }
int TF_NumDims(const TF_Tensor* tensor) { return static_cast<int>(tensor->sides.size()); }
int64_t TF_Dim(const TF_Tensor* tensor, int axis) { return tensor->sides[axis]; }
int64_t TF_TensorElementCount(const TF_Tensor* tensor) { return tensor->count(); }
// Kernels give back what they borrow; the driver owns it.
void TF_DeleteTensor(TF_Tensor*) {}

int TF_NumInputs(TF_OpKernelContext* context) { return static_cast<int>(context->inputs.size()); }
void TF_GetInput(TF_OpKernelContext* context, int i, TF_Tensor** tensor, TF_Status*) {
  // Throws where a kernel asks for an input that it was not given.
  *tensor = context->inputs.at(i);
}
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext* context, int index, TF_DataType type, const int64_t* sides,
                             int rank, size_t, TF_Status*) {
  auto*& output = context->outputs[index];
  delete output;
  output = new TF_Tensor(type, std::vector<int64_t>(sides, sides + rank));
  std::fill_n(static_cast<uint32_t*>(output->data), output->count(), kUnset);
  return output;
}
void TF_OpKernelContext_Failure(TF_OpKernelContext* context, TF_Status* status) {
  context->failed = true;
  context->message = status->message;
}

void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction* construction, TF_Status*) {
  construction->failed = true;
}
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction* construction, const char* name, float* value,
                                          TF_Status* status) {
  const auto found = construction->attributes.find(name);
  status->code = found == construction->attributes.end() ? TF_NOT_FOUND : TF_OK;
  if (status->code == TF_OK) *value = static_cast<float>(found->second);
}
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction* construction, const char* name, int32_t* value,
                                          TF_Status* status) {
  const auto found = construction->attributes.find(name);
  status->code = found == construction->attributes.end() ? TF_NOT_FOUND : TF_OK;
  if (status->code == TF_OK) *value = static_cast<int32_t>(found->second);
}

TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char* name) {
  return new TF_OpDefinitionBuilder{name, {}};
}
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder* builder, const char* input) {
  builder->inputs.push_back(input);
}
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char*) {}
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char*) {}
void TF_OpDefinitionBuilderSetShapeInferenceFunction(
    TF_OpDefinitionBuilder*, void (*)(TF_ShapeInferenceContext*, TF_Status*)) {}
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext*, TF_Status*) {}
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder* builder, TF_Status* status) {
  Kernels()[builder->name].inputs = builder->inputs;
  delete builder;
  status->code = TF_OK;
}

TF_KernelBuilder* TF_NewKernelBuilder(const char* name, const char*, void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*)) {
  return new TF_KernelBuilder{name, {create, compute, destroy, {}}};
}
void TF_RegisterKernelBuilder(const char*, TF_KernelBuilder* builder, TF_Status* status) {
  auto& kernel = Kernels()[builder->name];
  builder->kernel.inputs = kernel.inputs;
  kernel = builder->kernel;
  delete builder;
  status->code = TF_OK;
}

}  // extern "C"
