#pragma once

#include "db/request.hpp"
#include "events/keys.hpp"
#include "tests/simulation/random.hpp"

namespace simulation {

/// The request that db/sealer would make, but that a row's ciphertext is the place of its event in
/// `bodies`: what is sealed is not what is simulated.
db::Request request_of(const events::Append& append, std::vector<events::Event>& bodies,
                       Random& random);
db::Aliases aliases_of(const events::Person& person);
/// The place that request_of put into a row.
std::size_t place_of(const db::Row& row);

/// Marks as db/keyring writes them; its MAC is a plain hash.
class PlainKeys final : public events::Keys {
public:
    std::string send_mark(const events::StreamId& stream,
                          const events::AttemptId& attempt) const override;
    std::optional<SendMark> read_send_mark(std::string_view text) const override;
};

}  // namespace simulation
