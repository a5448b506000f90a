// One connection of libpq's, used without ever blocking for longer than a deadline allows.
//
// Needs libpq.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/hosts.hpp"
#include "slack/oauth/postgresql/detail/result.hpp"
#include "slack/oauth/postgresql/detail/settings.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"

namespace slack::oauth::inline v0::detail {

/// A statement and its parameters: texts that end with U+0000, or null. Borrowed for the call.
struct PostgreSQLStep {
  const std::string& sql;
  const std::vector<const char*>& values;
  const std::string** name = nullptr;  ///< where its name is kept, so that it is looked up once
};

/// Threads: one at a time. Not to be used on the other side of a fork().
class PostgreSQLWire {
 public:
  /// Connects to the first of the hosts that will have it. Throws PostgreSQLError.
  PostgreSQLWire(const PostgreSQLSettings& settings, const PostgreSQLHosts::Order& order, PostgreSQLDeadline deadline)
      : deadline_(deadline), has_names_(settings.pooling != PostgreSQLPooling::transaction_unnamed) {
    connect(settings, order);
    if (settings.pooling == PostgreSQLPooling::session) {
      prepare_session(settings.timeout);
    } else {
      // No setting outlives a transaction there.
      limit_ = std::string("set local ") + idle_in_transaction + " = " + transaction_limit(settings.timeout);
    }
  }
  PostgreSQLWire(const PostgreSQLWire&) = delete;
  PostgreSQLWire& operator=(const PostgreSQLWire&) = delete;
  ~PostgreSQLWire() = default;

  /// Until when everything that follows has to be done.
  void set_deadline(PostgreSQLDeadline deadline) { deadline_ = deadline; }

  /// False where it is of no use any more: its owner lets it go.
  [[nodiscard]] bool is_usable() const {
    return !is_broken_ && PQstatus(connection_.get()) == CONNECTION_OK &&
           PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
  }

  /// The same, of one that was idle: false too where its server has closed it meanwhile. Costs a system call.
  [[nodiscard]] bool is_open() {
    return is_usable() && take_notices([](std::string_view /*payload*/) {}) && is_usable();
  }

  /// Runs one statement, which is prepared when it is first used.
  [[nodiscard]] PostgreSQLResult run(const PostgreSQLStep& step) {
    if (!begin_.empty()) {
      const std::string begin = std::exchange(begin_, {});
      if (limit_.empty()) return std::move(run_together(std::array{PostgreSQLStep{begin, no_values}, step}).back());
      return std::move(
          run_together(std::array{PostgreSQLStep{begin, no_values}, PostgreSQLStep{limit_, no_values}, step}).back());
    }
    was_warned_ = false;
    is_sent_ = false;
    send(step);
    return finish();
  }

  /// Runs statements one after another, in one round trip. What follows one that fails is not run. Throws then.
  /// https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
  [[nodiscard]] std::vector<PostgreSQLResult> run_together(std::span<const PostgreSQLStep> steps) {
    was_warned_ = false;
    is_sent_ = false;
    for (const auto& step : steps) prepare(step);
    if (PQenterPipelineMode(connection_.get()) == 0) throw lost();
    for (const auto& step : steps) send(step);
    if (PQpipelineSync(connection_.get()) == 0) throw lost();
    std::vector<PostgreSQLResult> results = finish_together(steps.size());
    if (PQexitPipelineMode(connection_.get()) == 0) throw lost();
    return results;
  }

  /// Begins a transaction by that statement, together with the statement after it.
  void begin_with_next(const std::string& sql) { begin_ = sql; }

  /// Runs a statement without parameters that is not worth preparing.
  void execute(const std::string& sql) {
    if (!begin_.empty()) {
      static_cast<void>(run({std::exchange(begin_, {}), no_values}));
      if (!limit_.empty()) ask(limit_);
    }
    is_sent_ = true;
    ask(sql);
  }

