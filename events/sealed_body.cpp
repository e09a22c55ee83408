#include "events/sealed_body.hpp"

namespace events {
namespace {

crypto::Bytes bound_to(const Clear& clear) {
    return crypto::Writer().raw(clear.id.view()).integer(clear.type).bytes();
}

}  // namespace

crypto::Bytes seal_body(const crypto::Key& key, const Clear& clear, std::string_view plain) {
    return crypto::seal(key, plain, bound_to(clear));
}

std::optional<crypto::Bytes> open_body(const crypto::Key& key, const Clear& clear,
                                       std::string_view sealed) {
    return crypto::open(key, sealed, bound_to(clear));
}

}  // namespace events
