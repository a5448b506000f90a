// A folder for one test, removed with it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace test {

class TempFolder {
 public:
  TempFolder() {
    std::random_device random;
    const std::string name = "slack-oauth-" + std::to_string(random()) + "-" + std::to_string(random());
    std::error_code ignored;
    // Memory, where there is such a folder: thousands of small files are written, and none of them is to last.
    path_ = std::filesystem::path("/dev/shm") / name;
    if (std::filesystem::create_directory(path_, ignored)) return;
    path_ = std::filesystem::temp_directory_path() / name;
    if (!std::filesystem::create_directory(path_)) throw std::runtime_error("no folder could be made for the test");
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("no file " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

/// The paths of all files and folders below, relative and in order.
inline std::vector<std::string> tree(const std::filesystem::path& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    paths.push_back(entry.path().lexically_relative(folder).generic_string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace test
