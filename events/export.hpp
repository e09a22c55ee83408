#pragma once

#include <map>
#include <variant>

#include "crypto/cipher.hpp"
#include "events/chain.hpp"

/// A conversation taken out of the log, with all that shows, without the database and its keys,
/// that the log held it so (docs/audit.md).
namespace events {

/// An event as it is stored.
struct ExportedEvent {
    std::int64_t position = 0;
    StreamId stream;
    std::int32_t version = 0;
    Time recorded;
    Clear clear;
    std::string name{};  // of its type, for whoever reads the file
    crypto::Bytes sealed;
    /// What was sealed, which is one line of JSON; none where the key is gone, or kept back.
    std::optional<std::string> says;
};

/// A batch of the log by what its seal is taken over: of other conversations it has no more than
/// their random ids, versions and digests.
struct ExportedBatch {
    std::int64_t first = 0;
    Time recorded;
    std::vector<Sealed> events;
    crypto::Bytes before;  // the seal before its own
    crypto::Bytes seal;
    std::int64_t last() const { return first + static_cast<std::int64_t>(events.size()) - 1; }
};

/// Batches follow each other from each that has an event of the export to the next signed
/// checkpoint.
struct Export {
    std::vector<StreamId> streams;      // one person's, who may have several
    std::map<Uuid, crypto::Key> keys;   // that open `sealed`
    std::vector<ExportedEvent> events;  // by position, like the batches and the checkpoints
    std::vector<ExportedBatch> batches;
    std::vector<SignedCheckpoint> checkpoints;
};

struct ExportVerified {
    std::optional<Defect> defect;  // the first one found; nothing else is of use then
    std::int64_t events = 0;       // that are as they were written
    std::int64_t covered = 0;      // of these, by a signed checkpoint; those behind the last aren't
    std::int64_t silent = 0;       // of these, which no key of the export opens
    /// Up to there nothing of the streams is missing, as a checkpoint shows; 0 where none does.
    std::int64_t complete_to = 0;
};
/// Recomputes every digest and seal, and opens what is sealed. Each stream must be there from its
/// beginning without a gap, with every event that the batches tell of. The checkpoints must be
/// signed; by one of `keys`, where any is given. Pure.
ExportVerified verify(const Export& exported, const std::vector<crypto::PublicKey>& keys);

/// JSON, an object a line, the last of which tells how many there are.
std::string lines_of(const Export& exported);
/// The export, or why the text is none, with the number of the line. What it takes is exactly what
/// `lines_of` writes: no byte of it can be another.
std::variant<Export, std::string> parse_export(std::string_view text);

}  // namespace events
