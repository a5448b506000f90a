// Stores with one fault each, as somebody may write it, around a process's own store.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"

namespace test {

using slack::oauth::Bot;
using slack::oauth::BotQuery;
using slack::oauth::Installation;
using slack::oauth::InstallationQuery;
using slack::oauth::InstallationRef;
using slack::oauth::InstallationStore;
using slack::oauth::TokenReplacement;
using slack::oauth::WorkspaceLease;
using slack::oauth::WorkspaceRef;

/// What a mutant does otherwise. Without a function it does as its store does. One object serves all processes.
struct Mutation {
  using Store = InstallationStore;
  using Bots = std::function<std::optional<Bot>(const Store&, const BotQuery&)>;
  using Installations = std::function<std::optional<Installation>(const Store&, const InstallationQuery&)>;
  using Leases = std::function<std::unique_ptr<WorkspaceLease>(Store&, const WorkspaceRef&, std::chrono::milliseconds,
                                                               std::chrono::milliseconds)>;

  std::function<void(Store&, const Installation&)> save{};
  Bots find_bot{};
  Installations find_installation{};
  std::function<void(Store&, const WorkspaceRef&)> delete_all{};
  std::function<void(Store&, const WorkspaceRef&, std::span<const std::string_view>)> delete_installations{};
  std::function<bool(Store&, const TokenReplacement&)> replace_tokens{};
  std::function<bool(Store&, const std::optional<Bot>&, const std::optional<Bot>&)> replace_bot{};
  std::function<bool(Store&, const std::optional<Installation>&, const std::optional<Installation>&)>
      replace_installation{};
  std::function<void(const Store&, std::function<void(const Bot&)>)> for_each_bot{};
  Leases wait_lease{};
};

class Mutant final : public slack::oauth::BasicForwardingInstallationStore<Installation, Bot> {
  using Base = slack::oauth::BasicForwardingInstallationStore<Installation, Bot>;

 public:
  Mutant(std::shared_ptr<InstallationStore> store, std::shared_ptr<const Mutation> mutation)
      : Base(std::move(store)), mutation_(std::move(mutation)) {}

  void save(const Installation& installation) override {
    mutation_->save ? mutation_->save(wrapped(), installation) : Base::save(installation);
  }
  std::optional<Bot> find_bot(const BotQuery& query) const override {
    return mutation_->find_bot ? mutation_->find_bot(wrapped(), query) : Base::find_bot(query);
  }
  std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    return mutation_->find_installation ? mutation_->find_installation(wrapped(), query)
                                        : Base::find_installation(query);
  }
  void delete_all(const WorkspaceRef& ref) override {
    mutation_->delete_all ? mutation_->delete_all(wrapped(), ref) : Base::delete_all(ref);
  }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    mutation_->delete_installations ? mutation_->delete_installations(wrapped(), ref, user_ids)
                                    : Base::delete_installations(ref, user_ids);
  }
  bool replace_tokens(const TokenReplacement& replacement) override {
    return mutation_->replace_tokens ? mutation_->replace_tokens(wrapped(), replacement)
                                     : Base::replace_tokens(replacement);
  }
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    return mutation_->replace_bot ? mutation_->replace_bot(wrapped(), stored, bot) : Base::replace_bot(stored, bot);
  }
  bool replace_installation(const std::optional<Installation>& stored,
                            const std::optional<Installation>& installation) override {
    return mutation_->replace_installation ? mutation_->replace_installation(wrapped(), stored, installation)
                                           : Base::replace_installation(stored, installation);
  }
  void for_each_bot(std::function<void(const Bot&)> visit) const override {
    mutation_->for_each_bot ? mutation_->for_each_bot(wrapped(), std::move(visit)) : Base::for_each_bot(visit);
  }
  std::unique_ptr<WorkspaceLease> wait_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                             std::chrono::milliseconds timeout) override {
    return mutation_->wait_lease ? mutation_->wait_lease(wrapped(), ref, lifetime, timeout)
                                 : Base::wait_lease(ref, lifetime, timeout);
  }

 private:
  std::shared_ptr<const Mutation> mutation_;
};

