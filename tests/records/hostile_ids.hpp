// Ids that want to be something else than ids.
#pragma once

#include <slack/oauth/records/detail/sha256.hpp>
#include <string>
#include <vector>

namespace test {

/// Ids that would be paths, patterns or the store's own names, were they not data. All differ.
inline std::vector<std::string> hostile_ids() {
  std::vector<std::string> ids{
      ".",   "..",  "../..", "/",     "/etc/passwd", "a/b", "a\\b", "none",   "%6Eone",   "latest", "bot-latest",
      "*",   "T*",  "?",     "[a-z]", "%",           "%2F", "%h",   ".lock",  ".journal", ".new",   "installer-latest",
      "-",   "T1-", "'; --", "\"",    "$HOME",       "~",   "\n",   "日本語", " ",        "CON",    "T1.",
      "T1 ", "\x7F"};
  ids.emplace_back(1, '\0');
  ids.emplace_back("T1\0", 3);
  ids.emplace_back(10'000, 'T');
  ids.emplace_back(10'001, 'T');
  ids.emplace_back(std::string(10'000, '/'));
  ids.emplace_back("%h" + slack::oauth::detail::Sha256::hex(std::string(10'000, 'T')));
  return ids;
}

}  // namespace test
