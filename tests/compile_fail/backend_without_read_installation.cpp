// expect: slack-oauth: the backend lacks `std::optional<StoredInstallation<Installation, Bot>> read_installation(const
// WorkspaceKey&, OptionalId user_id) const` errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots, Writes, Erases, VisitsBots, VisitsInstallations {};

void program() { use<MyBackend>(); }