/// A lease that nobody checks.
class EndlessLease final : public WorkspaceLease {
 public:
  explicit EndlessLease(std::unique_ptr<WorkspaceLease> lease) : lease_(std::move(lease)) {}
  bool is_held() const override { return true; }
  bool renew(std::chrono::milliseconds) override { return true; }

 private:
  std::unique_ptr<WorkspaceLease> lease_;
};

/// Bots by workspace, which somebody keeps beside the store.
using CachedBots = std::map<std::string, std::optional<Bot>>;

template <class Ids>
std::string workspace_of(const Ids& ids) {
  return std::string(ids.enterprise_id.value_or("")) + "/" + std::string(ids.team_id.value_or(""));
}

/// A new mutation of each kind, for one world: some of them remember things.
struct NamedMutation {
  std::string name;
  std::function<Mutation()> make;
};

inline std::vector<NamedMutation> mutations_of_writes() {
  return {
      {"tokens are replaced by a look and a save",
       [] {
         return Mutation{.replace_tokens = [](InstallationStore& store, const TokenReplacement& replacement) {
           if (replacement.user_id) return store.replace_tokens(replacement);
           auto bot = store.find_bot({replacement.enterprise_id, replacement.team_id});
           if (!bot || !replacement.replaces(std::string_view(bot->bot_token), bot->bot_refresh_token.value_or("")))
             return false;
           put_bot_token(*bot, replacement.token);
           store.save_bot(*bot);
           return true;
         }};
       }},
      {"tokens are replaced whatever is stored",
       [] {
         return Mutation{.replace_tokens = [](InstallationStore& store, const TokenReplacement& replacement) {
           if (replacement.user_id) return store.replace_tokens(replacement);
           Bot bot{.team_id = std::string(*replacement.team_id), .installed_at = {}};
           if (replacement.enterprise_id) bot.enterprise_id = *replacement.enterprise_id;
           if (auto stored = store.find_bot({replacement.enterprise_id, replacement.team_id})) bot = *std::move(stored);
           put_bot_token(bot, replacement.token);
           store.save_bot(bot);
           return true;
         }};
       }},
      {"the refresh token is not replaced",
       [] {
         return Mutation{.replace_tokens = [](InstallationStore& store, const TokenReplacement& replacement) {
           auto token = replacement.token;
           token.refresh_token = std::string(replacement.used_refresh_token);
           return store.replace_tokens({.enterprise_id = replacement.enterprise_id,
                                        .team_id = replacement.team_id,
                                        .user_id = replacement.user_id,
                                        .is_enterprise_install = replacement.is_enterprise_install,
                                        .used_refresh_token = replacement.used_refresh_token,
                                        .token = token,
                                        .exchanged_token = replacement.exchanged_token});
         }};
       }},
      {"users' tokens are said to be replaced",
       [] {
         return Mutation{.replace_tokens = [](InstallationStore& store, const TokenReplacement& replacement) {
           return replacement.user_id ? true : store.replace_tokens(replacement);
         }};
       }},
      {"new tokens of a user go to the bot too",
       [] {
         return Mutation{.replace_tokens = [](InstallationStore& store, const TokenReplacement& replacement) {
           const bool is_replaced = store.replace_tokens(replacement);
           if (auto bot = store.find_bot({replacement.enterprise_id, replacement.team_id});
               bot && replacement.user_id) {
             bot->bot_token = replacement.token.access_token;
             store.save_bot(*bot);
           }
           return is_replaced;
         }};
       }},
      {"a save forgets the bot",
       [] {
         return Mutation{.save = [](InstallationStore& store, const Installation& installation) {
           const auto bot = store.find_bot({installation.enterprise_id, installation.team_id});
           store.save(installation);
           if (bot) {
             store.save_bot(*bot);
           } else {
             store.delete_bot({installation.enterprise_id, installation.team_id});
           }
         }};
       }},
      {"a save forgets the user",
       [] {
         return Mutation{.save = [](InstallationStore& store, const Installation& installation) {
           if (const auto bot = installation.to_bot()) store.save_bot(*bot);
         }};
       }},
      {"a save forgets refresh tokens",
       [] {
         return Mutation{.save = [](InstallationStore& store, Installation installation) {
           installation.bot_refresh_token.reset();
           installation.user_refresh_token.reset();
           store.save(installation);
         }};
       }},
      {"a save forgets when tokens end",
       [] {
         return Mutation{.save = [](InstallationStore& store, Installation installation) {
           installation.bot_token_expires_at.reset();
           installation.user_token_expires_at.reset();
           store.save(installation);
         }};
       }},
      {"a save is repeated when somebody deletes",
       [] {
         const auto last = std::make_shared<std::optional<Installation>>();
         return Mutation{.save =
                             [last](InstallationStore& store, const Installation& installation) {
                               *last = installation;
                               store.save(installation);
                             },
                         .delete_all =
                             [last](InstallationStore& store, const WorkspaceRef& ref) {
                               store.delete_all(ref);
                               if (*last && ref.team_id == (*last)->team_id) store.save(**last);
                             }};
       }},
      {"a save comes twice, the second time late",
       [] {
         const auto last = std::make_shared<std::optional<Installation>>();
         return Mutation{.save = [last](InstallationStore& store, const Installation& installation) {
           store.save(installation);
           if (const auto late = std::exchange(*last, installation)) store.save(*late);
         }};
       }},
  };
}

