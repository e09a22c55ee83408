#include "cli/checkpoints.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>

#include "actors/ports.hpp"
#include "db/first_line.hpp"

namespace cli {
namespace {

[[noreturn]] void fail_with_errno(const std::string& path) {
    throw std::runtime_error(path + ": " + std::strerror(errno));
}

/// Written to the disk, at the end of the file or in place of it.
void write_file(const std::string& path, int how, std::string_view text) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0644);
    if (file < 0) fail_with_errno(path);
    const auto written = write(file, text.data(), text.size());
    const bool good = written == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
    const int error = errno;
    close(file);
    errno = error;
    if (!good) fail_with_errno(path);
}

std::vector<std::string> lines_in(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) lines.push_back(line);
    }
    return lines;
}

events::SignedCheckpoint checked(const std::string& line,
                                 const std::optional<crypto::PublicKey>& key) {
    const auto parsed = events::parse_checkpoint(line);
    if (const auto* why = std::get_if<std::string>(&parsed)) {
        throw std::runtime_error("the line " + *why);
    }
    const auto& checkpoint = std::get<events::SignedCheckpoint>(parsed);
    if (key && checkpoint.key != *key) {
        throw std::runtime_error("the checkpoint is signed by another key, " +
                                 crypto::hex(crypto::view(checkpoint.key)));
    }
    if (!events::is_signed(checkpoint)) {
        throw std::runtime_error("the signature does not fit: the line was changed");
    }
    return checkpoint;
}

}  // namespace

std::vector<events::SignedCheckpoint> read_checkpoints(
    const std::string& path, const std::optional<crypto::PublicKey>& key) {
    std::vector<events::SignedCheckpoint> all;
    std::size_t number = 0;
    for (const auto& line : lines_in(path)) {
        ++number;
        try {
            all.push_back(checked(line, key));
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(path + ", line " + std::to_string(number) + ": " +
                                     error.what());
        }
    }
    std::ranges::stable_sort(all, {}, [](const auto& one) { return one.head.position; });
    return all;
}

void CheckpointFile::append(const events::SignedCheckpoint& checkpoint) {
    if (!lines_) lines_ = lines_in(path_).size();
    write_file(path_, O_APPEND, events::line_of(checkpoint) + "\n");
    if (++*lines_ < most_) return;
    thin_out();
    lines_.reset();
}

void CheckpointFile::thin_out() const {
    const auto lines = lines_in(path_);
    std::string kept;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i % 2 == 0 || i > lines.size() / 2) kept += lines[i] + "\n";
    }
    const auto fresh = path_ + ".new";
    write_file(fresh, O_TRUNC, kept);
    std::filesystem::rename(fresh, path_);
}

Checkpointer::Checkpointer(db::Store& store, net::Client& client, Options options)
    : store_(store),
      client_(client),
      options_(std::move(options)),
      file_(options_.file),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Checkpointer::run() {
    for (bool last = false; !last;) {
        {
            std::unique_lock lock(mutex_);
            last = changed_.wait_for(lock, options_.pause, [this] { return stop_; });
        }
        sign_what_is_new();
    }
}

void Checkpointer::sign_what_is_new() {
    events::SignedCheckpoint checkpoint;
    const auto to = [&](Place& place, bool wanted, auto hand_over) {
        if (!wanted || place.position == checkpoint.head.position) return;
        tell(place, [&] { hand_over(); });
        if (place.error.empty()) place.position = checkpoint.head.position;
    };
    tell(signing_, [&] {
        checkpoint = events::sign(store_.sealed_head(), actors::wall_now(), options_.seed);
    });
    if (!signing_.error.empty()) return;
    to(in_file_, !options_.file.empty(), [&] { file_.append(checkpoint); });
    to(at_url_, !options_.url.empty(), [&] { post(events::line_of(checkpoint)); });
}

/// Waits for the answer, so that checkpoints arrive in their order.
void Checkpointer::post(const std::string& line) {
    net::Request request;
    request.url = options_.url;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = line;
    std::promise<net::Result> promise;
    client_.send(std::move(request), [&](const net::Result& result) { promise.set_value(result); });
    const auto result = promise.get_future().get();
    const auto* response = std::get_if<net::Response>(&result);
    if (response == nullptr) throw std::runtime_error(std::get<net::Failure>(result).reason);
    if (response->status < 200 || response->status > 299) {
        throw std::runtime_error("it answered " + std::to_string(response->status));
    }
}

/// Says it once where it goes wrong, and once where it goes on.
void Checkpointer::tell(Place& place, const std::function<void()>& work) {
    std::string error;
    try {
        work();
    } catch (const std::exception& failed) {
        error = db::first_line(failed.what());
    }
    if (!error.empty() && place.error.empty()) {
        spdlog::error("signed checkpoints are not {}: {}", place.name, error);
    }
    if (error.empty() && !place.error.empty()) {
        spdlog::info("signed checkpoints are {} again", place.name);
    }
    place.error = error;
}

}  // namespace cli
