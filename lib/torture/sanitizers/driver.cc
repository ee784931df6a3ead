// Calls every kernel as a list of calls says, and again with other sides: sizes that no vector divides, single pixels,
// sides that do not fit each other. A kernel must compute or refuse; a sanitizer watches what it touches.
//
//   driver CALLS VARIATIONS SEED
//
// Prints how many calls were computed and refused, and a hash of all results.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <sstream>

#include "tensorflow_stand_in.h"

extern "C" int cgan_kd_register();

namespace {

struct Input {
  bool is_float = true;
  std::vector<int64_t> sides;
  std::vector<int32_t> values;  // of integers; none: any
};

struct Call {
  std::string name;
  std::map<std::string, double> attributes;
  std::vector<Input> inputs;
  std::string text;
};

// A call's entries at most: a variation must not take minutes.
constexpr int64_t kMostEntries = 400000;
constexpr int64_t kSides[] = {1, 2, 3, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33, 65};
constexpr int32_t kIntegers[] = {0, 1, -1, 2, 7, 1 << 30, -(1 << 30)};

template <typename Value, typename Parse>
std::vector<Value> ListOf(const std::string& text, const Parse& parse) {
  std::vector<Value> list;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) list.push_back(parse(part));
  return list;
}

Call ParseCall(const std::string& line) {
  Call call;
  call.text = line;
  std::stringstream stream(line);
  stream >> call.name;
  for (std::string word; stream >> word;) {
    const size_t equals = word.find('=');
    if (word.rfind("f:", 0) != 0 && word.rfind("i:", 0) != 0) {
      call.attributes[word.substr(0, equals)] = std::atof(word.c_str() + equals + 1);
      continue;
    }
    Input input;
    input.is_float = word[0] == 'f';
    const std::string sides = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    input.sides = ListOf<int64_t>(sides, [](const std::string& s) { return std::atoll(s.c_str()); });
    if (!input.is_float && equals != std::string::npos) {
      input.values = ListOf<int32_t>(word.substr(equals + 1), [](const std::string& s) { return std::atoi(s.c_str()); });
    }
    call.inputs.push_back(input);
  }
  return call;
}

using Random = std::mt19937;

int Pick(Random& random, int count) { return static_cast<int>(random() % count); }

// Another size wherever one stands, so that shapes still fit each other; or in one place only, so that they do not.
void ChangeSides(Call* call, Random& random) {
  std::vector<int64_t*> places;
  for (Input& input : call->inputs) {
    for (int64_t& side : input.sides) places.push_back(&side);
  }
  if (places.empty()) return;
  const int64_t other = kSides[Pick(random, sizeof(kSides) / sizeof(kSides[0]))];
  int64_t& chosen = *places[Pick(random, static_cast<int>(places.size()))];
  const int64_t old = chosen;
  if (Pick(random, 4) == 0) {
    chosen = other;
    return;
  }
  for (int64_t* place : places) {
    if (*place == old) *place = other;
  }
  for (Input& input : call->inputs) {
    for (int32_t& value : input.values) {
      if (value == old) value = static_cast<int32_t>(other);
    }
  }
  for (auto& [name, value] : call->attributes) {
    if (value == static_cast<double>(old) && (name == "height" || name == "width")) value = static_cast<double>(other);
  }
}

void Vary(Call* call, Random& random) {
  for (int k = 1 + Pick(random, 3); k > 0; k--) ChangeSides(call, random);
  if (Pick(random, 8) == 0 && !call->attributes.empty()) {
    auto place = call->attributes.begin();
    std::advance(place, Pick(random, static_cast<int>(call->attributes.size())));
    place->second = Pick(random, 6) - 1;
  }
  if (Pick(random, 8) == 0 && !call->inputs.empty()) {
    Input& input = call->inputs[Pick(random, static_cast<int>(call->inputs.size()))];
    if (Pick(random, 2) == 0) input.sides.push_back(1);
    else if (!input.sides.empty()) input.sides.pop_back();
  }
  if (Pick(random, 8) == 0) {
    for (Input& input : call->inputs) {
      if (input.values.empty()) continue;
      const int32_t other = kIntegers[Pick(random, sizeof(kIntegers) / sizeof(kIntegers[0]))];
      input.values[Pick(random, static_cast<int>(input.values.size()))] = other;
    }
  }
}

