#include "db/pg_bell.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <system_error>

namespace db::pg {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds between_announcements{10}, between_questions{1'000};

int make_eventfd() {
    const int file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (file < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return file;
}

}  // namespace

Bell::Bell(std::string url, Rows& rows, Listeners& listeners)
    : url_(std::move(url)),
      rows_(rows),
      listeners_(listeners),
      wake_(make_eventfd()),
      thread_([this] { run(); }) {}

Bell::~Bell() {
    stopping_ = true;
    eventfd_write(wake_, 1);
    thread_.join();
    close(wake_);
}

void Bell::ring(std::int64_t head) {
    ours_ = head;
    eventfd_write(wake_, 1);
}

void Bell::run() {
    while (!stopping_) {
        try {
            Connection db(url_);
            db.exec("listen hilo_log");
            while (!stopping_) serve(db);
        } catch (const std::exception&) {
            // The database is away: appends and reads say so. We look again in a second.
            wait(-1, between_questions);
        }
    }
}

void Bell::serve(Connection& db) {
    announce(db);
    wait(PQsocket(db.raw()), between_questions);
    if (!db.alive()) throw std::runtime_error("the listening connection was lost");
    while (PGnotify* notice = PQnotifies(db.raw())) PQfreemem(notice);
    if (!stopping_) listeners_.tell(rows_.head());
}

void Bell::announce(Connection& db) {
    const std::int64_t head = ours_;
    if (head <= announced_) return;
    db.query("select pg_notify('hilo_log', $1)", std::to_string(head));
    announced_ = head;
    std::this_thread::sleep_for(between_announcements);
}

void Bell::wait(int socket, milliseconds longest) {
    std::array<pollfd, 2> files{{{wake_, POLLIN, 0}, {socket, POLLIN, 0}}};
    poll(files.data(), files.size(), static_cast<int>(longest.count()));
    eventfd_t rung = 0;
    eventfd_read(wake_, &rung);
}

}  // namespace db::pg
