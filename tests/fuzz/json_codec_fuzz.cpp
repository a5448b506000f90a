// Any text, as a file or a database may hold it, is a value or an InvalidDataError. What was read can be written, and
// what was written reads back the same.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <slack/oauth/models/bot.hpp>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/models/json.hpp>

#include "check.hpp"

using namespace slack::oauth;

namespace {

template <class T>
void check_codec(const nlohmann::json& record) {
  T value;
  try {
    value = record.get<T>();
  } catch (const InvalidDataError& error) {
    fuzz::check(!error.subject().empty());
    return;
  }
  const nlohmann::json written = value;
  // The text of what was read may be a little longer than what it was read from.
  const auto read = parse_json(written.dump(), "what was written", {.max_bytes = std::size_t{1} << 24U});
  fuzz::check(read == written);

  // A time is exact to the microsecond up to 2242 only, so two values that are written alike count as equal.
  const T again = read.template get<T>();
  fuzz::check(nlohmann::json(again) == written);
  if (value.installed_at < Timestamp{std::chrono::seconds{std::int64_t{1} << 33U}} &&
      value.installed_at >= Timestamp{}) {
    fuzz::check(again == value);
  }
  for (const char c : to_string(value)) fuzz::check(c < 0 || c >= ' ');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nlohmann::json record;
  try {
    record = parse_json(fuzz::text_of(data, size));
  } catch (const InvalidDataError&) {
    return 0;
  }
  check_codec<Installation>(record);
  check_codec<Bot>(record);
  return 0;
}