void Fill(TF_Tensor* tensor, const Input& input, Random& random) {
  const int64_t count = tensor->count();
  if (!input.is_float) {
    auto* to = static_cast<int32_t*>(tensor->data);
    for (int64_t i = 0; i < count; i++) {
      to[i] = i < static_cast<int64_t>(input.values.size()) ? input.values[i] : static_cast<int32_t>(random());
    }
    return;
  }
  auto* to = static_cast<float*>(tensor->data);
  // Mostly small numbers; now and then what a training that goes wrong has.
  const float odd[] = {INFINITY, -INFINITY, NAN, 3e38f, -3e38f, 1e-42f, 0.0f, -0.0f};
  const bool is_odd = Pick(random, 10) == 0;
  for (int64_t i = 0; i < count; i++) {
    to[i] = static_cast<float>(random()) / 2147483648.0f - 1;
    if (is_odd && Pick(random, 16) == 0) to[i] = odd[Pick(random, 8)];
  }
}

struct Totals {
  int computed = 0, refused = 0;
  uint64_t hash = 1469598103934665603u;
  std::set<std::string> computed_names;
};

void Run(const Call& call, Random& random, Totals* totals) {
  const auto found = Kernels().find(call.name);
  if (found == Kernels().end()) {
    std::fprintf(stderr, "no kernel %s\n", call.name.c_str());
    std::exit(2);
  }
  int64_t entries = 0;
  std::vector<bool> are_floats;
  for (const Input& input : call.inputs) {
    are_floats.push_back(input.is_float);
    int64_t count = 1;
    for (int64_t side : input.sides) count *= side;
    entries += count;
  }
  if (entries > kMostEntries || !found->second.Takes(are_floats)) {
    std::printf("  passed over: too large, or TensorFlow itself refuses it\n");
    return;
  }
  TF_OpKernelConstruction construction;
  construction.attributes = call.attributes;
  void* kernel = found->second.create(&construction);
  std::vector<std::unique_ptr<TF_Tensor>> owned;
  TF_OpKernelContext context;
  for (const Input& input : call.inputs) {
    owned.push_back(std::make_unique<TF_Tensor>(input.is_float ? TF_FLOAT : TF_INT32, input.sides));
    Fill(owned.back().get(), input, random);
    context.inputs.push_back(owned.back().get());
  }
  if (!construction.failed) found->second.compute(kernel, &context);
  found->second.destroy(kernel);
  const bool is_refused = construction.failed || context.failed;
  (is_refused ? totals->refused : totals->computed)++;
  if (!is_refused) totals->computed_names.insert(call.name);
  if (is_refused) std::printf("  refused: %s\n", construction.failed ? "its attributes" : context.message.c_str());
  for (auto& [index, output] : context.outputs) {
    const auto* bits = static_cast<const uint32_t*>(output->data);
    for (int64_t i = 0; i < output->count() && !is_refused; i++) {
      if (bits[i] == kUnset) {
        std::fprintf(stderr, "entry %lld of output %d is not set\n", static_cast<long long>(i), index);
        std::abort();
      }
      // What a number that is none holds beside that is left to the processor.
      const bool is_none = (bits[i] & 0x7fffffff) > 0x7f800000;
      totals->hash = (totals->hash ^ (is_none ? 0x7fc00000 : bits[i])) * 1099511628211u;
    }
    delete output;
  }
}

std::string Words(const Call& call) {
  std::stringstream text;
  text.precision(10);
  text << call.name;
  for (const auto& [name, value] : call.attributes) text << ' ' << name << '=' << value;
  for (const Input& input : call.inputs) {
    text << ' ' << (input.is_float ? 'f' : 'i') << ':';
    for (size_t d = 0; d < input.sides.size(); d++) text << (d > 0 ? "," : "") << input.sides[d];
    for (size_t i = 0; i < input.values.size(); i++) text << (i > 0 ? ',' : '=') << input.values[i];
  }
  return text.str();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  if (cgan_kd_register() == 0) {
    std::fprintf(stderr, "this processor lacks what the kernels were compiled for\n");
    return 3;
  }
  const int variations = std::atoi(arguments[2]);
  Random random(static_cast<unsigned>(std::atoi(arguments[3])));
  std::ifstream lines(arguments[1]);
  Totals totals;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const Call call = ParseCall(line);
    for (int k = 0; k <= variations; k++) {
      Call varied = call;
      if (k > 0) Vary(&varied, random);
      // If the process ends in this call, this is its last line.
      std::printf("%s\n", Words(varied).c_str());
      std::fflush(stdout);
      Run(varied, random, &totals);
    }
  }
  for (const auto& [name, kernel] : Kernels()) {
    if (totals.computed_names.count(name) == 0) std::printf("never computed: %s\n", name.c_str());
  }
  std::printf("done: %d computed, %d refused, hash %016llx\n", totals.computed, totals.refused,
              static_cast<unsigned long long>(totals.hash));
  return 0;
}
