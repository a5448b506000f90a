// Tokens that are sealed at rest: installs an app, moves from one key to the next while it could run, and shows what
// the database holds. It may be run again on the same file.
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <slack/oauth.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <string_view>

namespace {

// Real ones come from `openssl rand -base64 32`, and stand in no source.
constexpr const char* key_of_november = "bm90IGEgcmVhbCBrZXk6IG5vdmVtYmVyIDIwMjYgLS0=";
constexpr const char* key_of_december = "bm90IGEgcmVhbCBrZXk6IGRlY2VtYmVyIDIwMjYgLS0=";

const slack::oauth::EncryptionOptions encryption{.client_id = "111.222"};

void install(const slack::oauth::Stores& plain) {
  // [wrap]
  slack::oauth::KeyRing keys;
  keys.add_text("2026-11", key_of_november);  // or add_from_environment(), add_from_file(), add_service()
  keys.set_current("2026-11");
  const slack::oauth::Stores stores = slack::oauth::encrypted(plain, keys, {.client_id = "111.222"});
  // [wrap]
  stores.installations->save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});
  const auto bot = stores.installations->find_bot({.team_id = "T0FURNACE"});
  const auto at_rest = plain.installations->find_bot({.team_id = "T0FURNACE"});
  std::cout << "the app finds " << slack::oauth::redact(bot->bot_token) << "\n"
            << "the database holds " << at_rest->bot_token.substr(0, 30) << "…\n";
}

void rotate(const slack::oauth::Stores& plain) {
  // [rotate]
  slack::oauth::KeyRing keys;
  keys.add_text("2026-11", key_of_november);
  keys.add_text("2026-12", key_of_december);  // the first step: every process knows it
  keys.set_current("2026-12");                // the second step
  keys.retire("2026-11");
  slack::oauth::EncryptingInstallationStore store(plain.installations, keys, encryption);
  const slack::oauth::ReencryptionReport report =
      store.reencrypt_all({.on_progress = [](const slack::oauth::ReencryptionReport& so_far) {
        if (so_far.seen % 1'000 == 0) std::cout << so_far.seen << " records were seen\n";
        return true;  // false: stop here; the next run goes on
      }});
  const slack::oauth::SealedCounts counts = store.count_sealed();
  // [rotate]
  std::cout << report.sealed << " records were sealed anew, " << report.failed << " failed\n";
  for (const auto& [key, records] : counts.records_by_key) std::cout << key << ": " << records << " records\n";
  std::cout << "plain: " << counts.plain << " records\n";
}

/// Stands in for a client of a cloud's key service. A real one sends the bytes there, throws a StorageError where the
/// service fails, and decrypts to an empty text what the service says that it never encrypted.
struct CloudKeys {
  [[nodiscard]] std::string encrypt(std::string_view text) const {
    std::string out(text);
    for (char& byte : out) byte = static_cast<char>(byte ^ mask);
    return out;
  }
  [[nodiscard]] std::string decrypt(std::string_view text) const { return encrypt(text); }

  char mask = '\x55';
};

void use_key_service() {
  // [service]
  const auto cloud = std::make_shared<CloudKeys>();  // copies of the ring call it, as long as there are any
  slack::oauth::KeyRing keys;
  keys.add_service("cloud-1", {.wrap = [cloud](std::string_view data_key) { return cloud->encrypt(data_key); },
                               .unwrap = [cloud](std::string_view wrapped) { return cloud->decrypt(wrapped); }});
  keys.set_current("cloud-1");
  // [service]
  const slack::oauth::Stores stores = slack::oauth::encrypted(slack::oauth::memory_stores(), keys, encryption);
  stores.installations->save_bot({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-2"});
  std::cout << "with a key service, the app finds "
            << slack::oauth::redact(stores.installations->find_bot({.team_id = "T0FURNACE"})->bot_token) << "\n";
}

}  // namespace

int main() {
  try {
    const slack::oauth::Stores plain =
        slack::oauth::sqlite3_stores({.database = "encrypted.db", .client_id = "111.222"});
    install(plain);
    rotate(plain);
    use_key_service();
  } catch (const std::exception& error) {
    std::cerr << "encrypted_store: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
