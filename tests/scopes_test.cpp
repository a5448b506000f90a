#include <slack/oauth/flow/authorize/authorize_result.hpp>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/scopes.hpp>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace slack::oauth;
using Scopes = std::vector<std::string>;

TEST_CASE("scopes are split at commas", "[scopes]") {
  struct Row {
    std::string text;
    Scopes scopes;
  };
  const auto row = GENERATE(values<Row>({
      {"", {}},
      {"commands", {"commands"}},
      {"chat:write,commands", {"chat:write", "commands"}},
      {"commands,chat:write", {"commands", "chat:write"}},
      {"a,a", {"a", "a"}},
      {" a , b ", {"a", "b"}},
      {"\ta\r\n,\nb", {"a", "b"}},
      {"a b,c", {"a b", "c"}},
      {",", {}},
      {" , ,", {}},
      {",a,,b,", {"a", "b"}},
      {"\xC3\xA9:read", {"\xC3\xA9:read"}},
  }));
  CAPTURE(row.text);
  CHECK(split_scopes(row.text) == row.scopes);
}

TEST_CASE("scopes are joined with commas", "[scopes]") {
  CHECK(join_scopes({}).empty());
  CHECK(join_scopes({"commands"}) == "commands");
  CHECK(join_scopes({"chat:write", "commands", "im:read"}) == "chat:write,commands,im:read");
}

TEST_CASE("joined scopes are split into the same", "[scopes]") {
  const auto scopes = GENERATE(values<Scopes>({{}, {"a"}, {"a", "b"}, {"chat:write", "chat:write", "c d"}}));
  CHECK(split_scopes(join_scopes(scopes)) == scopes);
}

TEST_CASE("the scopes that were not granted are said, each once and in the order asked for", "[scopes]") {
  struct Row {
    Scopes granted;
    Scopes wanted;
    Scopes missing;
  };
  const auto row = GENERATE(values<Row>({
      {{}, {}, {}},
      {{"a", "b"}, {}, {}},
      {{}, {"b", "a"}, {"b", "a"}},
      {{"b"}, {"a", "b", "c"}, {"a", "c"}},
      {{"c", "a", "b"}, {"a", "b", "c"}, {}},
      {{"chat:write"}, {"chat:write.public", "chat"}, {"chat:write.public", "chat"}},
      {{}, {"a", "b", "a"}, {"a", "b"}},
  }));
  CHECK(missing_scopes(row.granted, row.wanted) == row.missing);
}

TEST_CASE("what misses scopes is an installation, what an event may use, or a type of the app's", "[scopes]") {
  const InstallationScopes wanted{.bot_scopes = {"chat:write", "files:read"}, .user_scopes = {"search:read"}};
  CHECK(missing_scopes(Installation{.bot_scopes = {"files:read", "chat:write"}, .user_scopes = {"search:read"}}, wanted)
            .empty());
  CHECK(missing_scopes(Installation{.bot_scopes = {"chat:write"}}, wanted) ==
        InstallationScopes{.bot_scopes = {"files:read"}, .user_scopes = {"search:read"}});
  CHECK(missing_scopes(AuthorizeResult{.bot_scopes = {"chat:write", "files:read"}}, wanted) ==
        InstallationScopes{.user_scopes = {"search:read"}});
  struct Granted {
    Scopes bot_scopes{};
    Scopes user_scopes{};
  };
  CHECK(missing_scopes(Granted{}, wanted) == wanted);
  CHECK_FALSE(wanted.empty());
  CHECK_FALSE(InstallationScopes{.user_scopes = {"search:read"}}.empty());
}
