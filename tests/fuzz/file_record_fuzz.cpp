// Files as anybody may have left them: read, or refused with InvalidDataError, and what is read can be written and read
// again. The quick decoder and the one that defines what a record means agree wherever the quick one answers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <slack/oauth/file.hpp>
#include <string>
#include <string_view>
#include <type_traits>

namespace {

using namespace slack::oauth;

template <class T>
void check(std::string_view text) {
  const auto shown = [] { return std::string("the file"); };
  try {
    T plain{.installed_at = {}};
    const bool is_plain = detail::decode_plain_record(text, plain);
    if (is_plain && text.find("\"installed_at\"") != std::string_view::npos) {
      // A double has no microseconds far from today, and then the quick decoder is the better reader.
      auto decoded = detail::decode_unusual_record<T>(text, text.size());
      const auto difference = decoded.installed_at - plain.installed_at;
      if (difference > std::chrono::milliseconds{1} || difference < -std::chrono::milliseconds{1}) std::abort();
      decoded.installed_at = plain.installed_at;
      if (!(decoded == plain)) std::abort();
    }
    const auto value = detail::decode_record<T>(text, std::size_t{1} << 20U, shown);
    const std::string again = detail::encode_record(value);
    const auto kept = detail::decode_record<T>(again, std::size_t{1} << 22U, shown);
    if constexpr (std::is_same_v<T, Installation>) {
      if (!(kept == without_bot(value)) || (value.custom_values.empty() && detail::may_hold_bot_token(again)))
        std::abort();
    } else {
      if (!(kept == value)) std::abort();
    }
  } catch (const InvalidDataError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check<Bot>(text);
  check<Installation>(text);
  static_cast<void>(detail::order_number(text));
  try {
    const auto change = detail::decode_journal(text, [] { return std::string("the journal"); });
    static_cast<void>(detail::decode_journal(detail::encode_journal(change), [] { return std::string("again"); }));
  } catch (const InvalidDataError&) {
  }
  return 0;
}
