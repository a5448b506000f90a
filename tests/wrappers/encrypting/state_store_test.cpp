// What a store of states with sealed payloads does that the contract does not ask of every store.
#include <memory>
#include <nlohmann/json.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/install/signed_state.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>

#include "catch.hpp"
#include "support/thrown.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

namespace {

struct WithPayload : Installation {
  std::string payload;

  static constexpr auto fields() {
    return append_fields(Installation::fields(), secret_field("payload", &WithPayload::payload));
  }
};

}  // namespace

TEST_CASE("a payload is sealed at rest", "[encrypting]") {
  const auto inner = std::make_shared<MemoryOAuthStateStore>();
  EncryptingOAuthStateStore states(inner, test::one_key());
  const nlohmann::json payload{{"tenant", "not-for-everybody"}};
  const auto at_rest = inner->consume(states.issue(payload)).value();
  CHECK(at_rest.get<std::string>().starts_with("sealed:v1:2026-11::"));
  CHECK(at_rest.dump().find("tenant") == std::string::npos);
  CHECK(states.consume(states.issue(payload)) == payload);
  CHECK(inner->consume(states.issue()) == nlohmann::json());
}

TEST_CASE("payloads are as private as the wrapped store keeps them", "[encrypting]") {
  const auto in_memory = std::make_shared<MemoryOAuthStateStore>();
  CHECK(EncryptingOAuthStateStore(in_memory, test::one_key()).keeps_payloads_private());
  const auto signed_states = std::make_shared<SignedOAuthStateStore>(
      SignedOAuthStateStoreOptions{.secret = "not a real secret of thirty-two bytes"});
  CHECK_FALSE(EncryptingOAuthStateStore(signed_states, test::one_key()).keeps_payloads_private());
}

TEST_CASE("a payload from before is read, and refused where an option says so", "[encrypting]") {
  const auto inner = std::make_shared<MemoryOAuthStateStore>();
  EncryptingOAuthStateStore states(inner, test::one_key());
  for (const nlohmann::json& payload : {nlohmann::json("text"), nlohmann::json(7), nlohmann::json{{"a", 1}}}) {
    CHECK(states.consume(inner->issue(payload)) == payload);
    EncryptingOAuthStateStore strict(inner, test::one_key(), {.refuse_plain = true});
    const auto error =
        test::thrown_by<InvalidDataError>([&] { static_cast<void>(strict.consume(inner->issue(payload))); });
    CHECK(std::string(error.what()) == "payload is not sealed, and plain values are refused");
  }
}

TEST_CASE("a payload of another app or key does not open", "[encrypting]") {
  const auto inner = std::make_shared<MemoryOAuthStateStore>();
  EncryptingOAuthStateStore states(inner, test::one_key(), {.client_id = "111.222"});
  EncryptingOAuthStateStore other_app(inner, test::one_key(), {.client_id = "333.444"});
  EncryptingOAuthStateStore other_key(inner, test::one_key("2026-12", '2'), {.client_id = "111.222"});
  CHECK_THROWS_AS(other_app.consume(states.issue("a")), InvalidDataError);
  CHECK_THROWS_AS(other_key.consume(states.issue("a")), InvalidDataError);
}

TEST_CASE("no payload opens as a token, and no token as a payload", "[encrypting]") {
  const auto inner = std::make_shared<MemoryOAuthStateStore>();
  EncryptingOAuthStateStore states(inner, test::one_key(), {.client_id = "111.222"});
  const std::string payload = inner->consume(states.issue("xoxb-not-a-real-token-1")).value();

  SECTION("not as a token") {
    test::SealedMemory sealed;
    sealed.inner->save_bot({.team_id = "T1", .bot_token = payload});
    CHECK_THROWS_AS(sealed.store.find_bot({.team_id = "T1"}), InvalidDataError);
  }
  SECTION("not as an app's own field of the payload's name, in a record of nowhere") {
    const detail::SealedRecords<WithPayload, Bot> records(test::one_key(), {.client_id = "111.222"});
    WithPayload record;
    record.payload = payload;
    CHECK_THROWS_AS(records.open(record, {}), InvalidDataError);
    record.payload = "not-for-everybody";
    CHECK_THROWS_AS(states.consume(inner->issue(records.seal(record).payload)), InvalidDataError);
  }
  SECTION("not as a payload") {
    test::SealedMemory sealed;
    sealed.store.save_bot({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1"});
    const std::string token = sealed.inner->find_bot({.team_id = "T1"})->bot_token;
    CHECK_THROWS_AS(states.consume(inner->issue(token)), InvalidDataError);
  }
  CHECK(states.consume(inner->issue(payload)) == "xoxb-not-a-real-token-1");
}

TEST_CASE("a payload that is too long is refused with the length that fits", "[encrypting]") {
  EncryptingOAuthStateStore states(std::make_shared<MemoryOAuthStateStore>(), test::one_key(std::string(64, 'k')));
  CHECK(states.consume(states.issue(std::string(2046, 'x'))) == std::string(2046, 'x'));
  const auto error =
      test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(states.issue(std::string(2047, 'x'))); });
  CHECK(std::string(error.what()) == "payload is longer than 2048 bytes of JSON text");
}
