#!/bin/sh
# Prints what it costs to compile with this library, in seconds of processor time and as ratios: each header that programs
# include, and a whole app, header-only and over slack-oauth::compiled, to a unit that parses one text and includes what an
# app needs anyway; and the store's interface to the standard headers that it needs, in a unit that touches no JSON.
# Usage: compile_time.sh [compiler [flags...]]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
compiler=${1:-${CXX:-c++}}
if [ $# -gt 0 ]; then shift; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Processor time that a command takes, in ms: that of the wall depends on what else the machine does.
processor_milliseconds() {
  perl -e 'system(@ARGV) == 0 or exit 1; my @times = times; printf "%d", ($times[2] + $times[3]) * 1000' "$@"
}

# Of the cheapest of several runs: fastest <runs> <unit> [flags...]
fastest() {
  runs=$1
  unit=$2
  shift 2
  best=
  while [ "$runs" -gt 0 ]; do
    took=$(processor_milliseconds "$compiler" -std=c++20 -I "$root/include" "$@" -c "$unit" -o "$folder/unit.o")
    if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
    runs=$((runs - 1))
  done
  echo "$best"
}

report() { awk "BEGIN { printf \"%6.2f s  %5.2f  %s\\n\", $2 / 1000, $2 / $3, \"$1\" }"; }

cat > "$folder/base.cpp" << 'UNIT'
#include <curl/curl.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>
int main() { return nlohmann::json::parse(R"({"ok": true})").size() == 1 ? 0 : 1; }
UNIT
base=$(fastest 7 "$folder/base.cpp" "$@")
echo "$compiler $*"
report "a unit with the headers of nlohmann/json, libcurl and SQLite, which parses one text" "$base" "$base"

app=$root/examples/whole_app.cpp
report "examples/whole_app.cpp" "$(fastest 7 "$app" "$@")" "$base"
compiled="-include slack/oauth/compiled/app.hpp -include slack/oauth/compiled/sqlite3.hpp"
# shellcheck disable=SC2086  # several words
report "examples/whole_app.cpp, over slack-oauth::compiled" "$(fastest 7 "$app" $compiled "$@")" "$base"

(cd "$root/include" && ls slack/*.hpp slack/oauth/*.hpp slack/oauth/compiled/*.hpp slack/oauth/testing/*.hpp \
  slack/oauth/web/curl.hpp slack/oauth/wrappers/*.hpp) | while read -r header; do
  echo "#include <$header>" > "$folder/header.cpp"
  report "<$header>" "$(fastest 3 "$folder/header.cpp" "$@")" "$base"
done

cat > "$folder/interface.cpp" << 'UNIT'
#include <slack/oauth/installation_store.hpp>
std::optional<slack::oauth::Bot> find(const slack::oauth::InstallationStore& store) {
  return store.find_bot({.team_id = "T111"});
}
UNIT
# Of every header of ours that the unit reads, the lines that include a standard one.
"$compiler" -std=c++20 -I "$root/include" "$@" -MM "$folder/interface.cpp" | tr ' ' '\n' | grep "^$root/include" |
  xargs sed -n 's/^#include <\([a-z_]*\)>$/#include <\1>/p' | sort -u > "$folder/standard.cpp"
cat >> "$folder/standard.cpp" << 'UNIT'
#include <nlohmann/json_fwd.hpp>
std::optional<std::string> find(const std::function<std::optional<std::string>()>& look_up) { return look_up(); }
UNIT
standard=$(fastest 7 "$folder/standard.cpp" "$@")
echo
report "the standard headers of <slack/oauth/installation_store.hpp>, and json_fwd.hpp" "$standard" "$standard"
report "<slack/oauth/installation_store.hpp>, and a look-up" "$(fastest 7 "$folder/interface.cpp" "$@")" "$standard"
