// A stand-in for Slack on this machine, for an app that runs here too: FakeSlack as a server, with a page that has
// buttons for what people do in Slack, and the consent page. It needs no account, and knows nothing that is secret.
#include "standin/slack_standin.hpp"

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web/curl.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/httplib.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "serve.hpp"

namespace {

constexpr std::string_view usage =
    "Usage: slack_standin [OPTION VALUE]...\n"
    "\n"
    "Stands in for Slack on http://localhost until it is told to stop. Options:\n"
    "  --port N               where it listens; 0, the default, takes a free port\n"
    "  --app URL              the app, such as http://localhost:3000: its install button, and where events go\n"
    "  --client-id, --client-secret, --signing-secret TEXT\n"
    "                         what Slack would give the app; by default values that are visibly fake\n"
    "  --token-rotation on|off\n"
    "  --token-lifetime SECONDS\n"
    "  --server-error, --api-error, --rate-limit, --delay, --drop-before, --drop-after PROBABILITY\n"
    "                         what goes wrong, per request to the API, from 0 to 1\n"
    "  --delay-ms N           how long a delay is; by default 20\n"
    "  --seed N               the same faults in every run\n";

struct Arguments {
  slack::oauth::testing::FakeSlackOptions slack{.sleep = [](auto time) { std::this_thread::sleep_for(time); }};
  int port = 0;
  bool wants_help = false;
};

template <class Number>
Number parse_number(const std::string& option, const std::string& text) {
  try {
    std::size_t used = 0;
    const double number = std::stod(text, &used);
    if (used == text.size() && number >= 0) return static_cast<Number>(number);
  } catch (const std::exception&) {  // said below
  }
  throw slack::oauth::InvalidArgumentError(option, "needs a number");
}

Arguments parse_arguments(const std::vector<std::string>& given) {
  Arguments arguments;
  slack::oauth::testing::FaultRates& faults = arguments.slack.fault_rates;
  const std::map<std::string, double*> probabilities{
      {"--server-error", &faults.server_error}, {"--api-error", &faults.api_error},
      {"--rate-limit", &faults.rate_limit},     {"--delay", &faults.delay},
      {"--drop-before", &faults.drop_before},   {"--drop-after", &faults.drop_after}};
  const std::map<std::string, std::string*> texts{{"--client-id", &arguments.slack.client_id},
                                                  {"--client-secret", &arguments.slack.client_secret},
                                                  {"--signing-secret", &arguments.slack.signing_secret}};
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string& option = given[i];
    if (option == "--help" || option == "-h") {
      arguments.wants_help = true;
      return arguments;
    }
    if (++i == given.size()) throw slack::oauth::InvalidArgumentError(option, "needs a value; see --help");
    const std::string& value = given[i];
    if (const auto text = texts.find(option); text != texts.end()) {
      *text->second = value;
    } else if (const auto probability = probabilities.find(option); probability != probabilities.end()) {
      *probability->second = parse_number<double>(option, value);
    } else if (option == "--port") {
      arguments.port = parse_number<int>(option, value);
    } else if (option == "--app") {
      arguments.slack.app_url = value;
    } else if (option == "--token-rotation") {
      arguments.slack.token_rotation = value == "on";
    } else if (option == "--token-lifetime") {
      arguments.slack.token_lifetime = std::chrono::seconds(parse_number<long>(option, value));
    } else if (option == "--delay-ms") {
      faults.delay_for = std::chrono::milliseconds(parse_number<long>(option, value));
    } else if (option == "--seed") {
      faults.seed = parse_number<std::uint64_t>(option, value);
    } else {
      throw slack::oauth::InvalidArgumentError(option, "is not an option; see --help");
    }
  }
  return arguments;
}

/// Breaks the connection in the middle of an answer.
void drop(httplib::Response& response) {
  response.set_content_provider(1, "text/plain", [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
}

void serve(const Arguments& arguments) {
  slack::oauth::testing::FakeSlack fake(arguments.slack);
  if (!arguments.slack.app_url.empty()) fake.connect(slack::oauth::CurlTransport());
  standin::SlackStandin slack(fake);
  httplib::Server server;
  const auto handle = [&slack](const httplib::Request& request, httplib::Response& response) {
    try {
      slack::oauth::to_httplib(slack.handle(slack::oauth::from_httplib(request)), response);
    } catch (const slack::oauth::HttpError&) {
      drop(response);
    }
  };
  server.Get(".*", handle);
  server.Post(".*", handle);
  server.set_keep_alive_timeout(1);
  examples::serve_until_stopped(server, "127.0.0.1", arguments.port, [&](int port) {
    std::cout << "Slack stands in on http://localhost:" << port << "\n" << std::flush;
  });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Arguments arguments = parse_arguments({argv + 1, argv + argc});
    if (arguments.wants_help) {
      std::cout << usage;
    } else {
      serve(arguments);
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "slack_standin: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
