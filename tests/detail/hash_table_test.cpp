#include "slack/oauth/detail/hash_table.hpp"

#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/detail/reclamation.hpp"

namespace {

using slack::oauth::detail::HashTable;
using slack::oauth::detail::make_reclaimable;
using slack::oauth::detail::Reclaimable;
using slack::oauth::detail::Reclaimer;
using slack::oauth::detail::release;

struct Node : Reclaimable {
  Node(std::uint64_t node_hash, int node_key) : hash(node_hash), key(node_key) {}
  std::uint64_t hash;
  int key;
};

class Table {
 public:
  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() {
    nodes.for_each([](Node* node) { release(node); });
  }

  void insert(std::uint64_t hash, int key) {
    nodes.reserve_one();
    nodes.insert(make_reclaimable<Node>(hash, key));
  }

  [[nodiscard]] Node* find(std::uint64_t hash, int key) const {
    return nodes.find(hash, [key](const Node& node) { return node.key == key; });
  }

  bool remove(std::uint64_t hash, int key) {
    Node* const node = find(hash, key);
    if (node == nullptr) return false;
    reclaimer.reserve(1);
    nodes.remove(node);
    reclaimer.retire(node);
    [[maybe_unused]] const auto garbage = reclaimer.collect();
    return true;
  }

  Reclaimer reclaimer;
  HashTable<Node> nodes{reclaimer};
};

// Few homes and many equal hashes, so that probes are long, wrap around and meet removed places.
std::uint64_t crowded_hash(int key) { return (static_cast<std::uint64_t>(key % 7) << 61U) | 1U; }

}  // namespace

TEST_CASE("A hash table finds what was inserted and not removed") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Table table;
  std::set<int> expected;
  for (int step = 0; step < 20'000; ++step) {
    const int key = static_cast<int>(random() % 200);
    const std::uint64_t hash = crowded_hash(key);
    if (random() % 2 == 0) {
      if (expected.insert(key).second) table.insert(hash, key);
    } else {
      CHECK(table.remove(hash, key) == (expected.erase(key) == 1));
    }
    const int other = static_cast<int>(random() % 200);
    REQUIRE((table.find(crowded_hash(other), other) != nullptr) == expected.contains(other));
  }
}

TEST_CASE("A replaced node is found in the place of the old one") {
  Table table;
  table.insert(42, 1);
  Node* const old = table.find(42, 1);
  table.nodes.replace(old, make_reclaimable<Node>(42, 1));
  CHECK(table.find(42, 1) != old);
  CHECK(table.find(42, 1) != nullptr);
  release(old);
}

TEST_CASE("A scan visits every key that stays once, however the table grows meanwhile") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  Table table;
  std::vector<std::uint64_t> hashes;
  for (int key = 0; key < 1'000; ++key) {
    hashes.push_back(random() | 1U);
    table.insert(hashes.back(), key);
  }
  std::multiset<int> visited;
  std::uint64_t position = 0;
  int added = 1'000;
  do {
    position = table.nodes.scan(position, 16, [&](const Node& node) { visited.insert(node.key); });
    for (int i = 0; i < 100; ++i) table.insert(random() | 1U, added++);
  } while (position != 0);
  for (int key = 0; key < 1'000; ++key) {
    INFO("key " << key);
    REQUIRE(visited.count(key) == 1);
  }
  for (const int key : visited) REQUIRE(visited.count(key) == 1);
}