inline std::vector<NamedMutation> mutations_of_deletions() {
  return {
      {"a deletion ignores its time",
       [] {
         return Mutation{.delete_all = [](InstallationStore& store, WorkspaceRef ref) {
           ref.installed_until.reset();
           store.delete_all(ref);
         }};
       }},
      {"a deletion leaves the users",
       [] {
         return Mutation{
             .delete_all = [](InstallationStore& store, const WorkspaceRef& ref) { store.delete_bot(ref); }};
       }},
      {"a deletion does nothing",
       [] { return Mutation{.delete_all = [](InstallationStore&, const WorkspaceRef&) {}}; }},
      {"a deletion of one user's does nothing",
       [] {
         return Mutation{
             .delete_installations = [](InstallationStore&, const WorkspaceRef&, std::span<const std::string_view>) {}};
       }},
      {"a deletion of one user's takes all",
       [] {
         return Mutation{.delete_installations = [](InstallationStore& store, const WorkspaceRef& ref,
                                                    std::span<const std::string_view>) {
           store.delete_installation({ref.enterprise_id, ref.team_id, std::nullopt, ref.installed_until});
         }};
       }},
  };
}

inline std::vector<NamedMutation> mutations_of_look_ups() {
  return {
      {"a bot is another workspace's",
       [] {
         return Mutation{.find_bot = [](const InstallationStore& store, const BotQuery& query) {
           const auto bot = store.find_bot({.team_id = "T0WORKSPACE0"});
           return bot ? bot : store.find_bot(query);
         }};
       }},
      {"an installation is another user's",
       [] {
         return Mutation{.find_installation = [](const InstallationStore& store, InstallationQuery query) {
           query.user_id.reset();
           return store.find_installation(query);
         }};
       }},
      {"a bot is as it was before the last write",
       [] {
         const auto seen = std::make_shared<CachedBots>();
         return Mutation{.find_bot = [seen](const InstallationStore& store, const BotQuery& query) {
           const auto now = store.find_bot(query);
           const auto before = seen->emplace(workspace_of(query), now).first->second;
           (*seen)[workspace_of(query)] = now;
           return before;
         }};
       }},
      {"a cache of bots is never emptied",
       [] {
         const auto cache = std::make_shared<CachedBots>();
         return Mutation{.find_bot = [cache](const InstallationStore& store, const BotQuery& query) {
           const auto found = cache->find(workspace_of(query));
           if (found != cache->end() && found->second) return found->second;
           return (*cache)[workspace_of(query)] = store.find_bot(query);
         }};
       }},
      {"a cache keeps that there is no bot",
       [] {
         const auto cache = std::make_shared<CachedBots>();
         return Mutation{.find_bot = [cache](const InstallationStore& store, const BotQuery& query) {
           const auto found = cache->find(workspace_of(query));
           if (found != cache->end() && !found->second) return found->second;
           return (*cache)[workspace_of(query)] = store.find_bot(query);
         }};
       }},
      {"a cache is filled with what a write has made old",
       [] {
         const auto cache = std::make_shared<CachedBots>();
         const auto forget = [cache](const auto& ids) { cache->erase(workspace_of(ids)); };
         return Mutation{.save =
                             [=](InstallationStore& store, const Installation& installation) {
                               store.save(installation);
                               forget(installation);
                             },
                         .find_bot =
                             [=](const InstallationStore& store, const BotQuery& query) {
                               const auto found = cache->find(workspace_of(query));
                               if (found != cache->end()) return found->second;
                               auto bot = store.find_bot(query);
                               (*cache)[workspace_of(query)] = bot;
                               return bot;
                             },
                         .delete_all =
                             [=](InstallationStore& store, const WorkspaceRef& ref) {
                               store.delete_all(ref);
                               forget(ref);
                             },
                         .replace_tokens =
                             [=](InstallationStore& store, const TokenReplacement& replacement) {
                               const bool is_replaced = store.replace_tokens(replacement);
                               forget(replacement);
                               return is_replaced;
                             }};
       }},
      {"a job leaves out a bot",
       [] {
         return Mutation{.for_each_bot = [](const InstallationStore& store, std::function<void(const Bot&)> visit) {
           bool is_first = true;
           store.for_each_bot([&](const Bot& bot) {
             if (!std::exchange(is_first, false)) visit(bot);
           });
         }};
       }},
  };
}

