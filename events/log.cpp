#include "events/log.hpp"

#include <future>

namespace events {

Appended append_now(Log& log, Append request) {
    auto promise = std::make_shared<std::promise<Appended>>();
    auto answer = promise->get_future();
    log.append(std::move(request),
               [promise](const Appended& appended) { promise->set_value(appended); });
    return answer.get();
}

}  // namespace events
