// Work that several processes do at the same moment.
#pragma once

#if !defined(_WIN32)

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

/// What each of `count` processes says of its work, which all of them begin when all are there. A process that throws
/// says "error: …". `prepare` is done by each before.
template <class Prepare, class Work>
std::vector<std::string> in_processes(std::size_t count, const Prepare& prepare, const Work& work) {
  std::array<int, 2> ready{};
  std::array<int, 2> start{};
  if (::pipe(ready.data()) != 0 || ::pipe(start.data()) != 0) throw std::runtime_error("no pipe could be made");
  struct Child {
    ::pid_t pid;
    int answer;
  };
  std::vector<Child> children;
  for (std::size_t number = 0; number < count; ++number) {
    std::array<int, 2> answer{};
    if (::pipe(answer.data()) != 0) throw std::runtime_error("no pipe could be made");
    const ::pid_t pid = ::fork();
    if (pid == 0) {
      ::close(start[1]);
      std::string said;
      char byte = '.';
      try {
        auto prepared = prepare();
        if (::write(ready[1], &byte, 1) != 1) ::_exit(2);
        if (::read(start[0], &byte, 1) != 0) ::_exit(2);  // the end of it, for all at once
        said = work(prepared, number);
      } catch (const std::exception& error) {
        said = std::string("error: ") + error.what();
      }
      const bool was_said = ::write(answer[1], said.data(), said.size()) == static_cast<::ssize_t>(said.size());
      ::_exit(was_said ? 0 : 2);
    }
    ::close(answer[1]);
    children.push_back({pid, answer[0]});
  }
  ::close(ready[1]);
  char byte = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (::read(ready[0], &byte, 1) <= 0) break;  // one of them failed before, and says why
  }
  ::close(start[1]);
  std::vector<std::string> answers;
  for (const Child& child : children) {
    std::string& said = answers.emplace_back();
    std::array<char, 4096> bytes{};
    for (::ssize_t size = 0; (size = ::read(child.answer, bytes.data(), bytes.size())) > 0;) {
      said.append(bytes.data(), static_cast<std::size_t>(size));
    }
    ::close(child.answer);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) said += " (the process did not end well)";
  }
  ::close(ready[0]);
  ::close(start[0]);
  return answers;
}

}  // namespace test

#endif
