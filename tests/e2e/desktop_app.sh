#!/usr/bin/env bash
# Signs in with the desktop app, with curl for the browser and the stand-in for Slack:
#   desktop_app.sh <desktop_app> <slack_standin> <folder to work in>
set -eu

desktop_app=$1
slack_standin=$2
work=$3

if ! command -v curl > /dev/null; then
  echo "SKIPPED: curl is not installed"
  exit 0
fi
rm -rf "$work"
mkdir -p "$work"
cd "$work"

started=()
cleanup() {
  for pid in "${started[@]}"; do kill "$pid" 2> /dev/null || true; done
  wait
}
trap cleanup EXIT

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# The address that a program prints once it listens.
address_in() {
  for _ in $(seq 200); do
    address=$(grep -o 'http://localhost:[0-9]*' "$1" | head -n 1 || true)
    if [ -n "$address" ]; then return; fi
    sleep 0.1
  done
  fail "$1 names no address"
}

# A public client has no secret. A token that lives for a minute is due at once.
"$slack_standin" --client-secret "" --token-lifetime 60 > standin.log &
started+=($!)
address_in standin.log
slack=$address
export SLACK_API_URL="$slack/api/" SLACK_AUTHORIZE_URL="$slack/oauth/v2/authorize"
export SLACK_CLIENT_ID=111.222 SLACK_USER_SCOPES=users:read,search:read PORT=0

"$desktop_app" > app.log 2> app.err &
app=$!
started+=("$app")
address_in app.log
browser=(curl --silent --show-error --max-time 20 --cookie jar --cookie-jar jar)

consent=$("${browser[@]}" --output /dev/null --write-out '%{redirect_url}' "$address/slack/install")
case $consent in
  "$slack"/oauth/v2/authorize\?*code_challenge_method=S256*) ;;
  *) fail "no way to the consent page: $consent" ;;
esac
# The form of the consent page comes back to its own address.
callback=$("${browser[@]}" --output /dev/null --write-out '%{redirect_url}' \
  --data "workspace=T0FURNACE&decision=allow" "$consent")
case $callback in
  "$address"/slack/oauth_redirect\?*code=*) ;;
  *) fail "no way back to the app: $callback" ;;
esac
"${browser[@]}" "$callback" | grep -q 'You can close this page' || fail "the app shows no success"
wait "$app" || fail "the app ended badly: $(cat app.err)"
grep -q '^Signed in as ada in Furnace Works$' app.log || fail "the app does not say who signed in: $(cat app.log)"

# Again: no browser, and a token that is refreshed without a secret, as it was at the first start.
"$desktop_app" > again.log 2>&1 || fail "the second start: $(cat again.log)"
grep -q '^Signed in as ada in Furnace Works$' again.log || fail "the second start asks again: $(cat again.log)"
if grep -q Open again.log; then fail "the second start asks again"; fi
records=$(curl --silent --show-error "$slack/standin/records")
case $records in
  *'"refreshes":2,'*) ;;
  *) fail "not refreshed twice: $records" ;;
esac

for file in desktop_app.db*; do
  [ -z "$(find "$file" -perm /077)" ] || fail "others can read $file"
done
if cat ./*.log app.err | grep -q 'xox[a-z]'; then fail "a log holds a token"; fi
echo "signed in, twice"
