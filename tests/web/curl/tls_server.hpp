// A TLS server on this machine, with a certificate made for the test.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <slack/oauth/web/curl/sigpipe_guard.hpp>
#include <stdexcept>
#include <string>

#include "loopback_server.hpp"

namespace test {

/// A key and a certificate that it signed itself, for one name ("IP:127.0.0.1"),
/// valid for an hour, or until an hour ago.
class SelfSigned {
 public:
  explicit SelfSigned(const std::string& name, bool is_expired = false) {
    const std::unique_ptr<::EVP_PKEY_CTX, void (*)(::EVP_PKEY_CTX*)> context(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr),
                                                                             &EVP_PKEY_CTX_free);
    ::EVP_PKEY* made = nullptr;
    require(EVP_PKEY_keygen_init(context.get()) == 1 &&
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1 &&
            EVP_PKEY_keygen(context.get(), &made) == 1);
    key_.reset(made);

    certificate_.reset(X509_new());
    ::X509* const x509 = certificate_.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x509), is_expired ? -3600 : 3600);
    X509_set_pubkey(x509, key_.get());
    ::X509_NAME* const subject = X509_get_subject_name(x509);
    const auto* const common_name = reinterpret_cast<const unsigned char*>("slack-oauth test");
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
    X509_set_issuer_name(x509, subject);
    const std::unique_ptr<::X509_EXTENSION, void (*)(::X509_EXTENSION*)> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str()), &X509_EXTENSION_free);
    require(names != nullptr && X509_add_ext(x509, names.get(), -1) == 1 &&
            X509_sign(x509, key_.get(), EVP_sha256()) > 0);
  }

  [[nodiscard]] ::X509* certificate() const { return certificate_.get(); }
  [[nodiscard]] ::EVP_PKEY* key() const { return key_.get(); }

  void write_pem(const std::string& path) const {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    require(file != nullptr && PEM_write_X509(file, certificate_.get()) == 1);
    std::fclose(file);
  }

 private:
  struct Free {
    void operator()(::EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(::X509* certificate) const { X509_free(certificate); }
  };

  static void require(bool holds) {
    if (!holds) throw std::runtime_error("OpenSSL could not make a certificate");
  }

  std::unique_ptr<::EVP_PKEY, Free> key_;
  std::unique_ptr<::X509, Free> certificate_;
};

/// Answers every request with "{}", and counts those that it could read.
class TlsServer {
 public:
  explicit TlsServer(const SelfSigned& identity, int newest_version = 0)
      : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free),
        server_([this](ServerConnection& connection) { serve(connection); }) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key());
    if (newest_version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), newest_version);
      SSL_CTX_set_max_proto_version(context_.get(), newest_version);
      SSL_CTX_set_security_level(context_.get(), 0);
    }
  }

  [[nodiscard]] int port() const { return server_.port(); }
  [[nodiscard]] std::string url() const { return "https://" + server_.host() + "/"; }
  [[nodiscard]] int requests() const { return requests_; }

 private:
  void serve(ServerConnection& connection) {
    const slack::oauth::detail::SigpipeGuard guard;  // a client that refuses the certificate hangs up
    const std::unique_ptr<::SSL, void (*)(::SSL*)> tls(SSL_new(context_.get()), &SSL_free);
    SSL_set_fd(tls.get(), connection.socket());
    if (SSL_accept(tls.get()) != 1) return;
    char bytes[4096];
    while (SSL_read(tls.get(), bytes, sizeof bytes) > 0) {
      ++requests_;
      const std::string answer = http_answer("{}");
      SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
    }
  }

  std::unique_ptr<::SSL_CTX, void (*)(::SSL_CTX*)> context_;
  std::atomic<int> requests_ = 0;
  LoopbackServer server_;
};

}  // namespace test
