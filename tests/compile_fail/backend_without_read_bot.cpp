// expect: slack-oauth: the backend lacks `std::optional<Bot> read_bot(const WorkspaceKey&) const`
// errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsInstallations,
                   Writes,
                   ReplacesBots,
                   ReplacesInstallations,
                   Erases,
                   VisitsBots,
                   VisitsInstallations {};

void program() { use<MyBackend>(); }
