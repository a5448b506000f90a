// expect: slack-oauth: the backend lacks `void for_each_installation(const std::function<void(StoredInstallation<
// errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots, ReadsInstallations, Writes, ReplacesBots, ReplacesInstallations, Erases, VisitsBots {};

void program() { use<MyBackend>(); }
