// A PostgreSQL store in a schema of its own on the tests' server.
#pragma once

#include <memory>
#include <slack/oauth/postgresql.hpp>
#include <string>

#include "postgresql/raw_database.hpp"
#include "postgresql/server.hpp"

namespace test {

/// The options' rest: where the store is, and whose.
template <class Options>
Options placed(Options options) {
  if (options.connection_string.empty()) options.connection_string = postgresql_server()->connection_string();
  if (options.tables.schema.empty()) options.tables.schema = postgresql_server()->new_schema();
  if constexpr (requires { options.client_id; }) {
    if (options.client_id.empty()) options.client_id = "111.222";
  }
  return options;
}

template <class InstallationT, class BotT>
class BasicPlacedStore : public slack::oauth::BasicPostgreSQLInstallationStore<InstallationT, BotT> {
  using Base = slack::oauth::BasicPostgreSQLInstallationStore<InstallationT, BotT>;

 public:
  explicit BasicPlacedStore(const slack::oauth::PostgreSQLInstallationStoreOptions& options = {})
      : BasicPlacedStore(Placed{placed(options)}) {}

  /// A second store on the same tables.
  [[nodiscard]] std::shared_ptr<BasicPlacedStore> again() const {
    return std::make_shared<BasicPlacedStore>(opened_with_);
  }
  [[nodiscard]] std::shared_ptr<BasicPlacedStore> of_client(const std::string& client_id) const {
    auto other = opened_with_;
    other.client_id = client_id;
    return std::make_shared<BasicPlacedStore>(other);
  }

  [[nodiscard]] RawDatabase raw() const {
    return RawDatabase(postgresql_server()->connection_string(), opened_with_.tables.schema);
  }

  [[nodiscard]] const slack::oauth::PostgreSQLInstallationStoreOptions& opened_with() const { return opened_with_; }

 private:
  struct Placed {
    slack::oauth::PostgreSQLInstallationStoreOptions options;
  };

  explicit BasicPlacedStore(const Placed& placed) : Base(placed.options), opened_with_(placed.options) {}

  slack::oauth::PostgreSQLInstallationStoreOptions opened_with_;
};

using PlacedStore = BasicPlacedStore<slack::oauth::Installation, slack::oauth::Bot>;

}  // namespace test
