// Scopes of any text are whole and trimmed, and joining them loses none.
#include <cstddef>
#include <cstdint>
#include <slack/oauth/scopes.hpp>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view never_at_an_end = " \t\r\n,";
  const std::string_view text = fuzz::text_of(data, size);
  const auto scopes = split_scopes(text);
  std::size_t characters = 0;
  for (const auto& scope : scopes) {
    fuzz::check(!scope.empty());
    fuzz::check(scope.find(',') == std::string_view::npos);
    fuzz::check(never_at_an_end.find(scope.front()) == std::string_view::npos);
    fuzz::check(never_at_an_end.find(scope.back()) == std::string_view::npos);
    fuzz::check(text.find(scope) != std::string_view::npos);
    characters += scope.size();
  }
  fuzz::check(characters <= text.size());
  fuzz::check(split_scopes(join_scopes(scopes)) == scopes);
  return 0;
}
