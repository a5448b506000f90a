#!/usr/bin/env bash
# What move_stores refuses, over one database: with_server.sh move_stores.sh <move_stores> <postgresql_store> <folder>
set -eu

move_stores=$1
postgresql_store=$2
cd "$3"
rm -f ./*.db*

fail() {
  echo "move_stores.sh: $1"
  echo "$said"
  exit 1
}

# refuses <what it has to say> <argument>...
refuses() {
  local wanted=$1
  shift
  if said=$("$move_stores" "$@" 2>&1); then fail "it was to refuse: $*"; fi
  case $said in *"$wanted"*) ;; *) fail "it was to say: $wanted" ;; esac
}

# says <what it has to say> <argument>...
says() {
  local wanted=$1
  shift
  said=$("$move_stores" "$@" 2>&1) || fail "it failed: $*"
  case $said in *"$wanted"*) ;; *) fail "it was to say: $wanted" ;; esac
}

# It leaves T1 with a token in PostgreSQL that is newer than that of moved.db, and T3.
says "after the app has run over PostgreSQL: 1 newer"

refuses "no-such.db is not a file" --delete --overwrite 111.222 no-such.db
if [ -e no-such.db ]; then fail "it made a file"; fi
: > empty.db
refuses "has nothing of that client ID" --delete --overwrite 111.222 empty.db
refuses "has nothing of that client ID" --delete --overwrite 333.444 moved.db
refuses "newer in PostgreSQL: 1," --delete 111.222 moved.db
refuses "newer in PostgreSQL: 1," 111.222 moved.db
# Nothing of all that has deleted or written anything but T1's token.
says "saved: 1, deleted: 0" --delete --overwrite 111.222 moved.db
says "saved: 0, deleted: 0" --delete 111.222 moved.db

# New installations in PostgreSQL: three bots and four users, of a later time than all of moved.db.
"$postgresql_store" > /dev/null
refuses "newer in PostgreSQL: 7," 111.222 moved.db
refuses "newer in PostgreSQL: 7," --delete 111.222 moved.db
says "in PostgreSQL alone: 7" --overwrite 111.222 moved.db
says "saved: 0, deleted: 7" --overwrite --delete 111.222 moved.db
says "saved: 0, deleted: 0" --delete 111.222 moved.db