/// Those of calls that move records to an organisation, and take them back.
inline std::vector<NamedMutation> mutations_of_moves() {
  return {
      {"a bot is put whatever is stored",
       [] {
         return Mutation{.replace_bot = [](InstallationStore& store, const std::optional<Bot>& stored,
                                           const std::optional<Bot>& bot) {
           if (!bot) return store.replace_bot(stored, bot);
           store.save_bot(*bot);
           return true;
         }};
       }},
      {"a bot is removed whatever is stored",
       [] {
         return Mutation{.replace_bot = [](InstallationStore& store, const std::optional<Bot>& stored,
                                           const std::optional<Bot>& bot) {
           if (!stored || bot) return store.replace_bot(stored, bot);
           store.delete_bot({stored->enterprise_id, stored->team_id});
           return true;
         }};
       }},
      {"a bot stays where it was",
       [] {
         return Mutation{
             .replace_bot = [](InstallationStore& store, const std::optional<Bot>& stored,
                               const std::optional<Bot>& bot) { return !bot || store.replace_bot(stored, bot); }};
       }},
      {"an installation is put with its bot",
       [] {
         return Mutation{.replace_installation = [](InstallationStore& store, const std::optional<Installation>& stored,
                                                    const std::optional<Installation>& installation) {
           const bool is_replaced = store.replace_installation(stored, installation);
           if (is_replaced && installation) store.save(*installation);
           return is_replaced;
         }};
       }},
  };
}

inline std::vector<NamedMutation> mutations_of_turns() {
  return {
      {"everybody has the turn",
       [] {
         return Mutation{.wait_lease = [](InstallationStore&, const WorkspaceRef&, std::chrono::milliseconds,
                                          std::chrono::milliseconds) -> std::unique_ptr<WorkspaceLease> {
           return std::make_unique<EndlessLease>(nullptr);
         }};
       }},
      {"a turn is given back as soon as it is there",
       [] {
         return Mutation{.wait_lease = [](InstallationStore& store, const WorkspaceRef& ref,
                                          std::chrono::milliseconds lifetime,
                                          std::chrono::milliseconds timeout) -> std::unique_ptr<WorkspaceLease> {
           if (store.wait_lease(ref, lifetime, timeout) == nullptr) return nullptr;
           return std::make_unique<EndlessLease>(nullptr);
         }};
       }},
  };
}

}  // namespace test
