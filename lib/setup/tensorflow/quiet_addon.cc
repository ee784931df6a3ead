// The addon that Node and Deno load. It loads the real one (tfjs_tensorflow.so beside it) with standard
// error held back: TensorFlow logs a line about oneDNN while its library is being loaded, before any
// setting could stop it. Whatever else was written meanwhile is passed on.
#include <dlfcn.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>

namespace {

using Register = napi_value (*)(napi_env, napi_value);

// Informational lines of TensorFlow's logger: "I0000 00:00:1795381878.111051 ...", and the notice that
// precedes the first of them.
bool IsStartUpLog(const std::string& line) {
  const char* level = getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level != nullptr && strcmp(level, "0") == 0) return false;  // logs were asked for
  if (line.find("before absl::InitializeLog()") != std::string::npos) return true;
  if (line.find("factory for plugin cu") != std::string::npos) return true;
  return line.size() > 5 && line[0] == 'I' && strspn(line.c_str() + 1, "0123456789") >= 4;
}

class HeldStderr {
 public:
  HeldStderr() : file_(tmpfile()), saved_(dup(2)) {
    if (file_ != nullptr && saved_ >= 0) dup2(fileno(file_), 2);
  }
  ~HeldStderr() {
    if (saved_ < 0) return;
    fflush(stderr);
    dup2(saved_, 2);
    close(saved_);
    if (file_ == nullptr) return;
    rewind(file_);
    std::string line;
    for (int c = getc(file_); c != EOF; c = getc(file_)) {
      line.push_back(static_cast<char>(c));
      if (c == '\n') PassOn(&line);
    }
    PassOn(&line);
    fclose(file_);
  }

 private:
  static void PassOn(std::string* line) {
    if (!line->empty() && !IsStartUpLog(*line)) fputs(line->c_str(), stderr);
    line->clear();
  }
  FILE* file_;
  int saved_;
};

napi_value Fail(napi_env env, const std::string& message) {
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

}  // namespace

extern "C" {

NAPI_MODULE_EXPORT int32_t node_api_module_get_api_version_v1() { return NAPI_VERSION; }

NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&napi_register_module_v1), &self) == 0) {
    return Fail(env, "Cannot load TensorFlow: found no path of the addon");
  }
  std::string path(self.dli_fname);
  path.erase(path.find_last_of('/') + 1).append("tfjs_tensorflow.so");

  HeldStderr held;
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Fail(env, std::string("Cannot load TensorFlow: ") + dlerror());
  auto registered = reinterpret_cast<Register>(dlsym(library, "napi_register_module_v1"));
  if (registered == nullptr) return Fail(env, std::string("Cannot load TensorFlow: ") + dlerror());
  return registered(env, exports);
}

}  // extern "C"
