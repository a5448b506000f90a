// Any text is a time within the calendar or none, and any time is read back as it was written.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <slack/oauth/timestamp.hpp>

#include "check.hpp"

using namespace slack::oauth;

namespace {

void check_time(Timestamp time) {
  fuzz::check(parse_timestamp(format_timestamp(time)) == time);

  const double seconds = detail::seconds_since_epoch(time);
  const auto read = detail::timestamp_from_seconds(seconds);
  fuzz::check(read.has_value());
  fuzz::check(detail::seconds_since_epoch(*read) == seconds);
  const auto magnitude = time < Timestamp{} ? Timestamp{} - time : time - Timestamp{};
  if (magnitude < std::chrono::seconds{std::int64_t{1} << 33U}) fuzz::check(*read == time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto time = parse_timestamp(fuzz::text_of(data, size))) check_time(*time);

  if (size == sizeof(double)) {
    double seconds = 0;
    std::memcpy(&seconds, data, sizeof seconds);
    if (const auto time = detail::timestamp_from_seconds(seconds)) check_time(*time);
  }
  return 0;
}
