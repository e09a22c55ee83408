#pragma once

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace support {

/// A real PostgreSQL of this test program's own, on a unix socket in a folder of its own, with
/// fsync on. It ends with the program, however that ends: the kernel tells it that its parent died.
/// Start it on the main thread: the kernel watches the thread that started it.
class Postgres {
public:
    /// The one that all tests share, started at the first call.
    static Postgres& instance() {
        static Postgres server;
        return server;
    }
    /// One for a test that does to it what others must not see.
    Postgres() {
        make_folder();
        make_data();
        start();
    }
    /// One that follows a primary by streaming, and takes no writes until it is promoted.
    struct Follows {
        const Postgres& primary;
    };
    explicit Postgres(Follows follows) {
        make_folder();
        run(programs(),
            {"pg_basebackup", "-D", data().string(), "-h", follows.primary.folder_.string(), "-U",
             "postgres", "--write-recovery-conf", "--checkpoint=fast", "--no-sync"});
        start();
    }
    /// The URL of a fresh, empty database.
    std::string fresh() {
        const auto name = "t" + std::to_string(++databases_);
        command("create database " + name);
        return url(name);
    }
    std::string url(const std::string& database) const {
        return "postgresql:///" + database + "?user=postgres&host=" + folder_.string();
    }
    /// The URL that leads to whichever of the two takes writes.
    std::string url_of_either(const std::string& database, const Postgres& other) const {
        return url(database) + "," + other.folder_.string() + "&target_session_attrs=read-write";
    }
    /// Runs a statement as the superuser, in the maintenance database.
    void command(const std::string& sql) const {
        const std::unique_ptr<PGconn, void (*)(PGconn*)> db(PQconnectdb(url("postgres").c_str()),
                                                            PQfinish);
        const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(db.get(), sql.c_str()),
                                                                    PQclear);
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            throw std::runtime_error(sql + ": " + PQerrorMessage(db.get()));
        }
    }
    /// Stops it at once, as a crash would, or starts it again on the same data.
    void crash() { end(SIGQUIT); }
    void start() {
        server_ = spawn(programs(), {"postgres", "-D", data().string(), "-k", folder_.string(),
                                     "-c", "listen_addresses=", "-c", "max_connections=150", "-c",
                                     "recovery_init_sync_method=syncfs"});
        wait_until_ready();
    }

    /// PostgreSQL refuses to run as root: then it has a user of its own, who owns its folders.
    static void make_owner_of(const std::filesystem::path& folder) {
        const auto* user = server_user();
        if (user != nullptr && chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
            fail("chown");
        }
    }

    Postgres(const Postgres&) = delete;
    Postgres& operator=(const Postgres&) = delete;
    ~Postgres() {
        if (getpid() != owner_) return;  // a forked test process must not end its parent's server
        end(SIGQUIT);
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

private:
    static constexpr const char* prefix = "hilo-test-pg-";

    void make_folder() const {
        remove_leftovers();
        std::filesystem::create_directory(folder_);
        make_owner_of(folder_);
    }
    /// A copy of what the first program made: four times as quick as to make it anew.
    void make_data() const {
        const auto version = programs().parent_path().filename().string();
        const auto model = std::filesystem::temp_directory_path() /
                           (prefix + ("model-" + version + "-" + std::to_string(getuid())));
        if (is_ours(model)) return run("/bin", {"cp", "-a", model.string(), data().string()});
        run(programs(), {"initdb", "-D", data().string(), "-U", "postgres", "-A", "trust",
                         "--no-sync", "--locale=C", "-E", "UTF8"});
        const auto copy = folder_ / "model";
        run("/bin", {"cp", "-a", data().string(), copy.string()});
        std::error_code another_was_first;
        std::filesystem::rename(copy, model, another_was_first);
    }
    static bool is_ours(const std::filesystem::path& place) {
        struct stat found {};
        const auto* user = server_user();
        return lstat(place.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
               found.st_uid == (user == nullptr ? getuid() : user->pw_uid);
    }
    void run(const std::filesystem::path& place, const std::vector<std::string>& words) const {
        int status = 0;
        waitpid(spawn(place, words), &status, 0);
        if (status != 0) throw std::runtime_error(words.front() + " failed: " + said());
    }

    std::filesystem::path data() const { return folder_ / "data"; }
    std::filesystem::path talk() const { return folder_ / "talk"; }
    [[noreturn]] static void fail(const char* what) {
        throw std::runtime_error(std::string(what) + " failed");
    }
    std::string said() const {
        std::ifstream file(talk());
        return {std::istreambuf_iterator<char>(file), {}};
    }

    static const passwd* server_user() { return getuid() == 0 ? getpwnam("postgres") : nullptr; }

    static std::filesystem::path programs() {
        for (const auto* version : {"15", "16", "17"}) {
            const auto folder = std::filesystem::path("/usr/lib/postgresql") / version / "bin";
            if (std::filesystem::exists(folder / "postgres")) return folder;
        }
        throw std::runtime_error("PostgreSQL's server isn't installed (apt: postgresql)");
    }

    pid_t spawn(const std::filesystem::path& place, const std::vector<std::string>& words) const {
        // Under its whole name: PostgreSQL looks for its like beside itself, or else in PATH.
        auto program = (place / words.front()).string();
        const auto* user = server_user();
        const auto output = talk().string();
        std::vector<char*> arguments;
        for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.front() = program.data();
        arguments.push_back(nullptr);
        const pid_t parent = getpid(), child = fork();
        if (child < 0) fail("fork");
        if (child > 0) return child;
        // Changing the user forgets the death signal, so that comes after.
        if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 ||
                                setuid(user->pw_uid) != 0)) {
            _exit(126);
        }
        prctl(PR_SET_PDEATHSIG, SIGQUIT);
        if (getppid() != parent) _exit(126);
        const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(out, 1);
        dup2(out, 2);
        if (chdir("/") != 0) _exit(126);
        execv(program.c_str(), arguments.data());
        _exit(127);
    }

    void wait_until_ready() const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (PQping(url("postgres").c_str()) != PQPING_OK) {
            if (std::chrono::steady_clock::now() > until) {
                throw std::runtime_error("PostgreSQL doesn't start: " + said());
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }

    void end(int signal) {
        if (server_ <= 0) return;
        kill(server_, signal);
        waitpid(server_, nullptr, 0);
        server_ = 0;
    }

    /// The folders of test programs that crashed.
    static void remove_leftovers() {
        std::error_code ignored;
        for (const auto& entry :
             std::filesystem::directory_iterator(std::filesystem::temp_directory_path())) {
            const auto name = entry.path().filename().string();
            if (!name.starts_with(prefix)) continue;
            const auto pid = std::strtol(name.c_str() + std::string(prefix).size(), nullptr, 10);
            if (pid > 0 && kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) {
                std::filesystem::remove_all(entry.path(), ignored);
            }
        }
    }

    const pid_t owner_ = getpid();
    static inline int servers_ = 0;
    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() /
        (prefix + std::to_string(owner_) + "-" + std::to_string(++servers_));
    pid_t server_ = 0;
    int databases_ = 0;
};

}  // namespace support
