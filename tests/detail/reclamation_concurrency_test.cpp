#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/detail/reclamation.hpp"

namespace {

using slack::oauth::detail::make_reclaimable;
using slack::oauth::detail::Reclaimable;
using slack::oauth::detail::Reclaimer;
using slack::oauth::detail::release;

struct Counted : Reclaimable {
  explicit Counted(std::atomic<int>& count) : alive(&count) { ++*alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*alive; }
  std::atomic<int>* alive;
};

void retire(Reclaimer& reclaimer, Counted* object) {
  reclaimer.reserve(1);
  reclaimer.retire(object);
}

void collect(Reclaimer& reclaimer) { [[maybe_unused]] const auto garbage = reclaimer.collect(); }

}  // namespace

TEST_CASE("What is retired is freed at once where nobody reads") {
  std::atomic<int> alive = 0;
  Reclaimer reclaimer;
  retire(reclaimer, make_reclaimable<Counted>(alive));
  CHECK(alive == 1);
  collect(reclaimer);
  CHECK(alive == 0);
}

TEST_CASE("What a reader may see is kept until it has left") {
  std::atomic<int> alive = 0;
  Reclaimer reclaimer;
  auto early = std::unique_ptr<Reclaimer::Guard>(new auto(reclaimer.enter()));
  retire(reclaimer, make_reclaimable<Counted>(alive));
  collect(reclaimer);
  CHECK(alive == 1);

  SECTION("also when others come and go") {
    static_cast<void>(reclaimer.enter());
    collect(reclaimer);
    CHECK(alive == 1);
  }
  SECTION("but what is retired before a reader came does not wait for it") {
    const auto late = reclaimer.enter();
    early.reset();
    collect(reclaimer);
    CHECK(alive == 0);
  }
  early.reset();
  collect(reclaimer);
  CHECK(alive == 0);
}

TEST_CASE("There is room for more readers at once than one block of slots has") {
  std::atomic<int> alive = 0;
  Reclaimer reclaimer;
  constexpr int readers = 100;
  std::atomic<int> inside = 0;
  std::atomic<bool> may_leave = false;
  std::vector<std::thread> threads;
  threads.reserve(readers);
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&] {
      const auto guard = reclaimer.enter();
      ++inside;
      while (!may_leave) std::this_thread::yield();
    });
  }
  while (inside != readers) std::this_thread::yield();
  retire(reclaimer, make_reclaimable<Counted>(alive));
  collect(reclaimer);
  CHECK(alive == 1);
  may_leave = true;
  for (auto& thread : threads) thread.join();
  collect(reclaimer);
  CHECK(alive == 0);
}

TEST_CASE("Readers never see a freed object") {
  std::atomic<int> alive = 0;
  Reclaimer reclaimer;
  std::atomic<Counted*> current{make_reclaimable<Counted>(alive)};
  std::atomic<bool> is_done = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!is_done) {
        const auto guard = reclaimer.enter();
        if (current.load()->alive != &alive) ++wrong;
      }
    });
  }
  for (int i = 0; i < 20'000; ++i) {
    retire(reclaimer, current.exchange(make_reclaimable<Counted>(alive)));
    collect(reclaimer);
  }
  is_done = true;
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
  release(current.load());
  collect(reclaimer);
  CHECK(alive == 0);
}

TEST_CASE("Threads that often keep one object get owners of their own, which keep it as well") {
  std::atomic<int> alive = 0;
  constexpr std::size_t threads = 4;
  Counted* const object = make_reclaimable<Counted>(alive);
  std::vector<std::shared_ptr<const void>> kept(threads);
  const auto owners_of_threads = [&] {
    std::vector<const void*> owners(threads);
    std::vector<std::thread> readers;
    for (std::size_t i = 0; i < threads; ++i) {
      readers.emplace_back([&, i] {
        owners[i] = &object->owner();
        kept[i] = object->owner();
      });
    }
    for (auto& reader : readers) reader.join();
    return std::set<const void*>(owners.begin(), owners.end()).size();
  };
  constexpr std::uint8_t many = 200;
  for (std::uint8_t i = 0; i < many; ++i) object->note_change(i % 2, i);
  CHECK(owners_of_threads() == 1);
  for (std::uint8_t i = 0; i < many; ++i) object->note_change(i % 2, many);
  CHECK(owners_of_threads() == threads);

  release(object);
  for (auto& share : kept) {
    CHECK(alive == 1);
    share.reset();
  }
  CHECK(alive == 0);
}

TEST_CASE("Readers that come at once may make owners of one object at once") {
  std::atomic<int> alive = 0;
  for (int round = 0; round < 200; ++round) {
    Counted* const object = make_reclaimable<Counted>(alive);
    std::vector<std::thread> readers;
    for (std::uint8_t reader = 0; reader < 4; ++reader) {
      readers.emplace_back([object, reader] {
        for (int i = 0; i < 100; ++i) {
          object->note_change(reader, 1);
          const auto share = object->owner();
        }
      });
    }
    for (auto& reader : readers) reader.join();
    release(object);
  }
  CHECK(alive == 0);
}