  /// Ends a transaction that is open. What fails then is the end of the connection.
  void roll_back() noexcept {
    begin_.clear();
    if (PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
    try {
      if (!is_broken_) execute("rollback");
    } catch (...) {
      is_broken_ = true;
    }
  }

  /// Calls `hear(payload)` for each notice that has come, and waits for none. False where the connection is lost.
  template <class Hear>
  [[nodiscard]] bool take_notices(const Hear& hear) {
    ::PGconn* const connection = connection_.get();
    while (true) {
      while (const std::unique_ptr<::PGnotify, FreeNotice> notice{PQnotifies(connection)}) {
        hear(std::string_view(notice->extra));
      }
      if (is_broken_ || PQstatus(connection) != CONNECTION_OK) return false;
      if (!wait_for_socket(PQsocket(connection), SocketEvent::read, PostgreSQLClock::now())) return true;
      is_broken_ = PQconsumeInput(connection) == 0;
    }
  }

  /// To wait for notices.
  [[nodiscard]] auto socket() const { return PQsocket(connection_.get()); }

  /// Whether the server warned of something while the last statement ran, or those that ran together.
  [[nodiscard]] bool was_warned() const { return was_warned_; }

  /// What the server says of itself; empty where it does not.
  [[nodiscard]] std::string parameter(const char* name) const {
    const char* const value = PQparameterStatus(connection_.get(), name);
    return value == nullptr ? "" : value;
  }

  [[nodiscard]] PostgreSQLPlace place() const { return place_of(connection_.get()); }

  [[nodiscard]] PostgreSQLError unknown_commit() {
    is_broken_ = true;
    return {place(),
            "40003",
            true,
            "it is not known whether the transaction was committed",
            {.is_connection_lost = true, .may_have_happened = true}};
  }

  /// Of a write whose answer was lost, where too many others followed.
  [[nodiscard]] PostgreSQLError unknown_write() const {
    return {place(),
            "40003",
            true,
            "it is not known whether a write was done before others followed",
            {.may_have_happened = true, .is_final = true}};
  }

 private:
  struct Finish {
    void operator()(::PGconn* connection) const noexcept { PQfinish(connection); }
  };
  struct FreeNotice {
    void operator()(::PGnotify* notice) const noexcept { PQfreemem(notice); }
  };

  [[nodiscard]] static PostgreSQLPlace place_of(const ::PGconn* connection) {
    const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
    return {text(PQhost(connection)), text(PQport(connection)), text(PQdb(connection))};
  }

  void connect(const PostgreSQLSettings& settings, const PostgreSQLHosts::Order& order) {
    const std::string password = settings.password ? settings.password(order.address) : std::string();
    std::vector<const char*> names;
    std::vector<const char*> values;
    const auto add = [&](const char* name, const std::string& value) {
      if (value.empty()) return;
      names.push_back(name);
      values.push_back(value.c_str());
    };
    const std::string encoding = "UTF8";
    const std::string application = "slack-oauth";
    // What it says comes before what stands above it, and what follows comes before what it says.
    const std::string on = "1";
    const std::string idle_seconds = "10";
    const std::string probe_seconds = "5";
    const std::string probes = "3";
    if (settings.only_listens) {
      add("keepalives", on);
      add("keepalives_idle", idle_seconds);
      add("keepalives_interval", probe_seconds);
      add("keepalives_count", probes);
    }
    add("dbname", settings.connection_string);  // all of it
    add("host", order.host);
    add("hostaddr", order.hostaddr);
    add("port", order.port);
    add("password", password);
    add("client_encoding", encoding);
    add("fallback_application_name", application);
    names.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(PQconnectStartParams(names.data(), values.data(), 1));
    ::PGconn* const connection = connection_.get();
    if (connection == nullptr) throw PostgreSQLError({}, "ENOMEM", true, "cannot connect: there is no memory left");
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(connection, &PostgreSQLWire::hear_notice, this);
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK) {
      if (PQstatus(connection) == CONNECTION_BAD || status == PGRES_POLLING_FAILED) throw refused();
      const auto event = status == PGRES_POLLING_READING ? SocketEvent::read : SocketEvent::write;
      if (!wait_for_socket(PQsocket(connection), event, deadline_)) {
        throw PostgreSQLError(place(), std::string(postgresql_timeout), true, "no connection was made in time",
                              {.is_connection_lost = true});
      }
      status = PQconnectPoll(connection);
    }
    if (PQsetnonblocking(connection, 1) != 0) throw lost();
  }

  /// A plan that does not depend on the parameters is as good as any here, from the first time on. Where this client
  /// has given up, the server is to do so soon after, and sooner where it hears that the connection is closed: also
  /// while it waits for a lock. And where this client stands still in a transaction, others wait for its locks. Where
  /// it did not wait for its standby, the server is to say so. Times are those of UTC also where a column has a time
  /// zone, and what is no save is written where a save is.
  void prepare_session(std::chrono::milliseconds timeout) {
    const std::string limit = transaction_limit(timeout);
    set_config({{"plan_cache_mode", "force_generic_plan"},
                {"statement_timeout", limit},
                {idle_in_transaction, limit},
                {"client_connection_check_interval", "500"},
                {"client_min_messages", "warning"},
                {"timezone", "UTC"},
                {"default_transaction_read_only", "off"}});
  }

  struct Setting {
    std::string name;
    std::string value;
  };

