#!/usr/bin/env bash
# Runs a command with DATABASE_URL, which names a PostgreSQL server of its own that ends with it.
#
#   with_server.sh <command> [<argument>...]
#
# SLACK_OAUTH_POSTGRESQL_BIN is the folder of the server's programs; by default, that of the newest version in
# /usr/lib/postgresql. Without a server it says so and ends well; where CI is true, it fails.
set -eu

bin=${SLACK_OAUTH_POSTGRESQL_BIN:-}
if [ -z "$bin" ]; then
  for folder in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then bin=$folder; fi
  done
fi
if [ -z "$bin" ]; then
  echo "SKIPPED: there is no PostgreSQL server here; install postgresql to run this"
  [ "${CI:-}" != true ]
  exit
fi

# In place of this shell. No server runs as root.
exec_as_server() {
  if [ "$(id -u)" -eq 0 ]; then exec setpriv --reuid postgres --regid postgres --clear-groups "$@"; fi
  exec "$@"
}

work=$(mktemp -d)
server=""
cleanup() {
  if [ -n "$server" ]; then
    kill -INT "$server" 2> /dev/null || true
    wait "$server" 2> /dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
if [ "$(id -u)" -eq 0 ]; then chown postgres "$work"; fi

(exec_as_server "$bin/initdb" --pgdata="$work/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C \
  --no-sync --no-instructions > "$work/log")
# It listens on a socket in the folder, and on no port.
(exec_as_server "$bin/postgres" -D "$work/data" -c listen_addresses= -c "unix_socket_directories=$work" \
  >> "$work/log" 2>&1) &
server=$!
for _ in $(seq 600); do
  if [ -S "$work/.s.PGSQL.5432" ]; then break; fi
  sleep 0.1
done
export DATABASE_URL="postgresql:///postgres?host=$work&user=postgres"
for _ in $(seq 100); do
  if "$bin/pg_isready" --quiet --dbname="$DATABASE_URL"; then break; fi
  sleep 0.1
done
"$@"
