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
