#pragma once

#include "ai/models.hpp"
#include "tests/simulation/env.hpp"

namespace simulation {

/// The simulated language model: answers, late or at length, fails, or is never heard of again.
class Model {
public:
    explicit Model(Env& env) : env_(env) {}

    void ask(Host& host, const ai::Call& call, std::function<void(ai::Result)> done);
    int asked() const { return asked_; }

private:
    std::string answer();

    Env& env_;
    int asked_ = 0;
};

}  // namespace simulation
