#include "db/pg_connection.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <bit>

namespace db::pg {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int binary = 1;

/// States after which a connection answers nothing more: 08 connection exceptions, 57P shutdowns.
bool ends_connection(std::string_view state) {
    return state.starts_with("08") || state.starts_with("57P");
}

std::string trimmed(const char* message) {
    std::string text = message == nullptr ? "" : message;
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

std::string state_of(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state == nullptr ? "" : state;
}

}  // namespace

void Result::Clear::operator()(PGresult* result) const { PQclear(result); }
int Result::rows() const { return PQntuples(result_.get()); }
bool Result::null(int row, int column) const {
    return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Result::bytes(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Result::integer(int row, int column) const { return read_integer(bytes(row, column)); }

double Result::real(int row, int column) const {
    return std::bit_cast<double>(integer(row, column));
}

crypto::Uuid Result::uuid(int row, int column) const {
    const auto found = crypto::fixed<16>(bytes(row, column));
    if (!found) throw std::runtime_error("PostgreSQL: a column should hold an id");
    return crypto::Uuid{*found};
}

std::optional<std::int64_t> Result::maybe_integer(int row, int column) const {
    if (null(row, column)) return std::nullopt;
    return integer(row, column);
}

std::optional<crypto::Uuid> Result::maybe_uuid(int row, int column) const {
    if (null(row, column)) return std::nullopt;
    return uuid(row, column);
}

std::int64_t Result::changed() const {
    const std::string count = PQcmdTuples(result_.get());
    return count.empty() ? 0 : std::stoll(count);
}

void Connection::Finish::operator()(PGconn* connection) const { PQfinish(connection); }

// What a server may be set to otherwise. A client that froze or died holds nothing for long: the
// server ends a transaction that says no more, and notices a dead host by its keepalives.
constexpr std::string_view our_settings =
    "-c timezone=UTC -c client_min_messages=warning "
    "-c default_transaction_isolation=read\\ committed -c idle_in_transaction_session_timeout=5s "
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 ";

// A dead peer is noticed by keepalives while idle, by tcp_user_timeout while something is sent.
Connection::Connection(const std::string& url, std::string_view settings) {
    const std::string options = std::string(our_settings) + std::string(settings);
    const std::array<const char*, 8> names{"dbname",
                                           "options",
                                           "fallback_application_name",
                                           "connect_timeout",
                                           "keepalives_idle",
                                           "keepalives_interval",
                                           "tcp_user_timeout",
                                           nullptr};
    const std::array<const char*, 8> values{url.c_str(), options.c_str(), "hilo", "3", "5",
                                            "2",         "10000",         nullptr};
    connection_.reset(PQconnectdbParams(names.data(), values.data(), 1));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        throw Error(trimmed(PQerrorMessage(connection_.get())), "", true);
    }
    PQsetnonblocking(connection_.get(), 1);
}

void Connection::exec(std::string_view sql) {
    if (PQsendQuery(connection_.get(), std::string(sql).c_str()) != 1) lose("sending failed");
    result();
}

Result Connection::query_with(std::string_view sql, const Values& values) {
    const auto& name = prepared(sql, values);
    std::vector<const char*> bytes;
    std::vector<int> lengths, formats(values.bytes().size(), binary);
    for (const auto& value : values.bytes()) {
        bytes.push_back(value ? value->data() : nullptr);
        lengths.push_back(value ? static_cast<int>(value->size()) : 0);
    }
    if (PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(bytes.size()),
                            bytes.data(), lengths.data(), formats.data(), binary) != 1) {
        lose("sending failed");
    }
    return result();
}

const std::string& Connection::prepared(std::string_view sql, const Values& values) {
    const auto found = names_.find(sql);
    if (found != names_.end()) return found->second;
    const auto name = "s" + std::to_string(names_.size());
    std::vector<Oid> types(values.types().begin(), values.types().end());
    if (PQsendPrepare(connection_.get(), name.c_str(), std::string(sql).c_str(),
                      static_cast<int>(types.size()), types.data()) != 1) {
        lose("sending failed");
    }
    result();
    return names_.emplace(std::string(sql), name).first->second;
}

/// Sends what waits and takes results until the command is over; the last one counts, or the first
/// that failed.
Result Connection::result() {
    const auto until = Clock::now() + deadline_;
    flush(until);
    std::optional<Result> last;
    std::optional<Error> failed;
    for (;;) {
        while (PQisBusy(connection_.get()) != 0) wait(false, until);
        PGresult* next = PQgetResult(connection_.get());
        if (next == nullptr) break;
        last.emplace(next);
        const auto status = PQresultStatus(next);
        const bool good =
            status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
        if (!good && !failed)
            failed.emplace(trimmed(PQresultErrorMessage(next)), state_of(next),
                           ends_connection(state_of(next)));
    }
    if (PQstatus(connection_.get()) != CONNECTION_OK) lose(failed ? failed->what() : "closed");
    if (failed) throw *failed;
    if (!last) lose("no answer");
    return std::move(*last);
}

void Connection::flush(Clock::time_point until) {
    for (int left = 1; left != 0;) {
        left = PQflush(connection_.get());
        if (left < 0) lose("sending failed");
        if (left > 0) wait(true, until);
    }
}

void Connection::wait(bool to_write, Clock::time_point until) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
    if (left <= milliseconds(0)) lose("no answer in time");
    pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
    if (to_write) socket.events |= POLLOUT;
    if (poll(&socket, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) lose("poll failed");
    if ((socket.revents & (POLLIN | POLLERR | POLLHUP)) != 0 &&
        PQconsumeInput(connection_.get()) != 1) {
        lose("closed");
    }
}

// ---- COPY ... TO STDOUT -----------------------------------------------------------------------

void Connection::Copied::Free::operator()(char* memory) const { PQfreemem(memory); }

CopiedRow::CopiedRow(std::string_view bytes) {
    const auto take = [&](std::size_t count) {
        if (count > bytes.size()) throw std::runtime_error("PostgreSQL: a row ends too early");
        const auto taken = bytes.substr(0, count);
        bytes.remove_prefix(count);
        return taken;
    };
    const auto count = static_cast<std::size_t>(read_integer(take(2)));
    if (count > most_fields) throw std::runtime_error("PostgreSQL: too many columns");
    for (std::size_t i = 0; i < count; ++i) {
        const auto length = read_integer(take(4));
        if (length >= 0) fields_[i] = take(static_cast<std::size_t>(length));
    }
}

/// Up to the header, before which a query that fails says so.
void Connection::begin_copy(const std::string& sql) {
    if (PQsendQuery(connection_.get(), sql.c_str()) != 1) lose("sending failed");
    const auto until = Clock::now() + deadline_;
    flush(until);
    while (PQisBusy(connection_.get()) != 0) wait(false, until);
    const Result begun(PQgetResult(connection_.get()));
    const auto* raw = begun.get();
    if (PQresultStatus(raw) == PGRES_COPY_OUT) return;
    const Error failed(trimmed(PQresultErrorMessage(raw)), state_of(raw),
                       ends_connection(state_of(raw)));
    result();
    throw failed;
}

/// The next row; std::nullopt after the last one.
std::optional<Connection::Copied> Connection::next_copied() {
    // Signature, flags and the length of an extension that no version has; before the first row.
    constexpr std::string_view signature("PGCOPY\n\377\r\n\0", 11);
    constexpr std::size_t header = signature.size() + 8;
    constexpr std::string_view trailer("\377\377", 2);
    char* memory = nullptr;
    int size = PQgetCopyData(connection_.get(), &memory, 1);
    for (; size == 0; size = PQgetCopyData(connection_.get(), &memory, 1)) {
        wait(false, Clock::now() + deadline_);
    }
    if (size < 0) {
        result();  // throws where it failed
        lose("a copy ended without its last row");
    }
    Copied row(memory, static_cast<std::size_t>(size));
    if (row.bytes().starts_with(signature)) row.skip(header);
    if (row.bytes() != trailer) return row;
    while (size != -1) {  // the end is told by itself
        size = PQgetCopyData(connection_.get(), &memory, 1);
        if (size == 0) wait(false, Clock::now() + deadline_);
        if (size < -1) lose("reading failed");
    }
    result();
    return std::nullopt;
}

bool Connection::alive() {
    return PQstatus(connection_.get()) == CONNECTION_OK && PQconsumeInput(connection_.get()) == 1 &&
           PQstatus(connection_.get()) == CONNECTION_OK;
}

void Connection::lose(const std::string& why) {
    auto message = trimmed(PQerrorMessage(connection_.get()));
    throw Error("the connection to PostgreSQL was lost: " + (message.empty() ? why : message), "",
                true);
}

Transaction::~Transaction() {
    if (db_ == nullptr) return;
    try {
        db_->exec("rollback");
    } catch (const std::exception&) {
        // The connection is gone, and the transaction with it.
    }
}

void Transaction::commit() {
    db_->exec("commit");
    db_ = nullptr;
}

}  // namespace db::pg
