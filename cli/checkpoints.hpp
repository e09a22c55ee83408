#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "cli/config.hpp"
#include "db/store.hpp"
#include "net/client.hpp"

namespace cli {

/// The signed checkpoints that a file holds, in the order of their positions, one line of JSON
/// each; empty where there is no file. Throws std::runtime_error, with the number of the line, for
/// a line that is none, or whose signature isn't that of the key that it names, or of `key` where
/// one is given.
std::vector<events::SignedCheckpoint> read_checkpoints(const std::string& path,
                                                       const std::optional<crypto::PublicKey>& key);

/// A file of signed checkpoints, one line each: to be copied out of reach of whoever can write to
/// the database. It stays small: where it has `most` lines, every other one of its older half goes.
class CheckpointFile {
public:
    explicit CheckpointFile(std::string path, std::size_t most = 20'000)
        : path_(std::move(path)), most_(most) {}
    /// Durable when it returns. Throws std::runtime_error.
    void append(const events::SignedCheckpoint& checkpoint);

private:
    void thin_out() const;

    std::string path_;
    std::size_t most_;
    std::optional<std::size_t> lines_;
};

/// Signs where the log ends, every ten seconds in which it grew, into a file and to a URL, on a
/// thread of its own. Where either fails it says so once, and tries again the next time.
class Checkpointer {
public:
    struct Options {
        crypto::SigningSeed seed{};
        std::string file;  // none where empty
        std::string url;   // gets each as a POST of its line; none where empty
        std::chrono::milliseconds pause = std::chrono::seconds(10);
    };
    /// Both must outlive it.
    Checkpointer(db::Store& store, net::Client& client, Options options);
    /// Signs a last one.
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

private:
    /// Where a checkpoint goes, and how that went the last time.
    struct Place {
        const char* name;
        std::int64_t position = -1;  // of the last one that arrived
        std::string error;
    };
    void run();
    void sign_what_is_new();
    void post(const std::string& line);
    static void tell(Place& place, const std::function<void()>& work);

    db::Store& store_;
    net::Client& client_;
    const Options options_;
    CheckpointFile file_;
    Place signing_{"made", -1, {}}, in_file_{"kept", -1, {}}, at_url_{"posted", -1, {}};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::thread thread_;  // last, so that it starts when all else is there
};

}  // namespace cli
