// expect: slack-oauth: the backend lacks `std::optional<StoredInstallation<Installation, Bot>> read_installation(
// errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots, Writes, ReplacesBots, ReplacesInstallations, Erases, VisitsBots, VisitsInstallations {};

void program() { use<MyBackend>(); }
