#include "slack/oauth/flow/install/settings.hpp"

#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/memory.hpp"
#include "support/flow.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;

const std::vector<std::string> variables{"SLACK_CLIENT_ID",    "SLACK_CLIENT_SECRET",    "SLACK_SIGNING_SECRET",
                                         "SLACK_SCOPES",       "SLACK_USER_SCOPES",      "SLACK_REDIRECT_URI",
                                         "SLACK_INSTALL_PATH", "SLACK_REDIRECT_URI_PATH"};

void set_variable(const std::string& name, const std::string& value) {
#if defined(_WIN32)
  _putenv_s(name.c_str(), value.c_str());
#else
  setenv(name.c_str(), value.c_str(), 1);
#endif
}

/// Sets these variables, and empties the rest.
struct Environment {
  explicit Environment(const std::map<std::string, std::string>& values) {
    for (const auto& name : variables) set_variable(name, values.count(name) == 0 ? "" : values.at(name));
  }
  ~Environment() {
    for (const auto& name : variables) set_variable(name, "");
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

std::string missing_of(const std::map<std::string, std::string>& values) {
  const Environment environment(values);
  return std::string(test::thrown_by<InvalidArgumentError>([] { (void)OAuthSettings::from_environment(); }).subject());
}

std::string wrong_setting(const std::function<void(OAuthSettings&)>& change) {
  OAuthSettings settings = test::sample_settings();
  change(settings);
  MemoryInstallationStore store;
  MemoryOAuthStateStore states;
  return std::string(test::thrown_by<InvalidArgumentError>([&] {
                       (void)OAuthFlow(store, states, testing::FakeSlack().client(), settings);
                     }).subject());
}

}  // namespace

TEST_CASE("settings come from the environment", "[flow][settings]") {
  const Environment environment({{"SLACK_CLIENT_ID", "111.222"},
                                 {"SLACK_CLIENT_SECRET", "secret"},
                                 {"SLACK_SIGNING_SECRET", "signing"},
                                 {"SLACK_SCOPES", "chat:write, commands,"},
                                 {"SLACK_USER_SCOPES", "search:read"},
                                 {"SLACK_REDIRECT_URI", "https://app.example/back"},
                                 {"SLACK_INSTALL_PATH", "/install"},
                                 {"SLACK_REDIRECT_URI_PATH", "/back"}});
  const auto settings = OAuthSettings::from_environment();
  CHECK(settings.client_id == "111.222");
  CHECK(settings.client_secret == "secret");
  CHECK(settings.signing_secret == "signing");
  CHECK(settings.scopes == std::vector<std::string>{"chat:write", "commands"});
  CHECK(settings.user_scopes == std::vector<std::string>{"search:read"});
  CHECK(settings.redirect_uri == "https://app.example/back");
  CHECK(settings.install_path == "/install");
  CHECK(settings.redirect_uri_path == "/back");
}

TEST_CASE("white space around what the environment says is dropped", "[flow][settings]") {
  const std::string around = GENERATE(as<std::string>{}, "\n", "\r\n", " ", "\t", "\v\f");
  const auto spaced = [&](const std::string& value) { return around + value + around; };
  const Environment environment({{"SLACK_CLIENT_ID", spaced("111.222")},
                                 {"SLACK_CLIENT_SECRET", spaced("secret")},
                                 {"SLACK_SIGNING_SECRET", spaced("signing")},
                                 {"SLACK_SCOPES", spaced("chat:write")},
                                 {"SLACK_USER_SCOPES", spaced("search:read")},
                                 {"SLACK_REDIRECT_URI", spaced("https://app.example/back")},
                                 {"SLACK_INSTALL_PATH", spaced("/install")},
                                 {"SLACK_REDIRECT_URI_PATH", spaced("/back")}});
  const auto settings = OAuthSettings::from_environment();
  CHECK(settings.client_id == "111.222");
  CHECK(settings.client_secret == "secret");
  CHECK(settings.signing_secret == "signing");
  CHECK(settings.scopes == std::vector<std::string>{"chat:write"});
  CHECK(settings.user_scopes == std::vector<std::string>{"search:read"});
  CHECK(settings.redirect_uri == "https://app.example/back");
  CHECK(settings.install_path == "/install");
  CHECK(settings.redirect_uri_path == "/back");
}

TEST_CASE("a variable of white space alone is as one that is not set", "[flow][settings]") {
  CHECK(missing_of({{"SLACK_CLIENT_ID", " \n"}, {"SLACK_CLIENT_SECRET", "s"}, {"SLACK_SCOPES", "a"}}) ==
        "SLACK_CLIENT_ID");
  CHECK(missing_of({{"SLACK_CLIENT_ID", "1"}, {"SLACK_CLIENT_SECRET", "\n"}, {"SLACK_SCOPES", "a"}}) ==
        "SLACK_CLIENT_SECRET");
  const Environment environment({{"SLACK_CLIENT_ID", "1"},
                                 {"SLACK_CLIENT_SECRET", "s"},
                                 {"SLACK_SCOPES", "a"},
                                 {"SLACK_SIGNING_SECRET", " \n"},
                                 {"SLACK_INSTALL_PATH", "\n"}});
  CHECK(OAuthSettings::from_environment().signing_secret.empty());
  CHECK(OAuthSettings::from_environment().install_path == "/slack/install");
}

TEST_CASE("what the environment leaves out has a default, or is named", "[flow][settings]") {
  {
    const Environment environment(
        {{"SLACK_CLIENT_ID", "1"}, {"SLACK_CLIENT_SECRET", "s"}, {"SLACK_USER_SCOPES", "search:read"}});
    const auto settings = OAuthSettings::from_environment();
    CHECK(settings.install_path == "/slack/install");
    CHECK(settings.redirect_uri_path == "/slack/oauth_redirect");
    CHECK(settings.redirect_uri.empty());
    CHECK(settings.signing_secret.empty());
  }
  CHECK(missing_of({}) == "SLACK_CLIENT_ID");
  CHECK(missing_of({{"SLACK_CLIENT_ID", "1"}, {"SLACK_SCOPES", "a"}}) == "SLACK_CLIENT_SECRET");
  CHECK(missing_of({{"SLACK_CLIENT_ID", "1"}, {"SLACK_CLIENT_SECRET", "s"}, {"SLACK_SCOPES", " , "}}) ==
        "SLACK_SCOPES");
}

TEST_CASE("a flow refuses settings that cannot work, by name", "[flow][settings]") {
  const std::string line_break = "https://app.example/\r\nSet-Cookie: a=b";
  CHECK(wrong_setting([](auto& s) { s.client_id = ""; }) == "client_id");
  CHECK(wrong_setting([](auto& s) { s.client_secret = ""; }) == "client_secret");
  CHECK(wrong_setting([](auto& s) { s.client_id += "\n"; }) == "client_id");
  CHECK(wrong_setting([](auto& s) { s.client_secret += "\r\n"; }) == "client_secret");
  CHECK(wrong_setting([](auto& s) { s.client_secret = " "; }) == "client_secret");
  CHECK(wrong_setting([](auto& s) { s.signing_secret = "\n"; }) == "signing_secret");
  CHECK(wrong_setting([](auto& s) { s.signing_secret = " not-a-real-signing-secret"; }) == "signing_secret");
  CHECK(wrong_setting([](auto& s) { s.scopes.clear(), s.user_scopes.clear(); }) == "scopes");
  CHECK(wrong_setting([](auto& s) { s.scopes = {"chat:write,commands"}; }) == "scopes");
  CHECK(wrong_setting([](auto& s) { s.scopes = {""}; }) == "scopes");
  CHECK(wrong_setting([](auto& s) { s.user_scopes = {"a b"}; }) == "user_scopes");
  CHECK(wrong_setting([](auto& s) { s.redirect_uri = "app.example"; }) == "redirect_uri");
  CHECK(wrong_setting([&](auto& s) { s.redirect_uri = line_break; }) == "redirect_uri");
  CHECK(wrong_setting([](auto& s) { s.authorization_url = "javascript:alert(1)"; }) == "authorization_url");
  CHECK(wrong_setting([](auto& s) { s.state_cookie_name = "a b"; }) == "state_cookie_name");
  CHECK(wrong_setting([](auto& s) { s.state_expiration = std::chrono::seconds{0}; }) == "state_expiration");
  CHECK(wrong_setting([](auto& s) { s.state_expiration = std::chrono::days{367}; }) == "state_expiration");
  CHECK(wrong_setting([](auto& s) { s.install_path = "install"; }) == "install_path");
  CHECK(wrong_setting([](auto& s) { s.install_path = "/install?a"; }) == "install_path");
  CHECK(wrong_setting([](auto& s) { s.redirect_uri_path = "/a b"; }) == "redirect_uri_path");
  CHECK(wrong_setting([](auto& s) { s.redirect_uri_path = s.install_path; }) == "redirect_uri_path");
  CHECK(wrong_setting([&](auto& s) { s.success_url = line_break; }) == "success_url");
  CHECK(wrong_setting([&](auto& s) { s.failure_url = line_break; }) == "failure_url");
  CHECK(wrong_setting([](auto& s) { s.state_cookie_name = "a;b"; }) == "state_cookie_name");
  CHECK(wrong_setting([](auto& s) { s.state_expiration = std::chrono::seconds{0}; }) == "state_expiration");
  CHECK(wrong_setting([](auto& s) { s.save_attempts = 0; }) == "save_attempts");
  CHECK(wrong_setting([](auto& s) { s.save_pause = std::chrono::milliseconds{-1}; }) == "save_pause");
  CHECK(wrong_setting([](auto& s) { s.clock = nullptr; }) == "clock");
}

TEST_CASE("the install path as browsers see it has the prefix that a proxy takes off", "[flow][settings]") {
  OAuthSettings settings = test::sample_settings();
  const auto path_for = [&](const std::string& redirect_uri) {
    settings.redirect_uri = redirect_uri;
    return settings.public_install_path();
  };
  CHECK(path_for("https://app.example/slack/oauth_redirect") == "/slack/install");
  CHECK(path_for("https://app.example/smelter/slack/oauth_redirect") == "/smelter/slack/install");
  CHECK(path_for("https://app.example/a/b%20c/slack/oauth_redirect?d=/e#f") == "/a/b%20c/slack/install");
  CHECK(path_for("https://app.example/slack/oauth_redirect/slack/oauth_redirect") ==
        "/slack/oauth_redirect/slack/install");
  CHECK(path_for("") == "/slack/install");
  CHECK(path_for("https://app.example") == "/slack/install");
  CHECK(path_for("https://app.example/other") == "/slack/install");                  // another rewriting proxy
  CHECK(path_for("https://app.example//slack/oauth_redirect") == "/slack/install");  // and not the host "slack"
  CHECK(path_for("https://app.example//x/slack/oauth_redirect") == "/slack/install");
}
