#include <cstddef>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/models/custom_values.hpp>
#include <slack/oauth/models/json.hpp>
#include <string>
#include <type_traits>
#include <utility>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using nlohmann::json;

namespace {

json nested_arrays(int depth) {
  json value = json::array();
  for (int i = 1; i < depth; ++i) {
    json outer = json::array();
    outer.push_back(std::move(value));
    value = std::move(outer);
  }
  return value;
}

const std::string not_utf8 = "\xC3(";

}  // namespace

TEST_CASE("custom values are found by name", "[custom_values]") {
  const CustomValues values = json{{"plan", "gold"}, {"owner", {{"name", "Ada"}}}, {"nothing", nullptr}};
  CHECK_FALSE(values.empty());
  REQUIRE(values.find("plan") != nullptr);
  CHECK(*values.find("plan") == "gold");
  CHECK(values.get("owner") == json{{"name", "Ada"}});
  CHECK(values.get("nothing") == json(nullptr));
  CHECK(values.find("name") == nullptr);
  CHECK(values.get("name") == std::nullopt);
  CHECK(values.json() == json{{"plan", "gold"}, {"owner", {{"name", "Ada"}}}, {"nothing", nullptr}});
}

TEST_CASE("copies share one object until one of them is changed", "[custom_values]") {
  CustomValues original = json{{"plan", "gold"}};
  CustomValues copy = original;
  CHECK(copy == original);
  CHECK(copy.find("plan") == original.find("plan"));

  SECTION("by set") {
    copy.set("plan", "silver");
    CHECK(original.json() == json{{"plan", "gold"}});
    CHECK(copy.json() == json{{"plan", "silver"}});
  }
  SECTION("by set on the original") {
    original.set("seats", 12);
    CHECK(original.json() == json{{"plan", "gold"}, {"seats", 12}});
    CHECK(copy.json() == json{{"plan", "gold"}});
  }
  SECTION("by erase") {
    copy.erase("plan");
    CHECK(copy.empty());
    CHECK(original.json() == json{{"plan", "gold"}});
  }
  CHECK(copy != original);
}

TEST_CASE("a value that is not there is erased without a copy", "[custom_values]") {
  CustomValues values = json{{"plan", "gold"}};
  const json* const plan = values.find("plan");
  values.erase("seats");
  CHECK(values.find("plan") == plan);

  CustomValues empty;
  empty.erase("plan");
  CHECK(empty.empty());
}

TEST_CASE("custom values are equal where their objects are", "[custom_values]") {
  CHECK(CustomValues(json{{"a", 1}}) == CustomValues(json{{"a", 1}}));
  CHECK(CustomValues(json{{"a", 1}}) != CustomValues(json{{"a", 2}}));
  CHECK(CustomValues(json{{"a", 1}}) != CustomValues());
  CHECK(CustomValues() != CustomValues(json{{"a", 1}}));
  CHECK(CustomValues() == CustomValues());
}

TEST_CASE("no values are one and the same, however they came about", "[custom_values]") {
  CustomValues erased = json{{"a", 1}};
  erased.erase("a");
  for (const CustomValues& values : {CustomValues(), CustomValues(json()), CustomValues(json::object()), erased}) {
    CHECK(values.empty());
    CHECK(values == CustomValues());
    CHECK(values.json() == json::object());
  }
}

TEST_CASE("no values cost nothing, and copies cost a pointer", "[custom_values]") {
  STATIC_REQUIRE(std::is_nothrow_default_constructible_v<CustomValues>);
  STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<CustomValues>);
  STATIC_REQUIRE(sizeof(CustomValues) == sizeof(std::shared_ptr<void>));

  const CustomValues filled = json{{"plan", "gold"}};
  const std::size_t before = test::allocations();
  const CustomValues empty;
  const CustomValues copy_of_empty = empty;
  const CustomValues copy_of_filled = filled;
  const bool are_equal = copy_of_filled == filled && copy_of_empty == empty && copy_of_empty != filled;
  const std::size_t after = test::allocations();
  CHECK(after == before);
  CHECK(are_equal);
}

TEST_CASE("custom values are an object", "[custom_values]") {
  const auto value = GENERATE(values<json>({1, 1.5, true, "text", json::array(), json::array({1})}));
  const auto error = test::thrown_by<InvalidArgumentError>([&] { CustomValues{json(value)}; });
  CHECK(error.subject() == "custom_values");
}

TEST_CASE("custom values are UTF-8 in names and values, at any depth", "[custom_values]") {
  const auto object = GENERATE(values<json>({{{"a", not_utf8}}, {{not_utf8, 1}}, {{"a", {{"b", {1, not_utf8}}}}}}));
  CHECK(test::thrown_by<InvalidArgumentError>([&] { CustomValues{json(object)}; }).subject() == "custom_values");
}

TEST_CASE("a value that cannot be kept leaves the others as they were", "[custom_values]") {
  CustomValues values = json{{"plan", "gold"}};
  CHECK_THROWS_AS(values.set("name", not_utf8), InvalidArgumentError);
  CHECK_THROWS_AS(values.set(not_utf8, 1), InvalidArgumentError);
  CHECK_THROWS_AS(values.set("deep", nested_arrays(64)), InvalidArgumentError);
  CHECK_THROWS_AS(values.set("bottomless", nested_arrays(100000)), InvalidArgumentError);
  CHECK(values.json() == json{{"plan", "gold"}});

  values.set("deep", nested_arrays(63));
  CHECK(values.get("deep") == nested_arrays(63));
}

TEST_CASE("what JSON text cannot hold is no custom value", "[custom_values]") {
  const auto value = GENERATE(values<json>({std::numeric_limits<double>::infinity(),
                                            {1, std::numeric_limits<double>::quiet_NaN()},
                                            json::binary({1, 2}),
                                            json(json::value_t::discarded)}));
  CustomValues values;
  CHECK_THROWS_AS(values.set("value", value), InvalidArgumentError);
  CHECK(values.empty());
}
