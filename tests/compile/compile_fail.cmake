# Compiles SOURCE, which must fail and say the sentence of its first line, `// expect: <sentence>`. A line
# `// errors: <n>` also bounds how much else the compiler says: a good sentence is lost below fifty others.
include("${CMAKE_CURRENT_LIST_DIR}/compiler.cmake")

file(READ "${SOURCE}" text)
if(NOT text MATCHES "^// expect: ([^\n]+)")
  message(FATAL_ERROR "${SOURCE} does not begin with `// expect: <sentence>`")
endif()
set(sentence "${CMAKE_MATCH_1}")

# An unbroken message, whatever the width of the terminal.
execute_process(
  COMMAND ${compile} -fsyntax-only -fmessage-length=0 "${SOURCE}"
  RESULT_VARIABLE result
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
message("${output}")

if(result EQUAL 0)
  message(FATAL_ERROR "it compiled, and was to fail with: ${sentence}")
endif()
string(FIND "${output}" "${sentence}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "the compiler does not say: ${sentence}")
endif()
if(text MATCHES "\n// errors: ([0-9]+)")
  set(wanted "${CMAKE_MATCH_1}")
  string(REGEX MATCHALL ":[0-9]+: (fatal )?error: " errors "${output}")
  list(LENGTH errors count)
  if(NOT count EQUAL wanted)
    message(FATAL_ERROR "the compiler gives ${count} errors, and was to give ${wanted}")
  endif()
endif()
