// The rows that a statement gave, in PostgreSQL's binary form: it depends on no setting of the session, such as its
// time zone or DateStyle.
//
// Needs libpq.
#pragma once

#include <libpq-fe.h>

#include <bit>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

struct ClearPostgreSQLResult {
  void operator()(::PGresult* result) const noexcept { PQclear(result); }
};
using PostgreSQLResult = std::unique_ptr<::PGresult, ClearPostgreSQLResult>;

/// One row of a result. Valid as long as that is.
class PostgreSQLRow {
 public:
  PostgreSQLRow(const ::PGresult* result, int row) : result_(result), row_(row) {}

  /// Of a type that no column of ours has, a blob: nothing is made of its bytes.
  [[nodiscard]] SqlType type(int column) const {
    if (PQgetisnull(result_, row_, column) != 0) return SqlType::null;
    switch (PQftype(result_, column)) {
      case boolean_oid:
      case int8_oid:
      case int2_oid:
      case int4_oid:
        return SqlType::integer;
      case float4_oid:
      case float8_oid:
        return SqlType::real;
      case text_oid:
      case varchar_oid:
      case char_oid:
        return SqlType::text;
      case timestamp_oid:
      case timestamptz_oid:
        return SqlType::time;
      default:
        return SqlType::blob;
    }
  }

  /// Empty for what is no text: nobody asks.
  [[nodiscard]] std::string_view text(int column) const {
    const SqlType kind = type(column);
    return kind == SqlType::text || kind == SqlType::blob ? bytes(column) : std::string_view{};
  }

  [[nodiscard]] std::int64_t integer(int column) const {
    switch (bytes(column).size()) {
      case 1:
        return bytes(column).front() != 0 ? 1 : 0;
      case 2:
        return static_cast<std::int16_t>(number<std::uint16_t>(column));
      case 4:
        return static_cast<std::int32_t>(number<std::uint32_t>(column));
      default:
        return static_cast<std::int64_t>(number<std::uint64_t>(column));
    }
  }

  [[nodiscard]] double real(int column) const {
    if (type(column) == SqlType::integer) return static_cast<double>(integer(column));
    if (bytes(column).size() == 4) return static_cast<double>(std::bit_cast<float>(number<std::uint32_t>(column)));
    return std::bit_cast<double>(number<std::uint64_t>(column));
  }

  /// Absent for "infinity" and what else no calendar of four-digit years has.
  [[nodiscard]] std::optional<Timestamp> time(int column) const {
    constexpr std::chrono::microseconds epoch =
        std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}.time_since_epoch();
    constexpr Timestamp first{std::chrono::sys_seconds{std::chrono::seconds{earliest_second}}};
    constexpr Timestamp last{std::chrono::sys_seconds{std::chrono::seconds{latest_second + 1}}};
    const std::chrono::microseconds since{static_cast<std::int64_t>(number<std::uint64_t>(column))};
    if (since < first.time_since_epoch() - epoch || since >= last.time_since_epoch() - epoch) return std::nullopt;
    return Timestamp{since + epoch};
  }

 private:
  // https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat; they are the same for ever.
  static constexpr ::Oid boolean_oid = 16;
  static constexpr ::Oid int8_oid = 20;
  static constexpr ::Oid int2_oid = 21;
  static constexpr ::Oid int4_oid = 23;
  static constexpr ::Oid text_oid = 25;
  static constexpr ::Oid float4_oid = 700;
  static constexpr ::Oid float8_oid = 701;
  static constexpr ::Oid char_oid = 1042;
  static constexpr ::Oid varchar_oid = 1043;
  static constexpr ::Oid timestamp_oid = 1114;
  static constexpr ::Oid timestamptz_oid = 1184;

  [[nodiscard]] std::string_view bytes(int column) const {
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }

  /// In the order of the network.
  template <class Number>
  [[nodiscard]] Number number(int column) const {
    Number value = 0;
    for (const char byte : bytes(column)) value = static_cast<Number>((value << 8U) | static_cast<unsigned char>(byte));
    return value;
  }

  const ::PGresult* result_;
  int row_;
};

static_assert(SqlRow<PostgreSQLRow>);

/// How many rows a statement wrote.
[[nodiscard]] inline std::int64_t rows_written(::PGresult* result) {
  const char* const text = PQcmdTuples(result);
  std::int64_t count = 0;
  std::from_chars(text, text + std::strlen(text), count);
  return count;
}

}  // namespace slack::oauth::inline v0::detail
