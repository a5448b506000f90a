// What is remembered of refreshes that failed, and for how long.
#include <chrono>
#include <cstddef>
#include <exception>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/rotate/detail/failed_refreshes.hpp>
#include <string>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using slack::oauth::detail::FailedRefreshes;

namespace {

constexpr Timestamp start{std::chrono::seconds{1'767'225'600}};

std::exception_ptr failure(const std::string& code) {
  return std::make_exception_ptr(TokenRotationError("it failed", code, false));
}

std::string code_of(const FailedRefreshes& failed, const std::string& refresh_token, Timestamp now) {
  const auto found = failed.find(refresh_token, now);
  if (found == nullptr) return "none";
  return std::string(test::thrown_by<TokenRotationError>([&] { std::rethrow_exception(found); }).code());
}

}  // namespace

TEST_CASE("each failure is remembered for its own time", "[flow]") {
  FailedRefreshes failed;
  failed.remember("long", failure("refused"), start, start + 1h);
  failed.remember("short", failure("lost"), start, start + 5s);
  CHECK(code_of(failed, "long", start) == "refused");
  CHECK(code_of(failed, "short", start + 4s) == "lost");
  CHECK(code_of(failed, "short", start + 5s) == "none");
  CHECK(code_of(failed, "long", start + 59min) == "refused");
  CHECK(code_of(failed, "long", start + 1h) == "none");
  CHECK(code_of(failed, "other", start) == "none");
}

TEST_CASE("a later failure of the same token takes the place of the former", "[flow]") {
  FailedRefreshes failed;
  failed.remember("token", failure("lost"), start, start + 5s);
  failed.remember("token", failure("refused"), start + 1s, start + 1h);
  failed.remember("other", failure("lost"), start + 10s, start + 15s);
  CHECK(code_of(failed, "token", start + 10s) == "refused");
  failed.remember("token", failure("refused"), start + 11s, start + 11s);
  CHECK(code_of(failed, "token", start + 11s) == "none");
}

TEST_CASE("failures from the future count as none, by a clock that was set back", "[flow]") {
  FailedRefreshes failed;
  failed.remember("token", failure("refused"), start, start + 1h);
  CHECK(code_of(failed, "token", start - 1s) == "none");
  failed.remember("token", failure("lost"), start - 1h, start - 1h + 5s);
  CHECK(code_of(failed, "token", start - 1h) == "lost");
  CHECK(code_of(failed, "token", start) == "none");
}

TEST_CASE("no more failures are remembered than there is room for", "[flow]") {
  FailedRefreshes failed;
  failed.remember("first to end", failure("lost"), start, start + 5s);
  for (std::size_t i = 0; i < FailedRefreshes::most; ++i) {
    failed.remember("token" + std::to_string(i), failure("refused"), start, start + 1h + std::chrono::milliseconds{i});
  }
  CHECK(code_of(failed, "first to end", start) == "none");
  CHECK(code_of(failed, "token0", start) == "refused");
  failed.remember("one more", failure("refused"), start, start + 2h);
  CHECK(code_of(failed, "token0", start) == "none");
  CHECK(code_of(failed, "token1", start) == "refused");
  CHECK(code_of(failed, "one more", start) == "refused");
}
