// Secrets leave nothing behind where they were. The texts are short enough to stand in their object itself, where their
// bytes can be looked at when it is gone.
#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <slack/oauth/models/bot.hpp>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/wrappers/encrypting/detail/sealed_records.hpp>
#include <slack/oauth/wrappers/encrypting/detail/wiped.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "catch.hpp"

using namespace slack::oauth;

namespace {

constexpr const char* fake = "xoxb-not-real-1";

/// Where an object was, and what is there now.
template <class Object>
class Place {
 public:
  template <class... Arguments>
  explicit Place(Arguments&&... arguments) {
    bytes_.fill(0xAA);  // neither a secret's nor a wiped one
    object_ = new (bytes_.data()) Object(std::forward<Arguments>(arguments)...);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() = default;

  [[nodiscard]] Object& object() noexcept { return *object_; }

  /// Destroys the object. Returns whether zeros are where `part` was, which is in it.
  [[nodiscard]] bool is_wiped_after(std::string_view part) {
    const auto* const at = reinterpret_cast<const unsigned char*>(part.data());
    REQUIRE_FALSE(part.empty());
    REQUIRE(std::less_equal<>()(bytes_.data(), at));
    REQUIRE(std::less_equal<>()(at + part.size(), bytes_.data() + bytes_.size()));
    REQUIRE(std::find(part.begin(), part.end(), '\0') == part.end());
    std::destroy_at(object_);
    const volatile unsigned char* const now = at;  // or a compiler may say that nothing is there
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (now[i] != 0) return false;
    }
    return true;
  }

 private:
  alignas(Object) std::array<unsigned char, sizeof(Object)> bytes_{};
  Object* object_ = nullptr;
};

}  // namespace

TEST_CASE("a key is wiped when it goes", "[encrypting]") {
  Place<detail::SecretKey> place;
  place.object().bytes.fill('k');
  CHECK(place.is_wiped_after(place.object().text()));
}

TEST_CASE("a secret text is wiped when it goes", "[encrypting]") {
  Place<detail::SecretText> place{std::string(fake)};
  CHECK(place.is_wiped_after(place.object().text));
}

TEST_CASE("the secrets of an opened record are wiped when it goes", "[encrypting]") {
  SECTION("a bot's token") {
    Place<detail::OpenedRecord<Bot>> place{Bot{.bot_token = fake}};
    CHECK(place.is_wiped_after(place.object().record.bot_token));
  }
  SECTION("a refresh token, which may be absent") {
    Place<detail::OpenedRecord<Bot>> place{Bot{.bot_refresh_token = fake}};
    CHECK(place.is_wiped_after(place.object().record.bot_refresh_token.value()));
  }
  SECTION("a user's token") {
    Place<detail::OpenedRecord<Installation>> place{Installation{.user_token = fake}};
    CHECK(place.is_wiped_after(place.object().record.user_token.value()));
  }
}
