#!/bin/sh
# Prints what it costs to include slack/oauth/installation_store.hpp in a unit that touches no JSON, as a ratio to a unit
# with the standard headers that it needs and json_fwd.hpp. Usage: compile_time.sh [compiler [flags...]]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
compiler=${1:-${CXX:-c++}}
if [ $# -gt 0 ]; then shift; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/ours.cpp" <<'UNIT'
#include <slack/oauth/installation_store.hpp>
std::optional<slack::oauth::Bot> find(const slack::oauth::InstallationStore& store) {
  return store.find_bot({.team_id = "T111"});
}
UNIT

# Of every header of ours that the unit reads, the lines that include a standard one.
"$compiler" -std=c++20 -I "$root/include" "$@" -MM "$folder/ours.cpp" | tr ' ' '\n' | grep "^$root/include" |
  xargs sed -n 's/^#include <\([a-z_]*\)>$/#include <\1>/p' | sort -u > "$folder/base.cpp"
cat >> "$folder/base.cpp" <<'UNIT'
#include <nlohmann/json_fwd.hpp>
std::optional<std::string> find(const std::function<std::optional<std::string>()>& look_up) { return look_up(); }
UNIT

# Milliseconds of processor time that a command takes: those of the wall depend on what else the machine does.
processor_milliseconds() {
  perl -e 'system(@ARGV) == 0 or exit 1; my @times = times; printf "%d", ($times[2] + $times[3]) * 1000' "$@"
}

# Of the cheapest of several runs.
fastest() {
  unit=$1
  shift
  best=
  for _ in 1 2 3 4 5 6 7; do
    took=$(processor_milliseconds "$compiler" -std=c++20 -I "$root/include" "$@" -c "$unit" -o "$folder/unit.o")
    if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
  done
  echo "$best"
}

base=$(fastest "$folder/base.cpp" "$@")
ours=$(fastest "$folder/ours.cpp" "$@")
printf '%s: installation_store.hpp %s ms, its standard headers and json_fwd.hpp %s ms, ratio %s\n' \
  "$compiler" "$ours" "$base" "$(awk "BEGIN { printf \"%.2f\", $ours / $base }")"
