// expect: slack-oauth: the backend's changes() does not give a std::unique_ptr<StoreChanges>
// errors: 1
#include <memory>

#include "backend_members.hpp"

struct MyBackend : WholeBackend {
  std::shared_ptr<slack::oauth::StoreChanges> changes() const { return nullptr; }
};

void program() { use<MyBackend>(); }
