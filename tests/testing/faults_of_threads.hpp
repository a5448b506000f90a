// What a store may do wrong between threads. None is a data race: each step takes the lock.
#pragma once

#include <vector>

#include "faulty_store.hpp"

namespace kit_tests {

inline std::vector<Fault> faults_of_threads() {
  return {
      {"rule 5: another thread sees an installation and its bot saved in one step", "writes the bot first",
       flawed({.tears_writes = true})},
      {"rule 6: another thread sees delete_all remove the bot and the installations in one step",
       "removes the installations first", flawed({.tears_erasures = true})},
      {"rule 6: another thread sees delete_all remove the bot and the installations in one step",
       "removes the bot first", hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_all = [&simple](const so::WorkspaceRef& ref) {
           simple.delete_bot(ref);
           std::this_thread::sleep_for(std::chrono::microseconds{200});
           simple.delete_installation({.enterprise_id = ref.enterprise_id, .team_id = ref.team_id});
         };
       })},
      {"rule 11: threads in workspaces of their own do not disturb one another", "writes back an old copy",
       flawed({.loses_updates = true})},
      {"rule 11: no thread's save in one workspace is lost to another's", "writes back an old copy",
       flawed({.loses_updates = true})},
      {"rule 11: a reader never sees half a write", "reads in two steps", flawed({.tears_reads = true})},
      {"rule 11: a visit is whole while other threads write", "reads the bots later", flawed({.tears_visits = true})},
      {"rule 13: of threads that replace a bot's token at the same moment one succeeds", "compares before it writes",
       flawed({.compares_before_it_writes = true})},
      {"rule 13: of threads that replace a user's token at the same moment one succeeds", "compares before it writes",
       flawed({.compares_before_it_writes = true})},
      {"rule 13: of threads that put a pair in place of one exchanged token one succeeds", "compares before it writes",
       flawed({.compares_before_it_writes = true})},
      {"rule 13: a save is never undone by a replacement beside it", "compares before it writes",
       flawed({.compares_before_it_writes = true})},
      {"rule 13: of threads that replace one bot at the same moment one succeeds", "compares before it writes",
       flawed({.compares_before_it_writes = true})},
      {"rule 13: of threads that replace one installation at the same moment one succeeds", "compares before it writes",
       flawed({.compares_before_it_writes = true})},
      {"rule 14: what is installed beside a deletion of what was older stays", "decides before it erases",
       flawed({.decides_before_it_erases = true})},
      {"rule 12: a visitor may call the store, and other threads meanwhile", "holds its lock during the visit",
       flawed({.visits_under_lock = true})},
  };
}

}  // namespace kit_tests
