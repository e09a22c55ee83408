#include "events/export.hpp"

#include <algorithm>
#include <unordered_map>

#include "events/codec.hpp"
#include "events/sealed_body.hpp"

namespace events {
namespace {

constexpr std::size_t seal_size = 32;

struct Found {
    Defect defect;
};

[[noreturn]] void found(std::int64_t position, std::string what) {
    throw Found{{position, std::move(what)}};
}

void check_batch(const ExportedBatch& batch, const ExportedBatch* last) {
    if (batch.first < 1 || batch.events.empty() || batch.last() < batch.first) {
        found(batch.first, "this is no batch");
    }
    if (last != nullptr && batch.first <= last->last()) {
        found(batch.first, "the batches are not in the order of the log");
    }
    const bool follows = last != nullptr && batch.first == last->last() + 1;
    const bool right = batch.first == 1 ? batch.before == genesis_seal
                       : follows        ? batch.before == last->seal
                                        : batch.before.size() == seal_size;
    if (!right) found(batch.first, "the batch that starts here does not follow the one before it");
    const auto seal = seal_of(batch.before, batch.first, batch.recorded, batch.events);
    if (crypto::view(seal) != batch.seal) {
        found(batch.first, "the seal of the batch that starts here does not fit");
    }
}

void check_signature(const SignedCheckpoint& checkpoint,
                     const std::vector<crypto::PublicKey>& keys) {
    const auto at = checkpoint.head.position;
    if (!keys.empty() && std::ranges::find(keys, checkpoint.key) == keys.end()) {
        found(at, "the checkpoint is signed by another key, " +
                      crypto::hex(crypto::view(checkpoint.key)));
    }
    if (!is_signed(checkpoint)) found(at, "the checkpoint's signature does not fit");
}

/// For each batch whether a checkpoint covers it: at its end, or at that of one that follows it
/// without a gap.
std::vector<bool> covered_by(const std::vector<SignedCheckpoint>& checkpoints,
                             const std::vector<ExportedBatch>& batches) {
    std::vector<bool> covered(batches.size());
    auto checkpoint = checkpoints.begin();
    for (std::size_t i = 0; i < batches.size() && checkpoint != checkpoints.end(); ++i) {
        const auto& head = checkpoint->head;
        if (head.position > batches[i].last()) continue;
        if (head.position != batches[i].last() || head.seal != batches[i].seal ||
            head.recorded != batches[i].recorded) {
            found(head.position, "this is not the log of which the checkpoint was signed");
        }
        covered[i] = true;
        ++checkpoint;
    }
    if (checkpoint != checkpoints.end()) {
        found(checkpoint->head.position, "no batch ends at the checkpoint");
    }
    for (auto i = batches.size(); i > 1; --i) {
        const bool follow = batches[i - 2].last() + 1 == batches[i - 1].first;
        if (follow && covered[i - 1]) covered[i - 2] = true;
    }
    return covered;
}

class Check {
public:
    Check(const Export& exported, const std::vector<crypto::PublicKey>& keys)
        : exported_(exported) {
        for (const auto& stream : exported.streams) {
            if (!versions_.try_emplace(stream).second) found(0, "a stream is named twice");
        }
        const ExportedBatch* last = nullptr;
        for (const auto& batch : exported.batches) {
            check_batch(batch, last);
            last = &batch;
        }
        for (const auto& checkpoint : exported.checkpoints) check_signature(checkpoint, keys);
        covered_ = covered_by(exported.checkpoints, exported.batches);
    }

    /// The events are held against what the batches tell of these streams, one by one.
    ExportVerified run() {
        auto event = exported_.events.begin();
        for (std::size_t i = 0; i < exported_.batches.size(); ++i) {
            const auto& batch = exported_.batches[i];
            for (std::size_t place = 0; place < batch.events.size(); ++place) {
                const auto position = batch.first + static_cast<std::int64_t>(place);
                const auto stream = versions_.find(batch.events[place].stream);
                if (stream == versions_.end()) continue;
                if (event == exported_.events.end() || event->position > position) {
                    found(position, "an event of the conversation is missing");
                }
                check(*event, position, batch, batch.events[place]);
                if (event->version != ++stream->second) {
                    found(position, "an event of the conversation is missing before this one");
                }
                count(*event++, covered_[i]);
            }
            if (covered_[i]) done_.complete_to = batch.last();
        }
        if (event != exported_.events.end()) {
            found(event->position, "no seal of the export covers the event");
        }
        for (const auto& [stream, version] : versions_) {
            if (version == 0) found(0, "nothing of the stream " + stream.text());
        }
        if (versions_.empty()) found(0, "nobody's conversation");
        return done_;
    }

private:
    void check(const ExportedEvent& event, std::int64_t position, const ExportedBatch& batch,
               const Sealed& sealed) const {
        if (event.position < position) {
            found(event.position, "no seal of the export covers the event");
        }
        if (event.stream != sealed.stream || event.version != sealed.version ||
            event.recorded != batch.recorded ||
            digest_of(event.clear, event.sealed) != sealed.digest) {
            found(position, "the event does not fit its digest");
        }
        const auto* type = type_with(event.clear.type);
        if (type != nullptr && event.name != type->name) {
            found(position, "the event is not of the type that its name tells");
        }
        const auto key =
            event.clear.key ? exported_.keys.find(*event.clear.key) : exported_.keys.end();
        if (key == exported_.keys.end()) {
            if (event.says) found(position, "nothing shows what the event says: there is no key");
            return;
        }
        const auto plain = open_body(key->second, event.clear, event.sealed);
        if (!plain) found(position, "the event does not open by its key");
        if (plain != event.says) found(position, "the event does not say what it is shown to say");
    }
    void count(const ExportedEvent& event, bool covered) {
        if (covered && done_.covered < done_.events) {
            found(event.position, "no checkpoint covers an event before this one");
        }
        ++done_.events;
        if (covered) ++done_.covered;
        if (!event.says) ++done_.silent;
    }

    const Export& exported_;
    std::vector<bool> covered_;
    std::unordered_map<StreamId, std::int32_t> versions_;
    ExportVerified done_;
};

}  // namespace

ExportVerified verify(const Export& exported, const std::vector<crypto::PublicKey>& keys) {
    try {
        return Check(exported, keys).run();
    } catch (const Found& found) {
        ExportVerified verified;
        verified.defect = found.defect;
        return verified;
    }
}

}  // namespace events
