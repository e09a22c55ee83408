#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace actors {

/// What one conversation takes of the memory that all together may take. Safe from any thread.
class MemoryShare {
public:
    using Total = std::shared_ptr<std::atomic<std::size_t>>;
    explicit MemoryShare(Total total) : total_(std::move(total)) {}
    MemoryShare(const MemoryShare&) = delete;
    MemoryShare& operator=(const MemoryShare&) = delete;
    ~MemoryShare() { is(0); }

    void is(std::size_t bytes) { *total_ += bytes - own_.exchange(bytes); }

private:
    Total total_;
    std::atomic<std::size_t> own_ = 0;
};

}  // namespace actors
