#!/usr/bin/env bash
# Checks the documentation of a tree: local links, and code that is the code of a file.
#
#   check.sh [--fix] [<tree>]
#
# A ```cpp block of README.md and docs/ stands below a marker, and is the whole of that file or one region of it:
#
#   <!-- file: examples/bot_only_store.cpp -->
#   <!-- file: examples/bot_only_store.cpp region: store -->
#
# A region is what stands between two lines `// [store]`, without its common indentation. --fix writes the files' code
# into the pages.
set -eu

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fix=no
if [ "${1:-}" = "--fix" ]; then
  fix=yes
  shift
fi
cd "${1:-.}"

problems=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pages() {
  find . \( -name build -o -name node_modules -o -name .git \) -prune -o -name '*.md' -print | sed 's,^\./,,' | sort
}

# The headings of a page as GitHub makes anchors of them.
anchors() {
  awk '
    /^```/ { fenced = !fenced; next }
    !fenced && /^#+ / {
      sub(/^#+ +/, ""); sub(/ +#* *$/, "")
      gsub(/\[/, ""); gsub(/\]\([^)]*\)/, "")
      slug = tolower($0)
      gsub(/[^a-z0-9 _-]/, "", slug)
      gsub(/ /, "-", slug)
      if (slug in used) slug = slug "-" used[slug]++; else used[slug] = 1
      print slug
    }' "$1"
}

# One line for each link target outside code: <line> <target>
links() {
  awk '
    /^ *```/ { fenced = !fenced; next }
    fenced { next }
    {
      line = $0
      gsub(/`[^`]*`/, "", line)
      while (match(line, /\]\([^)]+\)/)) {
        target = substr(line, RSTART + 2, RLENGTH - 3)
        sub(/ +".*$/, "", target)
        print FNR, target
        line = substr(line, RSTART + RLENGTH)
      }
      if (match($0, /^\[[^]]+\]: +[^ ]+/)) {
        target = substr($0, RSTART, RLENGTH)
        sub(/^\[[^]]+\]: +/, "", target)
        print FNR, target
      }
    }' "$1"
}

check_links() {
  local page=$1 number target path anchor file
  while read -r number target; do
    case $target in
      *://* | mailto:*) continue ;;
    esac
    path=${target%%#*}
    anchor=
    case $target in *'#'*) anchor=${target#*#} ;; esac
    if [ -z "$path" ]; then file=$page; else file=$(dirname "$page")/$path; fi
    if [ ! -e "$file" ]; then
      echo "$page:$number: the link leads nowhere: $target"
      problems=$((problems + 1))
    elif [ -n "$anchor" ] && [ "${file%.md}" != "$file" ] && ! anchors "$file" | grep -qxF -- "$anchor"; then
      echo "$page:$number: no such heading: $target"
      problems=$((problems + 1))
    fi
  done <<< "$(links "$page")"
}

check_code() {
  local page=$1
  if ! awk -v page="$page" -v fixed="$work/page" -f "$here/code.awk" "$page"; then
    problems=$((problems + 1))
  fi
  if [ "$fix" = yes ] && ! cmp -s "$work/page" "$page"; then
    cat "$work/page" > "$page"
    echo "$page: written anew"
  fi
}

if [ "$fix" = yes ]; then
  # What is wrong before the repair is not worth saying, unless it is still wrong after it.
  for page in $(pages); do
    case $page in README.md | docs/*) check_code "$page" > "$work/said" ; grep 'written anew' "$work/said" || true ;; esac
  done
  problems=0
  fix=no
fi

for page in $(pages); do
  check_links "$page"
  case $page in README.md | docs/*) check_code "$page" ;; esac
done

if [ "$problems" -gt 0 ]; then
  echo "docs: problems in $problems place(s)"
  exit 1
fi
echo "docs: $(pages | wc -l | tr -d ' ') pages, all links and code blocks are right"
