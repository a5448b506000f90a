// Whatever stands in the storage is opened without a crash: what nobody sealed is InvalidDataError, what was sealed
// comes back, and no change of it opens.
#include <cstddef>
#include <cstdint>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

constexpr std::string_view associated = "a place";

detail::Sealer make_sealer() {
  KeyRing keys;
  keys.add_text("2026-11", "bm90IGEgcmVhbCBrZXkgb2YgdGhpcnR5LXR3byBiATE=");
  const auto flipped = [](std::string_view text) {
    std::string out(text);
    for (char& byte : out) byte = static_cast<char>(byte ^ 0x55);
    return out;
  };
  keys.add_service("cloud", {.wrap = flipped, .unwrap = flipped});
  keys.set_current("2026-11");
  return detail::Sealer(keys, {.refuse_plain = true});
}

const detail::Sealer& sealer() {
  static const detail::Sealer made = make_sealer();
  return made;
}

bool opens(std::string& text) {
  try {
    sealer().open(text, associated, "bot_token");
    return true;
  } catch (const InvalidDataError& error) {
    fuzz::check(error.subject() == "bot_token");
    return false;
  }
}

/// The first two bytes say what to change, and the rest is the secret.
void change_what_was_sealed(std::string_view data) {
  if (data.size() < 2) return;
  const auto place = static_cast<unsigned char>(data[0]);
  const char mask = data[1];
  const std::string_view secret = data.substr(2);
  const std::string sealed = sealer().seal(secret, associated, "bot_token");
  std::string text = sealed;
  fuzz::check(opens(text) && text == secret);
  text = sealed;
  text[place % text.size()] = static_cast<char>(text[place % text.size()] ^ mask);
  if (text != sealed) fuzz::check(!opens(text));
  text = sealed.substr(0, place % sealed.size());
  fuzz::check(!opens(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::text_of(data, size);
  if (!input.empty() && input.front() == 'c') {
    change_what_was_sealed(input.substr(1));
    return 0;
  }
  // Nobody has this key but the program: what opens was in the corpus, made with it.
  std::string text(input);
  if (opens(text)) fuzz::check(text == "xoxb-not-a-real-token-1");
  return 0;
}
