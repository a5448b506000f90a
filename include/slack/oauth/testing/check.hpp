// What a contract kit is made of: named checks, what a failing one throws, and a way to run them all without a test
// framework.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::testing {

/// A store broke a rule. what() says the rule, what was expected, what came back, and the calls that led there, with
/// secrets redacted. subject() is the name of the check.
class ContractViolation : public Error {
 public:
  ContractViolation(std::string check, std::string_view finding)
      : Error(check + ": " + std::string(finding)), check_(std::move(check)) {}

  [[nodiscard]] std::string_view subject() const noexcept override { return check_; }

 private:
  std::string check_;
};

/// One named check of a contract. It may be run any number of times; each run has a fresh store.
class Check {
 public:
  Check(std::string name, std::function<void()> body) : name_(std::move(name)), body_(std::move(body)) {}

  /// The rule, by number and in words: "rule 9: what is found is the caller's own copy".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Throws ContractViolation where the rule is broken, and nothing else.
  void run() const {
    try {
      body_();
    } catch (const ContractViolation&) {
      throw;
    } catch (const std::exception& error) {
      throw ContractViolation(name_, std::string("the check was ended by an exception: ") + error.what());
    } catch (...) {
      throw ContractViolation(name_, "the check was ended by an exception that is no std::exception");
    }
  }

 private:
  std::string name_;
  std::function<void()> body_;
};

/// What came of running all checks.
struct ContractReport {
  std::size_t checks = 0;               ///< how many were run
  std::vector<std::string> failures{};  ///< what each ContractViolation said

  [[nodiscard]] bool passed() const noexcept { return failures.empty(); }
};

/// Runs every check, whatever the others found.
[[nodiscard]] inline ContractReport run_checks(const std::vector<Check>& checks) {
  ContractReport report;
  for (const Check& check : checks) {
    ++report.checks;
    try {
      check.run();
    } catch (const ContractViolation& violation) {
      report.failures.emplace_back(violation.what());
    }
  }
  return report;
}

}  // namespace slack::oauth::inline v0::testing
