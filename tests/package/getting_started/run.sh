#!/usr/bin/env bash
# Starts the app of docs/getting-started.md without a database, then with one, asks it for its install page, and stops
# it: run.sh <program> <folder>
set -eu

program=$1
cd "$2"
export SLACK_CLIENT_ID=111.222 SLACK_CLIENT_SECRET=not-a-real-secret SLACK_SIGNING_SECRET=not-a-real-secret
export SLACK_SCOPES=app_mentions:read,chat:write

mkdir no_database no_database/app.db
result=0
said=$(cd no_database && "$program" 2>&1) || result=$?
echo "$said"
[ $result -eq 1 ]
[[ $said == "my_app: "*SQLITE_CANTOPEN* ]]

is_open() { (: > /dev/tcp/127.0.0.1/3000) 2> /dev/null; }
if is_open; then
  echo "SKIPPED: somebody else listens on port 3000"
  exit 0
fi

"$program" &
pid=$!
trap 'kill $pid 2> /dev/null; wait $pid 2> /dev/null || true' EXIT
until is_open; do
  kill -0 $pid
  sleep 0.1
done

ask() {
  exec 3<> /dev/tcp/127.0.0.1/3000
  printf '%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1" >&3
  head -n 1 <&3
  exec 3>&-
}
ask "GET /slack/install" | grep ' 200 '
ask "POST /slack/events" | grep ' 401 '
ask "GET /nowhere" | grep ' 404 '
