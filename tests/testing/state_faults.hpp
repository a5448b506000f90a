// What a store of states may do wrong in one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faulty_state_store.hpp"
#include "slack/oauth/detail/text.hpp"

namespace kit_tests {

/// A store that changes payloads before it keeps them.
template <class Change>
BreakStateStore keeping(const Change& change) {
  return [change](SimpleStateStore& store) {
    store.on_issue = [&store, change](const json& payload) { return store.issue_rightly(change(payload)); };
  };
}

/// A store that makes its states out of random ones.
template <class Make>
BreakStateStore issuing(const Make& make) {
  return [make](SimpleStateStore& store) {
    store.on_issue = [&store, make](const json& payload) {
      const std::string state = make(so::generate_state(), payload);
      store.put(state, payload);
      return state;
    };
  };
}

/// A store that looks at a state before it consumes it.
template <class Look>
BreakStateStore consuming(const Look& look) {
  return [look](SimpleStateStore& store) {
    store.on_consume = [&store, look](std::string_view state) { return look(store, state); };
  };
}

/// A store that takes `matches(kept, asked)` for the same state.
template <class Matches>
BreakStateStore matching(const Matches& matches) {
  return consuming([matches](SimpleStateStore& store, std::string_view state) {
    for (const auto& [kept, unused] : std::map(store.storage().states)) {
      if (matches(kept, state)) return store.consume_rightly(kept);
    }
    return store.consume_rightly(state);
  });
}

inline std::vector<StateFault> faults_of_issuing() {
  return {
      {"rule 1: no state is issued twice", "issues every 300th state again",
       [](SimpleStateStore& store) {
         store.on_issue = [&store, count = 0, last = std::string()](const json& payload) mutable {
           if (++count % 300 != 0) last = so::generate_state();
           store.put(last, payload);
           return last;
         };
       }},
      {"rule 1: nobody can guess a state", "counts",
       [](SimpleStateStore& store) {
         store.on_issue = [&store, count = 1'000'000, beginning = so::generate_state()](const json& payload) mutable {
           const std::string state = beginning + std::to_string(++count);
           store.put(state, payload);
           return state;
         };
       }},
      {"rule 1: a state needs no encoding in a URL or a cookie", "pads its base64",
       issuing([](const std::string& state, const json&) { return state + "="; })},
      {"rule 1: a state fits into a URL and a cookie", "writes a payload out at length",
       issuing([](const std::string& state, const json& payload) {
         return payload.is_string() && payload.get<std::string>().size() > 100 ? state + std::string(3000, 'x') : state;
       })},
      {"rule 2: a payload comes back exactly", "keeps numbers as doubles", keeping([](json payload) {
         if (payload.is_number_integer()) payload = payload.get<double>();
         return payload;
       })},
      {"rule 2: a payload comes back exactly", "cuts text at a NUL", keeping([](json payload) {
         if (payload.is_string()) payload = std::string(payload.get<std::string>().c_str());
         return payload;
       })},
      {"rule 2: without a payload null comes back", "gives an empty object",
       keeping([](json payload) { return payload.is_null() ? json::object() : payload; })},
      {"rule 2: each state has a payload of its own", "keeps one payload for each first key",
       [](SimpleStateStore& store) {
         const auto by_key = std::make_shared<std::map<std::string, json>>();
         store.on_issue = [&store, by_key](const json& payload) {
           if (payload.is_object() && !payload.empty()) (*by_key)[payload.begin().key()] = payload;
           return store.issue_rightly(payload);
         };
         store.on_consume = [&store, by_key](std::string_view state) {
           auto payload = store.consume_rightly(state);
           if (payload && payload->is_object() && by_key->contains(payload->begin().key())) {
             payload = (*by_key)[payload->begin().key()];
           }
           return payload;
         };
       }},
      {"rule 2: a payload of the longest size comes back", "cuts text after 300 bytes", keeping([](json payload) {
         if (payload.is_string() && payload.get<std::string>().size() < 1000) {
           payload = payload.get<std::string>().substr(0, 300);
         }
         return payload;
       })},
      {"rule 2: a payload that cannot be kept is refused", "replaces what is not UTF-8", keeping([](json payload) {
         if (payload.is_string() && !so::detail::is_valid_utf8(payload.get<std::string>())) payload = "?";
         return payload;
       })},
      {"rule 2: a payload that cannot be kept is refused", "says so with another error",
       [](SimpleStateStore& store) {
         store.on_issue = [&store](const json& payload) {
           try {
             return store.issue_rightly(payload);
           } catch (const so::InvalidArgumentError& error) {
             if (payload.is_string() && payload.get<std::string>().size() > 1000) throw;
             throw so::InvalidDataError("payload", error.what());
           }
         };
       }},
      {"rule 2: a payload of 1 MB is refused or comes back", "cuts it", keeping([](json payload) {
         if (payload.is_string() && payload.get<std::string>().size() > 1000) {
           payload = payload.get<std::string>().substr(0, 1000);
         }
         return payload;
       })},
  };
}

inline std::vector<StateFault> faults_of_consuming() {
  return {
      {"rule 3: a state is consumed at most once", "brings the last one back when another is issued",
       [](SimpleStateStore& store) {
         const auto last = std::make_shared<std::string>();
         store.on_consume = [&store, last](std::string_view state) {
           auto payload = store.consume_rightly(state);
           if (payload) *last = state;
           return payload;
         };
         store.on_issue = [&store, last](const json& payload) {
           if (!last->empty()) store.put(*last, payload);
           last->clear();
           return store.issue_rightly(payload);
         };
       }},
      {"rule 3: issuing and consuming one state leaves the others", "lets one of many go",
       consuming([](SimpleStateStore& store, std::string_view state) {
         auto payload = store.consume_rightly(state);
         auto& states = store.storage().states;
         if (states.size() > 15) states.erase(states.begin());
         return payload;
       })},
      {"rule 4: a state that differs in one character is absent", "does not look at the last character",
       matching([](std::string_view kept, std::string_view asked) {
         return !asked.empty() && kept.size() == asked.size() &&
                kept.substr(0, kept.size() - 1) == asked.substr(0, asked.size() - 1);
       })},
      {"rule 4: a part of a state, and one with more around it, is absent", "skips white space",
       matching([](std::string_view kept, std::string_view asked) { return asked == std::string(kept) + "\n"; })},
      {"rule 4: a part of a state, and one with more around it, is absent", "takes its beginning for it",
       matching([](std::string_view kept, std::string_view asked) {
         return asked.size() > 20 && asked.size() < 36 && kept.starts_with(asked);
       })},
      {"rule 4: an empty, a huge and a binary state are absent", "throws where it is not UTF-8",
       consuming([](SimpleStateStore& store, std::string_view state) {
         if (!so::detail::is_valid_utf8(state)) throw so::InvalidArgumentError("state", "is not UTF-8");
         return store.consume_rightly(state);
       })},
      {"rule 4: an empty, a huge and a binary state are absent", "takes an empty one for any",
       matching([](std::string_view, std::string_view asked) { return asked.find_first_not_of('\0') == asked.npos; })},
      {"rule 4: a path, a pattern and SQL are data", "knows wildcards",
       matching([](std::string_view, std::string_view asked) { return asked == "*"; })},
      {"rule 4: a path, a pattern and SQL are data", "runs it",
       consuming([](SimpleStateStore& store, std::string_view state) {
         if (state.find("drop table") != state.npos) store.storage().states.clear();
         return store.consume_rightly(state);
       })},
  };
}

inline std::vector<StateFault> faults_of_storage() {
  return {
      {"rule 5: a state that has expired is absent", "leaves expiry to the purging",
       consuming([](SimpleStateStore& store, std::string_view state) -> std::optional<json> {
         const auto found = store.storage().states.find(std::string(state));
         if (!store.is_broken() && found != store.storage().states.end())
           found->second.expires_at = store.now() + std::chrono::seconds{1};
         return store.consume_rightly(state);
       })},
      {"rule 5: a state that has expired is absent", "lets it hold in the second when it expires",
       consuming([](SimpleStateStore& store, std::string_view state) -> std::optional<json> {
         const auto found = store.storage().states.find(std::string(state));
         if (!store.is_broken() && found != store.storage().states.end() && found->second.expires_at == store.now()) {
           found->second.expires_at += std::chrono::seconds{1};
         }
         return store.consume_rightly(state);
       })},
      {"rule 5: a state holds until it expires", "lets it expire five seconds early",
       consuming([](SimpleStateStore& store, std::string_view state) -> std::optional<json> {
         const auto found = store.storage().states.find(std::string(state));
         if (found != store.storage().states.end() &&
             found->second.expires_at - store.now() < std::chrono::seconds{5}) {
           return std::nullopt;
         }
         return store.consume_rightly(state);
       })},
      {"rule 5: purging leaves what has not expired", "empties the storage when any has expired",
       [](SimpleStateStore& store) {
         store.on_issue = [&store](const json& payload) {
           auto& states = store.storage().states;
           const std::size_t before = states.size();
           store.purge();
           if (states.size() < before) states.clear();
           return store.issue_rightly(payload);
         };
       }},
      {"rule 5: states that have expired are purged", "keeps them for ever",
       [](SimpleStateStore& store) {
         store.on_issue = [&store](const json& payload) {
           auto before = store.storage().states;
           std::string state = store.issue_rightly(payload);
           store.storage().states.merge(before);
           return state;
         };
       }},
      {"rule 6: another store on the same storage consumes a state, with its payload", "keeps the payload itself",
       [](SimpleStateStore& store) {
         const auto payloads = std::make_shared<std::map<std::string, json>>();
         store.on_issue = [&store, payloads](const json& payload) {
           std::string state = store.issue_rightly(payload);
           const std::lock_guard lock(store.storage().mutex);
           (*payloads)[state] = payload;
           return state;
         };
         store.on_consume = [&store, payloads](std::string_view state) {
           auto payload = store.consume_rightly(state);
           if (payload && !payloads->contains(std::string(state))) payload = json();
           return payload;
         };
       }},
      {"rule 6: what one store has consumed is absent in another", "tells the storage only when it issues the next",
       [](SimpleStateStore& store) {
         const auto consumed = std::make_shared<std::map<std::string, StateStorage::Kept>>();
         store.on_consume = [&store, consumed](std::string_view state) -> std::optional<json> {
           store.require_working();
           const std::string name(state);
           const std::lock_guard lock(store.storage().mutex);
           const auto found = store.storage().states.find(name);
           if (found == store.storage().states.end() || consumed->contains(name)) return std::nullopt;
           if (store.now() >= found->second.expires_at) return std::nullopt;
           return (*consumed)[name] = found->second, found->second.payload;
         };
         store.on_issue = [&store, consumed](const json& payload) {
           for (const auto& [name, unused] : *consumed) store.storage().states.erase(name);
           return store.issue_rightly(payload);
         };
       },
       "rule 6: of stores that consume a state at the same moment one gets it"},
      {"rule 7: a failing storage is a StorageError when a state is issued", "issues a state all the same",
       [](SimpleStateStore& store) {
         store.on_issue = [&store](const json& payload) {
           return store.is_broken() ? so::generate_state() : store.issue_rightly(payload);
         };
       }},
      {"rule 7: a failing storage is a StorageError when a state is consumed, and no unknown state",
       "takes the state for unknown", consuming([](SimpleStateStore& store, std::string_view state) {
         return store.is_broken() ? std::nullopt : store.consume_rightly(state);
       })},
      {"rule 7: a state that could not be consumed can be consumed later", "has lost it",
       consuming([](SimpleStateStore& store, std::string_view state) {
         if (store.is_broken()) store.storage().states.erase(std::string(state));
         return store.consume_rightly(state);
       })},
  };
}

}  // namespace kit_tests
