// What a notice of a write or of a lease says, and on which channel. The server makes both, from what it is to write
// anyway.
//
// A channel is one app's in one pair of tables: its name depends on the client ID and on the names of the two tables
// with their schema, so that it stays the same where another table takes the place of one. Every role of the database
// may listen to it and send to it. So a notice holds no id, but a hash of the client ID and the workspace's ids, which
// is in the workspace's row too; and what else comes is not believed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/postgresql/detail/names.hpp"

namespace slack::oauth::inline v0::detail {

/// In a notice: any workspace may have been written.
inline constexpr std::string_view notice_of_anything = "*";

/// Of SQL that gives a text.
[[nodiscard]] inline std::string hash_sql(const std::string& text) {
  return "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(" + text + ", 'UTF8')), 'hex')";
}

/// The hash, of SQL that gives the ids as texts. Of ids that have the same hash, all are taken for written.
[[nodiscard]] inline std::string notice_sql(const std::string& client_id, const std::string& enterprise_id,
                                            const std::string& team_id) {
  return hash_sql(client_id + "::text || '/' || " + enterprise_id + "::text || '/' || " + team_id + "::text");
}

[[nodiscard]] inline bool is_notice_of_workspace(std::string_view payload) {
  constexpr std::size_t length = 64;
  return payload.size() == length && payload.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Of what a channel tells.
enum class NoticesOf { writes, leases };

/// The name of the channel, of SQL that gives the client ID as a text.
[[nodiscard]] inline std::string channel_sql(const PostgreSQLNames& names, const std::string& client_id,
                                             NoticesOf what = NoticesOf::writes) {
  const auto name_of = [&names](std::string_view table) {
    return "(pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass::oid, " + names.quoted_place_of(table) +
           "::regclass::oid, 0)).identity";
  };
  return std::string(what == NoticesOf::writes ? "'slack_oauth_'" : "'slack_oauth_leases_'") + " || pg_catalog.left(" +
         hash_sql(client_id + "::text || '/' || " + name_of("slack_bots") + " || '/' || " +
                  name_of("slack_installations")) +
         ", 40)";
}

inline constexpr std::string_view trigger_name = "slack_oauth_changes";

/// What sees to it that what others write is heard. They may write many rows in one transaction, which count once, and
/// this library's own writes do not count: those have written the workspace's row in the same transaction. Runs with
/// the rights of whoever writes.
[[nodiscard]] inline std::vector<std::string> trigger_schema(const PostgreSQLNames& names) {
  const std::string key =
      "client_id::text = a_client::text and enterprise_id::text = an_enterprise::text and team_id::text = a_team::text";
  std::vector<std::string> statements{
      "create or replace function slack_oauth_tell() returns trigger language plpgsql set search_path " +
      std::string(names.has_schema() ? "to pg_catalog, pg_temp" : "from current") +
      " as $slack_oauth$ declare a_client varchar; an_enterprise varchar; a_team varchar; is_old boolean; begin "
      "if coalesce(pg_catalog.current_setting('slack_oauth.is_bulk', true), '') = 'on' then return null; end if; "
      "foreach is_old in array case tg_op when 'INSERT' then array[false] when 'DELETE' then array[true] else "
      "array[true, false] end loop "
      "if is_old then a_client := old.client_id; an_enterprise := coalesce(old.enterprise_id, ''); "
      "a_team := coalesce(old.team_id, ''); "
      "else a_client := new.client_id; an_enterprise := coalesce(new.enterprise_id, ''); "
      "a_team := coalesce(new.team_id, ''); end if; "
      "if not exists (select 1 from slack_oauth_workspaces where " +
      key +
      " and xmin = pg_current_xact_id()::xid) then "
      "insert into slack_oauth_others as it (client_id, enterprise_id, team_id, notice, version, changed_at) values "
      "(a_client, an_enterprise, a_team, " +
      notice_sql("a_client", "an_enterprise", "a_team") +
      ", 1, now()) on conflict (client_id, enterprise_id, team_id) do update set version = it.version + 1, "
      "changed_at = now() where it.xmin <> pg_current_xact_id()::xid; "
      "perform pg_catalog.pg_notify(" +
      channel_sql(names, "a_client") + ", " + notice_sql("a_client", "an_enterprise", "a_team") +
      "); end if; end loop; return null; end $slack_oauth$"};
  for (const std::string table : {"slack_bots", "slack_installations"}) {
    statements.push_back("create or replace trigger " + std::string(trigger_name) +
                         " after insert or update or delete on " + table +
                         " for each row execute function slack_oauth_tell()");
  }
  return statements;
}

}  // namespace slack::oauth::inline v0::detail
