// expect: slack-oauth: the lease backend lacks `bool renew(const WorkspaceKey&, std::string_view holder,
// errors: 1
#include <chrono>
#include <memory>
#include <string_view>

#include "backend_members.hpp"

struct MyLeases {
  bool take(const WorkspaceKey& /*key*/, std::string_view /*holder*/, std::chrono::milliseconds /*lifetime*/) {
    return false;
  }
  bool is_held(const WorkspaceKey& /*key*/, std::string_view /*holder*/) { return false; }
  void give_back(const WorkspaceKey& /*key*/, std::string_view /*holder*/) {}
  slack::oauth::LeaseScope scope() const { return slack::oauth::LeaseScope::threads; }
};

struct MyBackend : WholeBackend {
  std::shared_ptr<MyLeases> leases() const { return std::make_shared<MyLeases>(); }
};

void program() { use<MyBackend>(); }
