# The compiler command of the scripts beside this file, from COMPILER, INCLUDE_DIRS and FLAGS (lists joined with |).
string(REPLACE "|" ";" include_dirs "${INCLUDE_DIRS}")
list(TRANSFORM include_dirs PREPEND "-I")
string(REPLACE "|" ";" flags "${FLAGS}")
set(compile "${COMPILER}" -std=c++20 ${flags} ${include_dirs})
