// What a backend consists of, one class for each member: a test leaves one of them out.
#pragma once

#include <functional>
#include <optional>
#include <slack/oauth/backend.hpp>

using slack::oauth::Bot;
using slack::oauth::Erasure;
using slack::oauth::Installation;
using slack::oauth::OptionalId;
using slack::oauth::WorkspaceKey;
using Stored = slack::oauth::StoredInstallation<Installation, Bot>;

struct ReadsBots {
  std::optional<Bot> read_bot(const WorkspaceKey& /*key*/) const { return {}; }
};

struct ReadsInstallations {
  std::optional<Stored> read_installation(const WorkspaceKey& /*key*/, OptionalId /*user_id*/) const { return {}; }
};

struct Writes {
  void write(const WorkspaceKey& /*key*/, const Installation* /*installation*/, const Bot* /*bot*/) {}
};

struct ReplacesBots {
  bool replace_bot(const WorkspaceKey& /*key*/, const Bot* /*stored*/, const Bot* /*bot*/) { return false; }
};

struct ReplacesInstallations {
  bool replace_installation(const WorkspaceKey& /*key*/, const Installation* /*stored*/,
                            const Installation* /*installation*/) {
    return false;
  }
};

struct Erases {
  void erase(const WorkspaceKey& /*key*/, const Erasure& /*what*/) {}
};

struct VisitsBots {
  void for_each_bot(const std::function<void(const Bot&)>& /*visit*/) const {}
};

struct VisitsInstallations {
  void for_each_installation(const std::function<void(Stored)>& /*visit*/) const {}
};

struct WholeBackend : ReadsBots,
                      ReadsInstallations,
                      Writes,
                      ReplacesBots,
                      ReplacesInstallations,
                      Erases,
                      VisitsBots,
                      VisitsInstallations {};

// A program that uses the store, as a backend's author has written it by the time of the mistake.
template <class Backend>
void use() {
  slack::oauth::BackendInstallationStore<Backend> store;
  store.save({.team_id = "T0FURNACE", .user_id = "U0ADA"});
  (void)store.find_bot({.team_id = "T0FURNACE"});
  (void)store.find_installation({.team_id = "T0FURNACE"});
  store.delete_all({.team_id = "T0FURNACE"});
  (void)store.replace_bot(std::nullopt, Bot{.team_id = "T0FURNACE"});
  (void)store.replace_installation(std::nullopt, Installation{.team_id = "T0FURNACE"});
}
