# Compares the ```cpp blocks of a page, and others that have a marker, with the sources their markers name, and writes to `fixed` the page as it should be.

function complain(line, text) {
  print page ":" line ": " text
  bad = 1
}

# Fills wanted[1..n] with a file's lines, or with those of a region; gives n, or -1 when there is no such thing.
function load(file, region,    line, n, inside, seen, read_any, indent, least, i) {
  n = 0
  while ((getline line < file) > 0) {
    read_any = 1
    sub(/\r$/, "", line)
    if (line ~ /^ *\/\/ \[[A-Za-z0-9_-]+\] *$/) {
      if (region != "" && index(line, "// [" region "]")) {
        inside = !inside
        seen++
      }
      continue
    }
    if (region == "" || inside) wanted[++n] = line
  }
  close(file)
  if (!read_any || (region != "" && seen < 2)) return -1
  least = -1
  for (i = 1; i <= n; i++) {
    if (wanted[i] ~ /^ *$/) continue
    match(wanted[i], /^ */)
    if (least < 0 || RLENGTH < least) least = RLENGTH
  }
  for (i = 1; i <= n; i++) wanted[i] = wanted[i] ~ /^ *$/ ? "" : substr(wanted[i], least + 1)
  while (n > 0 && wanted[n] == "") n--
  return n
}

function keep(line) { print line > fixed }

BEGIN { printf "" > fixed }

!in_block && /^ *<!-- file: .* -->/ {
  marker = $0
  sub(/^ *<!-- file: */, "", marker)
  sub(/ *-->.*$/, "", marker)
  marker_line = FNR
  keep($0)
  next
}

!in_block && !in_other && (/^ *```cpp/ || (marker != "" && /^ *```[a-z]/)) {
  in_block = 1
  block_line = FNR
  got = 0
  count = -1
  if (marker == "") {
    complain(FNR, "a cpp block has no marker <!-- file: ... -->")
  } else {
    file = marker
    region = ""
    if (match(marker, / +region: */)) {
      file = substr(marker, 1, RSTART - 1)
      region = substr(marker, RSTART + RLENGTH)
    }
    count = load(file, region)
    if (count < 0) complain(marker_line, "no such code: " marker)
  }
  keep($0)
  next
}

in_block && /^ *```/ {
  if (count >= 0) {
    for (i = 1; i <= count; i++) keep(wanted[i])
    same = got == count
    for (i = 1; same && i <= count; i++) same = have[i] == wanted[i]
    if (!same) complain(block_line, "this code is not that of " marker)
  } else {
    for (i = 1; i <= got; i++) keep(have[i])
  }
  in_block = 0
  marker = ""
  keep($0)
  next
}

in_block {
  have[++got] = $0
  next
}

/^ *```/ { in_other = !in_other }

# A marker speaks for the block right below it.
!/^ *$/ {
  if (marker != "") complain(marker_line, "no block of code follows the marker")
  marker = ""
}

{ keep($0) }

END {
  if (in_block) complain(block_line, "the block does not end")
  if (marker != "") complain(marker_line, "no block of code follows the marker")
  exit bad
}
