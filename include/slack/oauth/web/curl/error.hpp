// libcurl's codes as errors of this library.
//
// Needs libcurl.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0::detail {

/// The name of a code as libcurl's documentation has it: https://curl.se/libcurl/c/libcurl-errors.html
[[nodiscard]] inline std::string curl_code_name(::CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "CURLE_UNSUPPORTED_PROTOCOL";
    case CURLE_URL_MALFORMAT:
      return "CURLE_URL_MALFORMAT";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "CURLE_COULDNT_RESOLVE_PROXY";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "CURLE_COULDNT_RESOLVE_HOST";
    case CURLE_COULDNT_CONNECT:
      return "CURLE_COULDNT_CONNECT";
    case CURLE_WEIRD_SERVER_REPLY:
      return "CURLE_WEIRD_SERVER_REPLY";
    case CURLE_PARTIAL_FILE:
      return "CURLE_PARTIAL_FILE";
    case CURLE_WRITE_ERROR:
      return "CURLE_WRITE_ERROR";
    case CURLE_OUT_OF_MEMORY:
      return "CURLE_OUT_OF_MEMORY";
    case CURLE_OPERATION_TIMEDOUT:
      return "CURLE_OPERATION_TIMEDOUT";
    case CURLE_SSL_CONNECT_ERROR:
      return "CURLE_SSL_CONNECT_ERROR";
    case CURLE_GOT_NOTHING:
      return "CURLE_GOT_NOTHING";
    case CURLE_SEND_ERROR:
      return "CURLE_SEND_ERROR";
    case CURLE_RECV_ERROR:
      return "CURLE_RECV_ERROR";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "CURLE_PEER_FAILED_VERIFICATION";
    case CURLE_FILESIZE_EXCEEDED:
      return "CURLE_FILESIZE_EXCEEDED";
    case CURLE_SSL_CACERT_BADFILE:
      return "CURLE_SSL_CACERT_BADFILE";
    default:
      return "CURLE_" + std::to_string(static_cast<int>(code));
  }
}

/// `host` is all of the URL that is told: the rest may hold a secret.
[[nodiscard]] inline HttpError curl_error(::CURLcode code, std::string_view host, HttpError::Reach reach) {
  return {"no answer from " + std::string(host) + ": " + curl_easy_strerror(code), curl_code_name(code), reach};
}

}  // namespace slack::oauth::inline v0::detail
