// expect: slack-oauth: the backend lacks `bool replace_bot(const WorkspaceKey&, const Bot*, const Bot*)`
// errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots,
                   ReadsInstallations,
                   Writes,
                   ReplacesInstallations,
                   Erases,
                   VisitsBots,
                   VisitsInstallations {};

void program() { use<MyBackend>(); }
