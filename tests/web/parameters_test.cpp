// Query strings and form bodies, those of strangers included.
#include <slack/oauth/web/parameters.hpp>
#include <string>
#include <string_view>

#include "catch.hpp"

using namespace slack::oauth;

TEST_CASE("percent-encoding leaves what RFC 3986 calls unreserved", "[web]") {
  constexpr std::string_view unreserved = "ABCXYZabcxyz0189-._~";
  CHECK(percent_encode(unreserved) == unreserved);
  CHECK(percent_encode("a b+c/d?e&f=g#%") == "a%20b%2Bc%2Fd%3Fe%26f%3Dg%23%25");
  CHECK(percent_encode("Über 🔥") == "%C3%9Cber%20%F0%9F%94%A5");
  CHECK(percent_encode("\r\n") == "%0D%0A");
  CHECK(percent_encode(std::string_view("\0\x7F\xFF", 3)) == "%00%7F%FF");
  CHECK(percent_encode("").empty());
}

TEST_CASE("percent-decoding takes any byte and both cases", "[web]") {
  CHECK(percent_decode("a%2fb%2Fc") == "a/b/c");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("%00x") == std::string("\0x", 2));
  CHECK(percent_decode("%2525") == "%25");
  CHECK(percent_decode("") == "");
}

TEST_CASE("a malformed percent-encoding is absent", "[web]") {
  const auto* const text = GENERATE("%", "a%", "%4", "%G1", "%1G", "%-1", "% 1", "%%41", "%u0041", "100%");
  CAPTURE(text);
  CHECK_FALSE(percent_decode(text));
  CHECK_FALSE(parse_parameters(text));
  CHECK_FALSE(parse_parameters("a=" + std::string(text)));
  CHECK_FALSE(parse_parameters("ok=1&" + std::string(text) + "=x"));
}

TEST_CASE("every byte comes back from its encoding", "[web]") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(percent_decode(percent_encode(all)) == all);
  const HttpParameters parameters{{all, all}, {"", "x"}, {"x", ""}, {all, ""}};
  CHECK(parse_parameters(format_parameters(parameters)) == parameters);
}

TEST_CASE("parameters are written with a space as %20", "[web]") {
  CHECK(format_parameters({{"scope", "chat:write,commands"}, {"text", "a b&c"}}) ==
        "scope=chat%3Awrite%2Ccommands&text=a%20b%26c");
  CHECK(format_parameters({}).empty());
}

TEST_CASE("a query and a form body are read alike", "[web]") {
  CHECK(parse_parameters("code=1.2&state=a%20b+c") == HttpParameters{{"code", "1.2"}, {"state", "a b c"}});
  CHECK(parse_parameters("") == HttpParameters{});
  CHECK(parse_parameters("&&a=1&&") == HttpParameters{{"a", "1"}});
  CHECK(parse_parameters("a") == HttpParameters{{"a", ""}});
  CHECK(parse_parameters("a=b=c") == HttpParameters{{"a", "b=c"}});
  CHECK(parse_parameters("=x") == HttpParameters{{"", "x"}});
  CHECK(parse_parameters("a=1;b=2") == HttpParameters{{"a", "1;b=2"}});
  CHECK(parse_parameters("%61=1") == HttpParameters{{"a", "1"}});
}

TEST_CASE("a parameter counts where it stands exactly once", "[web]") {
  const auto parameters = parse_parameters("code=1&state=a&state=b&empty=").value();
  CHECK(find_parameter(parameters, "code") == "1");
  CHECK(find_parameter(parameters, "empty") == "");
  CHECK_FALSE(find_parameter(parameters, "state"));
  CHECK_FALSE(find_parameter(parameters, "missing"));
  CHECK_FALSE(find_parameter(parameters, "Code"));
  CHECK_FALSE(find_parameter(parse_parameters("state=a&st%61te=a").value(), "state"));
}

TEST_CASE("long and repeated parameters are data like others", "[web]") {
  const std::string long_value(100'000, 'x');
  CHECK(find_parameter(parse_parameters("a=" + long_value).value(), "a") == long_value);
  std::string repeated;
  for (int i = 0; i < 10'000; ++i) repeated += "a=1&";
  const auto parameters = parse_parameters(repeated).value();
  CHECK(parameters.size() == 10'000);
  CHECK_FALSE(find_parameter(parameters, "a"));
}

TEST_CASE("a URL's path and query are found, still encoded", "[web]") {
  struct Example {
    std::string_view url;
    std::string_view path;
    std::string_view query;
  };
  const auto example =
      GENERATE(Example{"/slack/install?tenant=1", "/slack/install", "tenant=1"},
               Example{"/slack/install", "/slack/install", ""}, Example{"/a%2Fb?c%20d#e?f", "/a%2Fb", "c%20d"},
               Example{"/a#b?c", "/a", ""}, Example{"/?", "/", ""}, Example{"/a?b?c=/d", "/a", "b?c=/d"},
               Example{"https://app.example/slack/install?tenant=1", "/slack/install", "tenant=1"},
               Example{"https://app.example:8443/a", "/a", ""}, Example{"https://app.example?x=1", "", "x=1"},
               Example{"https://app.example", "", ""}, Example{"https://app.example#/a?b", "", ""},
               Example{"/go?to=https://evil.example/x?y", "/go", "to=https://evil.example/x?y"},
               Example{"//evil.example/a?b", "//evil.example/a", "b"}, Example{"", "", ""});
  CAPTURE(example.url);
  CHECK(path_of(example.url) == example.path);
  CHECK(query_of(example.url) == example.query);
}
