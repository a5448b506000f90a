// expect: slack-oauth: the backend lacks `void write(const WorkspaceKey&, std::optional<Installation>,
// std::optional<Bot>)` errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots, ReadsInstallations, Erases, VisitsBots, VisitsInstallations {};

void program() { use<MyBackend>(); }
