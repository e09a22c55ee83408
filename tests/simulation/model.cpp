#include "tests/simulation/model.hpp"

namespace simulation {

using namespace std::chrono_literals;

void Model::ask(Host& host, const ai::Call& call, std::function<void(ai::Result)> done) {
    ++asked_;
    env_.tell([&] { return "a model is asked about \"" + call.prompt.lines.back().text + '"'; });
    if (!env_.strikes(env_.plan.model_faults)) {
        const domain::conversation::Answer said{call.provider, call.model, answer(), 1, 1, 1};
        return host.after(env_.random.span(50ms, 20s), [=] { done(said); });
    }
    if (env_.random.chance(20)) return;
    const ai::Failed failed{{{call.provider, call.model, "429", 1}}};
    host.after(env_.random.span(50ms, 22s), [=] { done(failed); });
}

/// Now and then in parts, for WhatsApp takes no more than 4,096 characters, or of nothing.
std::string Model::answer() {
    const auto name = "answer " + std::to_string(asked_);
    if (env_.strikes(5)) return " ";
    if (!env_.random.chance(25)) return name;
    const auto part = std::string(4'000, 'a');
    auto text = name + " " + part + "\n\n" + name + " end " + part;
    if (env_.random.chance(40)) text += "\n\n" + name + " and last";
    return text;
}

}  // namespace simulation
