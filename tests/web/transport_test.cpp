// Any transport behind one type.
#include <slack/oauth/web/transport.hpp>
#include <string>
#include <type_traits>

#include "catch.hpp"
#include "scripted_transport.hpp"

using namespace slack::oauth;

namespace {

struct WithoutSend {};
struct ReturnsNoAnswer {
  int send(const HttpRequest& /*request*/) { return 0; }
};

static_assert(HttpTransport<test::ScriptedTransport>);
static_assert(HttpTransport<AnyHttpTransport>);
static_assert(!HttpTransport<WithoutSend>);
static_assert(!HttpTransport<ReturnsNoAnswer>);
static_assert(!std::is_constructible_v<AnyHttpTransport, WithoutSend>);
static_assert(!std::is_constructible_v<AnyHttpTransport, int>);

}  // namespace

TEST_CASE("a transport and a function are both taken", "[web]") {
  AnyHttpTransport function([](const HttpRequest& request) { return HttpResponse{.body = request.url}; });
  CHECK(function.send({.url = "https://slack.com/api/auth.test"}).body == "https://slack.com/api/auth.test");

  const test::ScriptedTransport script({test::answers(202, "a")});
  AnyHttpTransport transport(script);
  CHECK(transport.send({}).status == 202);
  CHECK(script.requests().size() == 1);
}

TEST_CASE("copies of a transport share it", "[web]") {
  AnyHttpTransport first(
      [count = 0](const HttpRequest& /*request*/) mutable { return HttpResponse{.status = ++count}; });
  AnyHttpTransport second = first;
  CHECK(first.send({}).status == 1);
  CHECK(second.send({}).status == 2);
}

TEST_CASE("what a transport throws passes through", "[web]") {
  AnyHttpTransport transport(test::ScriptedTransport({test::is_lost(HttpError::Reach::not_sent)}));
  CHECK_THROWS_AS(transport.send({}), HttpError);
}