  /// In one round trip, each by itself: what speaks the protocol and knows other settings is as good without them.
  void set_config(const std::vector<Setting>& settings) {
    ::PGconn* const connection = connection_.get();
    if (PQenterPipelineMode(connection) == 0) throw lost();
    for (const auto& setting : settings) {
      const std::array values{setting.name.c_str(), setting.value.c_str()};
      if (PQsendQueryParams(connection, "select pg_catalog.set_config($1, $2, false)", 2, nullptr, values.data(),
                            nullptr, nullptr, 1) == 0 ||
          PQpipelineSync(connection) == 0) {
        throw lost();
      }
    }
    flush();
    for (std::size_t answered = 0; answered < settings.size();) {
      const PostgreSQLResult next = next_result();
      if (next == nullptr) {
        if (PQstatus(connection) != CONNECTION_OK) throw lost();
        continue;
      }
      const ExecStatusType status = PQresultStatus(next.get());
      if (status == PGRES_PIPELINE_SYNC) ++answered;
      if (status == PGRES_FATAL_ERROR) {
        const PostgreSQLError error = error_of(next.get());
        if (error.damage().is_connection_lost) throw PostgreSQLError(error);
      }
    }
    if (PQexitPipelineMode(connection) == 0) throw lost();
  }

  [[nodiscard]] static std::string transaction_limit(std::chrono::milliseconds timeout) {
    return std::to_string((timeout + std::chrono::seconds{1}).count());
  }

  void ask(const std::string& sql) {
    if (PQsendQueryParams(connection_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1) == 0) throw lost();
    static_cast<void>(finish());
  }

  static void hear_notice(void* wire, const ::PGresult* notice) {
    const char* const severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity == nullptr) return;
    if (std::string_view(severity) == "WARNING") static_cast<PostgreSQLWire*>(wire)->was_warned_ = true;
    // What the server says last, before it closes a connection that is idle.
    if (std::string_view(severity) == "FATAL") static_cast<PostgreSQLWire*>(wire)->is_broken_ = true;
  }

  /// The name of a statement, which is prepared when it is first used; null where statements have none.
  const std::string* prepare(const PostgreSQLStep& step) {
    if (!has_names_) return nullptr;
    if (step.name != nullptr && *step.name != nullptr) return *step.name;
    auto found = names_.find(step.sql);
    if (found == names_.end()) {
      const std::string name = "slack_oauth_" + std::to_string(names_.size() + 1);
      if (PQsendPrepare(connection_.get(), name.c_str(), step.sql.c_str(), 0, nullptr) == 0) throw lost();
      static_cast<void>(finish());
      found = names_.emplace(step.sql, name).first;
    }
    if (step.name != nullptr) *step.name = &found->second;
    return &found->second;
  }

  void send(const PostgreSQLStep& step) {
    ::PGconn* const connection = connection_.get();
    const int count = static_cast<int>(step.values.size());
    const char* const* const values = step.values.data();
    const std::string* const name = prepare(step);
    is_sent_ = true;
    const int is_sent =
        name != nullptr ? PQsendQueryPrepared(connection, name->c_str(), count, values, nullptr, nullptr, 1)
                        : PQsendQueryParams(connection, step.sql.c_str(), count, nullptr, values, nullptr, nullptr, 1);
    if (is_sent == 0) throw lost();
  }

  void flush() {
    ::PGconn* const connection = connection_.get();
    for (int unsent = PQflush(connection); unsent != 0; unsent = PQflush(connection)) {
      if (unsent < 0) return require_closed();
      wait(SocketEvent::read_or_write);
      if (PQconsumeInput(connection) == 0) return require_closed();
    }
  }

  /// Null where a statement has no more. Where the server closes the connection, what it said before comes first.
  [[nodiscard]] PostgreSQLResult next_result() {
    ::PGconn* const connection = connection_.get();
    while (has_socket() && PQisBusy(connection) != 0) {
      wait(SocketEvent::read);
      if (PQconsumeInput(connection) == 0) require_closed();
    }
    return PostgreSQLResult(PQgetResult(connection));
  }

  [[nodiscard]] bool has_socket() const { return PQsocket(connection_.get()) >= 0; }

  /// Where libpq fails. Once it has closed its socket, nothing that is asked of it waits.
  void require_closed() {
    if (has_socket()) throw lost();
    is_broken_ = true;
  }

