#!/usr/bin/env bash
# Runs the end-to-end test, or with --screenshots takes the pictures of the documentation:
#   run.sh <slack_app> <slack_standin> <folder to work in> [--screenshots <folder>]
# Environment: CHROMIUM names the browser, where it is not found by itself.
set -eu

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
slack_app=$1
slack_standin=$2
work=$3
shift 3

skip() {
  printf 'SKIPPED: %s\n' "$*"
  exit 0
}

for program in node npm; do
  command -v $program > /dev/null || skip "$program is not installed"
done
chromium=$(command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome || true)
[ -n "$chromium" ] || skip "Chromium is not installed"

# Beside the modules that it imports, and out of the tree.
mkdir -p "$work"
cp "$here"/*.mjs "$here"/package.json "$here"/package-lock.json "$work/"
cd "$work"
if ! cmp -s package-lock.json node_modules/installed-lock.json; then
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/installed-lock.json
fi

if [ "${1:-}" = --screenshots ]; then
  exec node screenshots.mjs "$slack_app" "$slack_standin" "$chromium" "$2"
fi
exec node e2e.mjs "$slack_app" "$slack_standin" "$chromium"
