// JSON as Slack answers it.
#pragma once

#include <nlohmann/json.hpp>
#include <slack/oauth/web/http.hpp>

namespace test {

inline slack::oauth::HttpResponse json_answer(const nlohmann::json& json, int status = 200) {
  return {.status = status, .headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = json.dump()};
}

}  // namespace test