  /// As finish(), of statements that were sent together.
  [[nodiscard]] std::vector<PostgreSQLResult> finish_together(std::size_t count) {
    flush();
    std::vector<PostgreSQLResult> results;
    PostgreSQLResult failure;
    while (true) {
      PostgreSQLResult next = next_result();
      if (next == nullptr) {
        if (PQstatus(connection_.get()) != CONNECTION_OK) break;
        continue;
      }
      const ExecStatusType status = PQresultStatus(next.get());
      if (status == PGRES_PIPELINE_SYNC) break;
      if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        results.push_back(std::move(next));
        if (results.size() < count) was_warned_ = false;
      } else if (failure == nullptr && status != PGRES_PIPELINE_ABORTED) {
        failure = std::move(next);
      }
    }
    if (failure != nullptr) {
      static_cast<void>(PQexitPipelineMode(connection_.get()));
      throw error_of(failure.get(), results.size() == count);
    }
    if (results.size() != count) throw lost();
    return results;
  }

  /// Waits for the answer to what was sent, and takes all of it.
  [[nodiscard]] PostgreSQLResult finish() {
    flush();
    PostgreSQLResult result;
    PostgreSQLResult failure;
    while (PostgreSQLResult next = next_result()) {
      const ExecStatusType status = PQresultStatus(next.get());
      if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        result = std::move(next);
      } else if (failure == nullptr) {  // what libpq says of a connection that was closed comes behind the server's
        failure = std::move(next);
      }
    }
    if (failure != nullptr) throw error_of(failure.get(), result != nullptr);
    if (result == nullptr) throw lost();
    return result;
  }

  void wait(SocketEvent event) {
    if (wait_for_socket(PQsocket(connection_.get()), event, deadline_)) return;
    is_broken_ = true;
    throw PostgreSQLError(place(), std::string(postgresql_timeout), true, "no answer came in time",
                          {.is_connection_lost = true, .may_have_happened = is_sent_});
  }

  /// By all addresses. Where one of them may have this client later, it is that one's code.
  [[nodiscard]] PostgreSQLError refused() const {
    std::string text;
    std::optional<PostgreSQLRefusal> reason;
    for (auto& refusal : refusals_in(PQerrorMessage(connection_.get()))) {
      text += (text.empty() ? "" : "; ") + refusal.text;
      if (!reason || (!reason->is_retryable() && refusal.is_retryable())) reason = std::move(refusal);
    }
    const bool is_retryable = reason && reason->is_retryable() &&
                              (!reason->code.empty() || PQconnectionNeedsPassword(connection_.get()) == 0);
    PostgreSQLPlace where = place();
    if (text.find('"' + where.host + '"') != std::string::npos) where.host.clear();
    return {where, reason ? reason->code : "", is_retryable, "cannot connect: " + text, {.is_connection_lost = true}};
  }

  [[nodiscard]] PostgreSQLError lost() {
    is_broken_ = true;
    return {place(),
            "08006",
            true,
            "the connection was lost: " + first_line(PQerrorMessage(connection_.get())),
            {.is_connection_lost = true, .is_server_lost = true, .may_have_happened = is_sent_}};
  }

  /// `is_done` where the server has already said that it did what was asked for.
  [[nodiscard]] PostgreSQLError error_of(const ::PGresult* failure, bool is_done = false) {
    const auto field = [failure](int which) {
      const char* const text = PQresultErrorField(failure, which);
      return std::string(text == nullptr ? "" : text);
    };
    const std::string code = field(PG_DIAG_SQLSTATE);
    if (code.empty()) return lost();  // libpq's own words about a connection that broke
    // A statement that was prepared before its table was altered. It has no code of its own.
    const bool is_stale = code == "0A000" && field(PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery";
    const std::string severity = field(PG_DIAG_SEVERITY_NONLOCALIZED);
    const bool is_end = severity == "FATAL" || severity == "PANIC";
    // The server itself ends a session between two steps, and says so. A pooler knows less of what it has passed on.
    const bool is_between_steps = !is_done && field(PG_DIAG_SOURCE_FUNCTION) == "ProcessInterrupts" &&
                                  (code == "57P01" || code == "57P05" || code == "25P03");
    const bool is_lost = is_end || is_stale || is_sqlstate_of_lost_connection(code);
    is_broken_ = is_broken_ || is_lost;
    return {place(),
            code,
            (is_sqlstate_retryable(code) || is_lost) && code != "42P05",  // it would come again
            describe_sqlstate(code, field(PG_DIAG_MESSAGE_PRIMARY)),
            {.is_connection_lost = is_lost,
             .is_server_lost = is_sqlstate_of_lost_server(code),
             .may_have_happened = code == "40003" || code == "08007" || (is_end && is_sent_ && !is_between_steps)}};
  }

  inline static const std::vector<const char*> no_values{};
  static constexpr const char* idle_in_transaction = "idle_in_transaction_session_timeout";

  PostgreSQLDeadline deadline_;
  bool has_names_;
  bool is_broken_ = false;
  bool was_warned_ = false;
  bool is_sent_ = false;  ///< what was asked for, so that the server may do it
  std::string begin_{};   ///< what is to be sent before the next statement
  std::string limit_{};   ///< what is to be sent behind it; empty where the session has it
  std::unique_ptr<::PGconn, Finish> connection_{};
  std::unordered_map<std::string, std::string> names_{};
};

}  // namespace slack::oauth::inline v0::detail
