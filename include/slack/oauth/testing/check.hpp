// The parts of a contract kit: named checks, what a failing one throws, and a way to run them all without a test
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

/// A store broke a rule. what() returns the rule, what was expected, what came back, and the calls that led there, with
/// secrets redacted. subject() returns the name of the check.
class ContractViolation : public Error {
 public:
  ContractViolation(std::string check, std::string_view finding)
      : Error(check + ": " + std::string(finding)), check_(std::move(check)) {}

  [[nodiscard]] std::string_view subject() const noexcept override { return check_; }

 private:
  std::string check_;
};

/// One named check of a contract. You may run it any number of times; each run has a fresh store.
class Check {
 public:
  /// `body` returns how many turns the threads of the check made; 0 where it has none.
  Check(std::string name, std::function<std::size_t()> body) : name_(std::move(name)), body_(std::move(body)) {}

  /// Returns the rule, by number and in words: "rule 9: what is found is the caller's own copy".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Throws ContractViolation where the rule is broken, and nothing else. Returns how many turns the threads of the
  /// check made; 0 where it has none.
  std::size_t run() const {
    try {
      return body_();
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
  std::function<std::size_t()> body_;
};

/// The result of running all checks.
struct ContractReport {
  struct Turns {
    std::string check{};
    std::size_t turns = 0;
  };

  std::size_t checks = 0;               ///< how many were run
  std::vector<std::string> failures{};  ///< what each ContractViolation said

  /// The checks that did not run: they need a method or an option that is not set, or are known deviations.
  std::vector<std::string> left_out{};

  std::vector<Turns> turns{};  ///< what the threads did, for each check that has some and was passed

  [[nodiscard]] bool passed() const noexcept { return failures.empty(); }
};

/// Runs every check, whatever the others found.
[[nodiscard]] inline ContractReport run_checks(const std::vector<Check>& checks,
                                               std::vector<std::string> left_out = {}) {
  ContractReport report{.left_out = std::move(left_out)};
  for (const Check& check : checks) {
    ++report.checks;
    try {
      if (const std::size_t turns = check.run(); turns > 0) report.turns.push_back({check.name(), turns});
    } catch (const ContractViolation& violation) {
      report.failures.emplace_back(violation.what());
    }
  }
  return report;
}

}  // namespace slack::oauth::inline v0::testing
