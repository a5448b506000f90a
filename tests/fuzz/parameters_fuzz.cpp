// Any query or form body is refused whole, or its pairs come back from what is written of them. Any URL has a path and
// a query that are parts of it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <slack/oauth/web/parameters.hpp>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

bool is_part_of(std::string_view part, std::string_view text) {
  return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);

  const auto parameters = parse_parameters(text);
  if (parameters) {
    fuzz::check(parse_parameters(format_parameters(*parameters)) == parameters);
    for (const HttpParameter& parameter : *parameters) {
      const auto count = std::count_if(parameters->begin(), parameters->end(),
                                       [&](const HttpParameter& other) { return other.name == parameter.name; });
      const auto found = find_parameter(*parameters, parameter.name);
      fuzz::check(count == 1 ? found == parameter.value : !found);
    }
  } else {
    fuzz::check(text.find('%') != std::string_view::npos);
  }

  const auto decoded = percent_decode(text);
  fuzz::check(!decoded || decoded->size() <= text.size());
  const auto encoded = percent_encode(text);
  fuzz::check(encoded.find_first_of(" \r\n\"&=<>#?/") == std::string::npos);
  fuzz::check(percent_decode(encoded) == text);

  fuzz::check(is_part_of(path_of(text), text));
  fuzz::check(is_part_of(query_of(text), text));
  fuzz::check(path_of(text).find_first_of("?#") == std::string_view::npos);
  fuzz::check(query_of(text).find('#') == std::string_view::npos);
  return 0;
}
