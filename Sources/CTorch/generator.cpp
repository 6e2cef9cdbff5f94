// Random numbers with an explicit state.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Generator.h>

#include <mutex>

#include "guard.hpp"

using namespace easel;

struct ctorch_generator {
  at::Generator value;
};

ctorch_generator *ctorch_generator_new(uint64_t seed, ctorch_error error) {
  return guarded(error, [&]() -> ctorch_generator * { return new ctorch_generator{at::detail::createCPUGenerator(seed)}; });
}

void ctorch_generator_free(ctorch_generator *generator) { delete generator; }

ctorch_tensor *ctorch_generator_state(const ctorch_generator *generator, ctorch_error error) {
  return made(error, [&] {
    auto source = generator->value;
    std::lock_guard<std::mutex> lock(source.mutex());
    return source.get_state();
  });
}

bool ctorch_generator_set_state(ctorch_generator *generator, ctorch_tensor *state, ctorch_error error) {
  return done(error, [&] {
    std::lock_guard<std::mutex> lock(generator->value.mutex());
    generator->value.set_state(state->value);
  });
}

bool ctorch_fill_uniform(ctorch_tensor *tensor, double a, double b, ctorch_generator *generator, ctorch_error error) {
  return done(error, [&] { tensor->value.uniform_(a, b, generator->value); });
}

bool ctorch_fill_normal(ctorch_tensor *tensor, double a, double b, ctorch_generator *generator, ctorch_error error) {
  return done(error, [&] { tensor->value.normal_(a, b, generator->value); });
}
