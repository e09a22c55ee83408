#include "projections/client.hpp"

#include "events/overloaded.hpp"
#include "projections/clear.hpp"

namespace projections {
namespace {

using namespace events;

void keep_newest(std::optional<std::string>& known, const std::string& said) {
    if (!said.empty()) known = said;
}

Client born(const Recorded& recorded, const ConversationOpened& e) {
    return {recorded.position, recorded.stream,  filled(text_of(recorded, e.name)),
            filled(e.phone),   filled(e.bsuid),  filled(e.group),
            filled(e.line),    recorded.recorded};
}

Client renamed(Client client, const MessageReceived& e) {
    if (client.group_id) return client;  // the name is that of one member
    keep_newest(client.name, e.name);
    keep_newest(client.phone, e.phone);
    keep_newest(client.bsuid, e.bsuid);
    return client;
}

Client renamed(Client client, const AliasLearned& e) {
    keep_newest(client.phone, e.phone);
    keep_newest(client.bsuid, e.bsuid);
    return client;
}

}  // namespace

void fold_client(Table<Client>& clients, const Recorded& recorded) {
    const auto* event = std::get_if<ConversationEvent>(&recorded.body);
    const auto* known = clients.find(recorded.stream);
    const auto put_if_new = [&](Client client) {
        if (client != *known) clients.put(std::move(client));
    };
    if (event == nullptr) return;
    if (const auto* opened = std::get_if<ConversationOpened>(event)) {
        if (known == nullptr) clients.put(born(recorded, *opened));
    } else if (known != nullptr) {
        std::visit(Overloaded{[&](const MessageReceived& e) { put_if_new(renamed(*known, e)); },
                              [&](const AliasLearned& e) { put_if_new(renamed(*known, e)); },
                              [](const auto&) {}},
                   *event);
    }
}

}  // namespace projections
