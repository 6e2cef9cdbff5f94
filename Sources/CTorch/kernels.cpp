// Compiles the kernels of kernel_text.hpp with NVRTC for the GPU of this machine, and launches them.
#include "kernels.hpp"

#if EASEL_CUDA
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <mutex>
#include <unordered_map>

#include "kernel_text.hpp"
#endif

using namespace easel;

#if EASEL_CUDA

namespace {

/// The functions of NVRTC that are used, declared here because its header is not needed otherwise.
struct Compiler {
  using Program = void *;
  int (*version)(int *, int *) = nullptr;
  int (*create)(Program *, const char *, const char *, int, const char *const *, const char *const *) = nullptr;
  int (*compile)(Program, int, const char *const *) = nullptr;
  int (*log_size)(Program, size_t *) = nullptr;
  int (*log)(Program, char *) = nullptr;
  int (*cubin_size)(Program, size_t *) = nullptr;
  int (*cubin)(Program, char *) = nullptr;
  int (*destroy)(Program *) = nullptr;
};

template <typename Function>
void find(void *library, const char *name, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  TORCH_CHECK(function, "NVRTC has no ", name);
}

/// The folder of the loaded library that contains a symbol, with its last slash.
std::string folder_of(void *symbol) {
  Dl_info info;
  if (!symbol || !dladdr(symbol, &info) || !info.dli_fname) return "";
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1);
}

Compiler open_compiler() {
  // NVIDIA's packages put NVRTC beside the CUDA runtime, or into a folder beside the runtime's or libtorch's. The library
  // libcaffe2_nvrtc of libtorch also knows where it is.
  const std::string runtime = folder_of(dlsym(RTLD_DEFAULT, "cudaGetDeviceCount"));
  const std::string torch = folder_of(reinterpret_cast<void *>(&c10::cuda::device_count));
  void *library = nullptr;
  auto search = [&](const std::vector<std::string> &folders) {
    for (const auto &folder : folders) {
      for (const char *name : {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"}) {
        if (!library) library = dlopen((folder + name).c_str(), RTLD_NOW);
      }
    }
  };
  search({runtime, runtime + "../../cuda_nvrtc/lib/", torch + "../../nvidia/cu13/lib/", ""});
  if (!library && dlopen((torch + "libcaffe2_nvrtc.so").c_str(), RTLD_NOW)) search({""});
  TORCH_CHECK(library, "NVIDIA's libnvrtc.so.13 is not found beside libcudart, beside libtorch or in LD_LIBRARY_PATH");
  Compiler compiler;
  find(library, "nvrtcVersion", compiler.version);
  find(library, "nvrtcCreateProgram", compiler.create);
  find(library, "nvrtcCompileProgram", compiler.compile);
  find(library, "nvrtcGetProgramLogSize", compiler.log_size);
  find(library, "nvrtcGetProgramLog", compiler.log);
  find(library, "nvrtcGetCUBINSize", compiler.cubin_size);
  find(library, "nvrtcGetCUBIN", compiler.cubin);
  find(library, "nvrtcDestroyProgram", compiler.destroy);
  // NVRTC loads its second library by name only, so it must be loaded before if it is in no usual folder.
  int major = 0, minor = 0;
  compiler.version(&major, &minor);
  const auto folder = folder_of(reinterpret_cast<void *>(compiler.version));
  dlopen((folder + "libnvrtc-builtins.so." + std::to_string(major) + "." + std::to_string(minor)).c_str(), RTLD_NOW);
  return compiler;
}

int attribute(int device, cudaDeviceAttr name) {
  int value = 0;
  const auto status = cudaDeviceGetAttribute(&value, name, device);
  TORCH_CHECK(status == cudaSuccess, cudaGetErrorString(status));
  return value;
}

std::vector<char> compiled(int device) {
  static const Compiler compiler = open_compiler();
  const int capability =
      10 * attribute(device, cudaDevAttrComputeCapabilityMajor) + attribute(device, cudaDevAttrComputeCapabilityMinor);
  const auto architecture = "--gpu-architecture=sm_" + std::to_string(capability);
  Compiler::Program program = nullptr;
  TORCH_CHECK(compiler.create(&program, kernel_text().c_str(), "kernels.cu", 0, nullptr, nullptr) == 0, "NVRTC does not start");
  const char *options[] = {architecture.c_str(), "--std=c++17"};
  const int status = compiler.compile(program, 2, options);
  std::vector<char> code;
  std::string log;
  size_t size = 0;
  if (status == 0) {
    compiler.cubin_size(program, &size);
    code.resize(size);
    compiler.cubin(program, code.data());
  } else {
    compiler.log_size(program, &size);
    log.resize(size);
    if (size > 0) compiler.log(program, log.data());
  }
  compiler.destroy(&program);
  TORCH_CHECK(status == 0, "NVRTC does not compile the kernels for sm_", capability, ": ", log.substr(0, log.find('\n')));
  return code;
}

/// The kernels of one device, or why there are none.
struct Loaded {
  cudaLibrary_t library = nullptr;
  std::string reason;
  int multiprocessors = 1;
  std::unordered_map<std::string, cudaKernel_t> kernels;
};

std::mutex mutex;

/// The caller holds the mutex. The first call for a device compiles, which takes seconds.
Loaded &loaded(int device) {
  static std::unordered_map<int, Loaded> all;
  auto found = all.find(device);
  if (found != all.end()) return found->second;
  auto &entry = all[device];
  try {
    c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    entry.multiprocessors = attribute(device, cudaDevAttrMultiProcessorCount);
    const auto code = compiled(device);
    const auto status = cudaLibraryLoadData(&entry.library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0);
    TORCH_CHECK(status == cudaSuccess, "the compiled kernels cannot be loaded: ", cudaGetErrorString(status));
  } catch (const c10::Error &error) {
    entry.library = nullptr;
    entry.reason = error.what_without_backtrace();
    cudaGetLastError();
  }
  return entry;
}

}  // namespace

