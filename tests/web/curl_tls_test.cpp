// Whom libcurl tells secrets to.
#if !defined(_WIN32)

#include <cstdlib>
#include <filesystem>
#include <slack/oauth/web/curl.hpp>
#include <string>

#include "catch.hpp"
#include "support/thrown.hpp"
#include "tls_server.hpp"

using namespace slack::oauth;

namespace {

/// A file of this process, which is gone at its end.
class CertificateFile {
 public:
  explicit CertificateFile(const test::SelfSigned& identity)
      : path_((std::filesystem::temp_directory_path() / ("slack-oauth-" + std::to_string(::getpid()) + ".pem"))
                  .string()) {
    identity.write_pem(path_);
  }
  CertificateFile(const CertificateFile&) = delete;
  CertificateFile& operator=(const CertificateFile&) = delete;
  ~CertificateFile() { std::filesystem::remove(path_); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

HttpRequest secret_request(const std::string& url) {
  ::setenv("no_proxy", "127.0.0.1", 1);
  return {.method = "POST", .url = url, .headers = {{"Authorization", "Bearer xoxb-not-a-real-token-1"}}};
}

void require_refused(CurlTransport transport, const test::TlsServer& server, const std::string& code) {
  const auto error = test::thrown_by<HttpError>([&] { transport.send(secret_request(server.url())); });
  CHECK(error.code() == code);
  CHECK(error.reach() == HttpError::Reach::not_sent);
  CHECK(server.requests() == 0);
}

}  // namespace

TEST_CASE("a server whose certificate is trusted gets the requests, on one connection", "[curl]") {
  const test::SelfSigned identity("IP:127.0.0.1");
  const CertificateFile file(identity);
  const test::TlsServer server(identity);
  CurlTransport transport({.ca_file = file.path()});
  for (int i = 0; i < 3; ++i) CHECK(transport.send(secret_request(server.url())).body == "{}");
  CHECK(server.requests() == 3);
}

TEST_CASE("a certificate that nobody vouches for is refused before anything is sent", "[curl]") {
  const test::TlsServer server(test::SelfSigned("IP:127.0.0.1"));
  require_refused(CurlTransport(), server, "CURLE_PEER_FAILED_VERIFICATION");
}

TEST_CASE("a certificate for another name is refused before anything is sent", "[curl]") {
  const test::SelfSigned identity("DNS:slack.com");
  const CertificateFile file(identity);
  require_refused(CurlTransport({.ca_file = file.path()}), test::TlsServer(identity), "CURLE_PEER_FAILED_VERIFICATION");
}

TEST_CASE("an expired certificate is refused before anything is sent", "[curl]") {
  const test::SelfSigned identity("IP:127.0.0.1", true);
  const CertificateFile file(identity);
  require_refused(CurlTransport({.ca_file = file.path()}), test::TlsServer(identity), "CURLE_PEER_FAILED_VERIFICATION");
}

TEST_CASE("a version of TLS before 1.2 is refused before anything is sent", "[curl]") {
  const test::SelfSigned identity("IP:127.0.0.1");
  const CertificateFile file(identity);
  require_refused(CurlTransport({.ca_file = file.path()}), test::TlsServer(identity, TLS1_1_VERSION),
                  "CURLE_SSL_CONNECT_ERROR");
}

TEST_CASE("a file of certificates that is missing is an error", "[curl]") {
  const test::TlsServer server(test::SelfSigned("IP:127.0.0.1"));
  require_refused(CurlTransport({.ca_file = "/nowhere/ca.pem"}), server, "CURLE_SSL_CACERT_BADFILE");
}

#endif
