// expect: slack-oauth: the backend lacks `bool replace_installation(const WorkspaceKey&, const Installation*,
// errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots, ReadsInstallations, Writes, ReplacesBots, Erases, VisitsBots, VisitsInstallations {};

void program() { use<MyBackend>(); }