namespace easel {

bool has_kernels(const at::Tensor &x) {
  if (!x.is_cuda() || x.dim() != 4 || x.numel() == 0) return false;
  const auto type = x.scalar_type();
  if (type != at::kFloat && type != at::kBFloat16 && type != at::kHalf) return false;
  // Sums of all channels are kept in shared memory; sizes of images and of grids are 32 and 16 bits wide.
  if (x.size(1) > 2048 || x.size(0) > 65535 || x.size(2) > 65000 || x.size(2) * x.size(3) > 1 << 30) return false;
  return has_kernels(x.device());
}

bool has_kernels(at::Device device) {
  if (!device.is_cuda()) return false;
  std::lock_guard<std::mutex> lock(mutex);
  return loaded(device.index()).library != nullptr;
}

void launch(const std::string &name, const at::Tensor &on, Extent grid, Extent block, size_t shared, void **arguments) {
  c10::cuda::CUDAGuard guard(on.device());
  cudaKernel_t kernel = nullptr;
  {
    std::lock_guard<std::mutex> lock(mutex);
    auto &entry = loaded(on.get_device());
    TORCH_CHECK(entry.library, "the CUDA kernels cannot be used: ", entry.reason);
    auto &known = entry.kernels[name];
    if (!known) {
      const auto status = cudaLibraryGetKernel(&known, entry.library, name.c_str());
      TORCH_CHECK(status == cudaSuccess, "there is no CUDA kernel ", name, ": ", cudaGetErrorString(status));
    }
    kernel = known;
  }
  const auto status = cudaLaunchKernel(reinterpret_cast<const void *>(kernel), dim3(grid.x, grid.y, grid.z),
                                       dim3(block.x, block.y, block.z), arguments, shared, c10::cuda::getCurrentCUDAStream());
  TORCH_CHECK(status == cudaSuccess, "the CUDA kernel ", name, " does not start: ", cudaGetErrorString(status));
}

int64_t multiprocessors(const at::Tensor &on) {
  std::lock_guard<std::mutex> lock(mutex);
  return loaded(on.get_device()).multiprocessors;
}

const char *type_name(const at::Tensor &x) {
  return x.scalar_type() == at::kFloat ? "float" : x.scalar_type() == at::kHalf ? "float16" : "bfloat16";
}

Division::Division(const at::Tensor &x, std::initializer_list<const at::Tensor *> others)
    : pixels(static_cast<int>(x.size(2) * x.size(3))),
      channels(static_cast<int>(x.size(1))),
      images(static_cast<int>(x.size(0))),
      pack(static_cast<int>(16 / x.element_size())) {
  auto aligned = [](const at::Tensor &tensor) { return reinterpret_cast<uintptr_t>(tensor.data_ptr()) % 16 == 0; };
  wide = channels % pack == 0 && aligned(x) &&
         std::all_of(others.begin(), others.end(), [&](const at::Tensor *other) { return aligned(*other); });
  if (!wide) pack = 1;
  const unsigned packs = static_cast<unsigned>(channels / pack);
  block.x = std::min(packs, wide ? 8u : 32u);
  block.y = 256 / block.x;
  groups = (packs + block.x - 1) / block.x;
}

Extent Division::grid(int64_t blocks) const {
  const int64_t most = (pixels + 2 * block.y - 1) / (2 * block.y);
  const int64_t slabs = std::max<int64_t>(1, std::min<int64_t>(most, blocks / (int64_t{groups} * images)));
  return {static_cast<unsigned>(slabs), groups, static_cast<unsigned>(images)};
}

std::string Division::kernel(const char *name, const at::Tensor &x) const {
  return std::string(name) + "_" + type_name(x) + (wide ? "_wide" : "_single");
}

}  // namespace easel

#else

namespace easel {

bool has_kernels(const at::Tensor &) { return false; }

bool has_kernels(at::Device) { return false; }

}  // namespace easel

#endif

bool ctorch_cuda_kernels(ctorch_device device, ctorch_error error) {
  return done(error, [&] {
#if EASEL_CUDA
    TORCH_CHECK(device >= 0 && device < ctorch_cuda_devices(), "there is no CUDA device ", device);
    std::lock_guard<std::mutex> lock(mutex);
    const auto &entry = loaded(device);
    TORCH_CHECK(entry.library, entry.reason);
#else
    TORCH_CHECK(false, "this build has no CUDA, so there are no kernels for cuda:", device);
#endif
  });
}
