// The files of tests/data.
#pragma once

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace test {

/// The bytes of a file, by its path below tests/data.
inline std::string read_data(const std::string& path) {
  std::ifstream file(std::string(SLACK_OAUTH_TEST_DATA) + "/" + path, std::ios::binary);
  if (!file) throw std::runtime_error("tests/data has no " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline nlohmann::json read_json(const std::string& path) { return nlohmann::json::parse(read_data(path)); }

}  // namespace test
