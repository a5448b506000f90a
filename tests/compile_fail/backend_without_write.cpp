// expect: slack-oauth: the backend lacks `void write(const WorkspaceKey&, const Installation*, const Bot*)`
// errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots,
                   ReadsInstallations,
                   ReplacesBots,
                   ReplacesInstallations,
                   Erases,
                   VisitsBots,
                   VisitsInstallations {};

void program() { use<MyBackend>(); }
