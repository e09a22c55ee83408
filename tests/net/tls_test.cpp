#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "net/client.hpp"
#include "tests/support/call.hpp"
#include "tests/support/tiny_server.hpp"
#include "tests/support/tiny_tls.hpp"

namespace {

using tests::body_of;
using tests::call;
using tests::failure_of;
using tests::once;
using tests::request_to;
using tiny::Peer;
using tiny::response;

void answer_all(Peer& peer) {
    while (!peer.request().empty()) peer.write(response(200, "safe"));
}

/// The client trusts `authority` and nobody else.
class TlsTest : public testing::Test {
protected:
    TlsTest() {
        const auto file = std::filesystem::temp_directory_path() /
                          ("hilo-tls-test-" + std::to_string(::getpid()) + ".pem");
        authority.write(file);
        ::setenv("SSL_CERT_FILE", file.c_str(), 1);
        client = net::make_client();
        ::unsetenv("SSL_CERT_FILE");
        std::filesystem::remove(file);
    }

    /// What the client says about a server with that certificate, reached as `host`.
    net::Result ask(SSL_CTX* context, const std::string& host) {
        tiny::Server server({[this](Peer& peer) {
                                reached = true;
                                answer_all(peer);
                            }},
                            context);
        return call(*client, once(request_to(server.url("/", host))));
    }
    void expect_refused(SSL_CTX* context, const std::string& host, const std::string& why) {
        const auto result = ask(context, host);
        EXPECT_FALSE(failure_of(result).sent);
        EXPECT_NE(failure_of(result).reason.find(why), std::string::npos)
            << failure_of(result).reason;
    }

    tiny::Authority authority;
    std::unique_ptr<net::Client> client;
    std::atomic<bool> reached = false;
};

TEST_F(TlsTest, TrustsAServerWithTheRightNameAndKeepsTheConnection) {
    const auto context = authority.server("DNS:localhost");
    tiny::Server server({answer_all}, context.get());
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url("/", "localhost"))))), "safe");
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url("/", "localhost"))))), "safe");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(TlsTest, TrustsAnAddressThatTheCertificateNames) {
    EXPECT_EQ(body_of(ask(authority.server("IP:127.0.0.1").get(), "127.0.0.1")), "safe");
}

TEST_F(TlsTest, AsksForTheServerByName) {
    static std::string asked;
    const auto context = authority.server("DNS:localhost");
    SSL_CTX_set_tlsext_servername_callback(
        context.get(), +[](SSL* ssl, int*, void*) {
            asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
            return SSL_TLSEXT_ERR_OK;
        });
    EXPECT_EQ(body_of(ask(context.get(), "localhost")), "safe");
    EXPECT_EQ(asked, "localhost");
}

TEST_F(TlsTest, RefusesAnotherName) {
    expect_refused(authority.server("DNS:example.com").get(), "localhost", "hostname mismatch");
    expect_refused(authority.server("DNS:localhost").get(), "127.0.0.1", "IP address mismatch");
}

TEST_F(TlsTest, RefusesAnUnknownAuthority) {
    const tiny::Authority other;
    expect_refused(other.server("DNS:localhost").get(), "localhost", "certificate refused");
    EXPECT_FALSE(reached);
}

TEST_F(TlsTest, RefusesAnExpiredCertificate) {
    expect_refused(authority.server("DNS:localhost", -7200, -3600).get(), "localhost", "expired");
}

TEST_F(TlsTest, RefusesOldVersionsOfTls) {
    const auto context = authority.server("DNS:localhost");
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    expect_refused(context.get(), "localhost", "no TLS");
    EXPECT_FALSE(reached);
}

TEST_F(TlsTest, AServerWithoutTlsGetsNoRequest) {
    tiny::Server server({[](Peer& peer) { peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"); }});
    const auto url = "https" + server.url("/", "localhost").substr(4);
    EXPECT_FALSE(failure_of(call(*client, once(request_to(url)))).sent);
}

TEST_F(TlsTest, AHandshakeThatNeverEndsSentNothing) {
    tiny::Server server({[](Peer& peer) { peer.gone(std::chrono::milliseconds(300)); }});
    const auto url = "https" + server.url("/", "localhost").substr(4);
    EXPECT_FALSE(failure_of(call(*client, tests::within(once(request_to(url)), 100))).sent);
}

TEST_F(TlsTest, ACutAnswerIsNoAnswer) {
    const auto context = authority.server("DNS:localhost");
    tiny::Server server({[](Peer& peer) {
                            peer.request();
                            peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf");
                        }},
                        context.get());
    const auto result = call(*client, once(request_to(server.url("/", "localhost"))));
    EXPECT_TRUE(failure_of(result).sent);
}

}  // namespace
