// expect: slack-oauth: the backend lacks `void for_each_bot(const std::function<void(const Bot&)>&) const`
// errors: 1
#include "backend_members.hpp"

struct MyBackend : ReadsBots,
                   ReadsInstallations,
                   Writes,
                   ReplacesBots,
                   ReplacesInstallations,
                   Erases,
                   VisitsInstallations {};

void program() { use<MyBackend>(); }
