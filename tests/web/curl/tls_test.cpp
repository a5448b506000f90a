// Whom libcurl tells secrets to.
#if !defined(_WIN32)

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <slack/oauth/web/curl.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "curl_version.hpp"
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

/// A proxy that passes on what comes from either side to the other, after it is asked for the way to `port`.
void tunnel(test::ServerConnection& client, int port) {
  if (!client.read_request().starts_with("CONNECT localhost:")) return;
  client.write("HTTP/1.1 200 Connection established\r\n\r\n");
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  REQUIRE(::connect(server, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
  const auto pass_on = [](int from, int to) {
    char bytes[4096];
    for (auto count = ::recv(from, bytes, sizeof bytes, 0); count > 0; count = ::recv(from, bytes, sizeof bytes, 0)) {
      ::send(to, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL);
    }
    ::shutdown(to, SHUT_RDWR);
  };
  std::thread back([&] { pass_on(server, client.socket()); });
  pass_on(client.socket(), server);
  back.join();
  ::close(server);
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

TEST_CASE("a proxy is only the way to the server", "[curl]") {
  const test::SelfSigned identity("DNS:localhost");
  const CertificateFile file(identity);
  const test::TlsServer server(identity);
  const test::LoopbackServer proxy([&](test::ServerConnection& client) { tunnel(client, server.port()); });
  const std::string url = "https://localhost:" + std::to_string(server.port()) + "/";
  {
    CurlTransport transport({.ca_file = file.path(), .proxy = "http://" + proxy.host()});
    for (int i = 0; i < 3; ++i) CHECK(transport.send(secret_request(url)).body == "{}");
  }
  CHECK(server.requests() == 3);
  CHECK(proxy.connections() == (test::libcurl_says_when_it_sends ? 1 : 3));

  const test::SelfSigned other("DNS:localhost");
  const CertificateFile other_file(other);
  CurlTransport suspicious({.ca_file = other_file.path(), .proxy = "http://" + proxy.host()});
  const auto error = test::thrown_by<HttpError>([&] { suspicious.send(secret_request(url)); });
  CHECK(error.code() == "CURLE_PEER_FAILED_VERIFICATION");
  CHECK(error.reach() ==
        (test::libcurl_says_when_it_sends ? HttpError::Reach::not_sent : HttpError::Reach::maybe_sent));
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
