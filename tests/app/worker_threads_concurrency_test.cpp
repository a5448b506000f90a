#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <slack/oauth/app/detail/worker_threads.hpp>
#include <thread>
#include <vector>

#include "catch.hpp"

using slack::oauth::detail::WorkerThreads;

TEST_CASE("Tasks of many threads all run, on a few threads") {
  constexpr int givers = 4;
  constexpr int tasks_of_each = 250;
  std::atomic<int> ran = 0;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::promise<void> all_ran;
  std::optional<WorkerThreads> workers(std::in_place, 3);
  std::vector<std::thread> giving;
  for (int giver = 0; giver < givers; ++giver) {
    giving.emplace_back([&] {
      for (int i = 0; i < tasks_of_each; ++i) {
        workers->run([&] {
          {
            const std::lock_guard lock(mutex);
            threads.insert(std::this_thread::get_id());
          }
          if (++ran == givers * tasks_of_each) all_ran.set_value();
        });
      }
    });
  }
  for (std::thread& thread : giving) thread.join();
  REQUIRE(all_ran.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  workers.reset();
  CHECK(ran == givers * tasks_of_each);
  CHECK(!threads.empty());
  CHECK(threads.size() <= 3);
}

TEST_CASE("What has begun ends before the threads do, and the rest is dropped with what it holds") {
  std::promise<void> has_begun;
  std::promise<void> is_ending;
  std::atomic<bool> has_ended = false;
  std::atomic<bool> has_dropped_run = false;
  const auto held = std::make_shared<int>(1);
  std::optional<WorkerThreads> workers(std::in_place, 1);
  workers->run([&] {
    has_begun.set_value();
    is_ending.get_future().wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    has_ended = true;
  });
  has_begun.get_future().wait();
  workers->run([&has_dropped_run, held] { has_dropped_run = true; });
  CHECK(held.use_count() == 2);
  is_ending.set_value();
  workers.reset();
  CHECK(has_ended);
  CHECK_FALSE(has_dropped_run);
  CHECK(held.use_count() == 1);
}

TEST_CASE("A task that waits holds up no other, as long as there are threads") {
  std::promise<void> may_end;
  std::promise<void> ran;
  WorkerThreads workers(2);
  workers.run([wait = may_end.get_future().share()] { wait.wait(); });
  workers.run([&ran] { ran.set_value(); });
  CHECK(ran.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  may_end.set_value();
}
