#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

/// A certificate authority made for one test run, and servers' certificates under it.
namespace tiny {

struct Free {
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using TlsContext = std::unique_ptr<SSL_CTX, Free>;

inline void extend(X509* certificate, int kind, const std::string& value) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// Valid from `begins` to `ends`, in seconds from now.
inline Certificate certificate_of(EVP_PKEY* key, const std::string& name, long begins, long ends) {
    static long serial = 0;
    Certificate out(X509_new());
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), begins);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), ends);
    X509_set_pubkey(out.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return out;
}

class Authority {
public:
    Authority()
        : key_(EVP_EC_gen("P-256")), root_(certificate_of(key_.get(), "Tiny Root", -60, 3600)) {
        X509_set_issuer_name(root_.get(), X509_get_subject_name(root_.get()));
        extend(root_.get(), NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(root_.get(), key_.get(), EVP_sha256());
    }
    /// What SSL_CERT_FILE wants.
    void write(const std::string& path) const {
        auto* file = std::fopen(path.c_str(), "w");
        PEM_write_X509(file, root_.get());
        std::fclose(file);
    }
    /// A server's context whose certificate bears `names` ("DNS:localhost,IP:127.0.0.1").
    TlsContext server(const std::string& names, long begins = -60, long ends = 3600) const {
        const Key key(EVP_EC_gen("P-256"));
        const auto leaf = certificate_of(key.get(), "Tiny", begins, ends);
        X509_set_issuer_name(leaf.get(), X509_get_subject_name(root_.get()));
        extend(leaf.get(), NID_subject_alt_name, names);
        X509_sign(leaf.get(), key_.get(), EVP_sha256());
        TlsContext out(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(out.get(), leaf.get());
        SSL_CTX_use_PrivateKey(out.get(), key.get());
        return out;
    }

private:
    Key key_;
    Certificate root_;
};

}  // namespace tiny
