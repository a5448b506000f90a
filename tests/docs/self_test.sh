#!/usr/bin/env bash
# Shows that check.sh accepts a right tree, refuses each kind of wrong one, and repairs what it can.
# shellcheck disable=SC2016  # the backquotes are Markdown
set -eu

check=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/check.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/docs" "$tree/examples"

make_tree() {
  cat > "$tree/examples/a.cpp" << 'CODE'
#include <string>

// [body]
  int f() {
    return 1;
  }
// [body]
CODE
  cat > "$tree/README.md" << 'PAGE'
# A title, with `code`

See [the page](docs/page.md#one-more), [here](#a-title-with-code) and [the web](https://example.com/x).

<!-- file: examples/a.cpp region: body -->
```cpp
int f() {
  return 1;
}
```
PAGE
  printf '# Page\n\n## One more\n\n```sh\n[not a link](nowhere)\n```\n' > "$tree/docs/page.md"
}

must_pass() {
  if ! bash "$check" "$tree" > "$tree/out"; then
    cat "$tree/out"
    echo "FAILED: $1 was refused"
    exit 1
  fi
}

must_fail() {
  if bash "$check" "$tree" > "$tree/out"; then
    echo "FAILED: $1 was accepted"
    exit 1
  fi
  if ! grep -q "$2" "$tree/out"; then
    cat "$tree/out"
    echo "FAILED: for $1, it does not say '$2'"
    exit 1
  fi
  make_tree
}

edit() {
  sed "$2" "$tree/$1" > "$tree/edited"
  cat "$tree/edited" > "$tree/$1"
}

make_tree
must_pass "a right tree"

edit README.md 's,docs/page.md,docs/pages.md,'
must_fail "a broken link" "README.md:3: the link leads nowhere: docs/pages.md#one-more"
edit README.md 's,#one-more,#one-less,'
must_fail "a link to no heading" "no such heading: docs/page.md#one-less"
edit README.md 's,return 1,return 2,'
must_fail "code that differs" "README.md:6: this code is not that of examples/a.cpp region: body"
edit README.md '/<!--/d'
must_fail "code without a marker" "README.md:5: a cpp block has no marker"
edit README.md 's,region: body,region: soul,'
must_fail "a region that is not there" "no such code: examples/a.cpp region: soul"
edit README.md 's,a.cpp,b.cpp,'
must_fail "a file that is not there" "no such code: examples/b.cpp"
edit README.md '/```/,/```/d'
must_fail "a marker without code" "no block of code follows the marker"

edit README.md 's,return 1,return 2,'
bash "$check" --fix "$tree" > "$tree/out"
must_pass "a repaired tree"
grep -q 'return 1' "$tree/README.md" || { echo "FAILED: the repair changed nothing"; exit 1; }
echo "the checker accepts, refuses and repairs as it should"
