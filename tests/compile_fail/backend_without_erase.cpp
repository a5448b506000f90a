// expect: slack-oauth: the backend lacks `void erase(const WorkspaceKey&, const Erasure&)`
// errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots,
                   ReadsInstallations,
                   Writes,
                   ReplacesBots,
                   ReplacesInstallations,
                   VisitsBots,
                   VisitsInstallations {};

void program() { use<MyBackend>(); }
