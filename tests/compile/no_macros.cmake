# Fails when a macro is defined after HEADERS that what they include does not define by itself.
include("${CMAKE_CURRENT_LIST_DIR}/compiler.cmake")
string(REPLACE "|" ";" headers "${HEADERS}")
string(REPLACE "|" ";" include_dirs "${INCLUDE_DIRS}")
list(GET include_dirs 0 our_include_dir)

function(macros_of text names)
  file(WRITE "${WORK_DIR}/no_macros.cpp" "${text}")
  execute_process(
    COMMAND ${compile} -dM -E "${WORK_DIR}/no_macros.cpp"
    OUTPUT_VARIABLE output
    ERROR_VARIABLE error
    RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${error}")
  endif()
  string(REGEX MATCHALL "#define [A-Za-z_][A-Za-z0-9_]*" defines "${output}")
  set(${names} "${defines}" PARENT_SCOPE)
endfunction()

set(ours "")
set(foreign "")
foreach(header IN LISTS headers)
  string(APPEND ours "#include <${header}>\n")
  # Conditional includes are kept under their conditions, so the lines between #if and #endif come along.
  file(STRINGS "${our_include_dir}/${header}" lines REGEX "^ *# *(if|ifdef|ifndef|elif|else|endif|include)")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "include *[<\"]slack/")
      string(APPEND foreign "${line}\n")
    endif()
  endforeach()
endforeach()

macros_of("${foreign}" before)
macros_of("${ours}" after)
list(LENGTH before count)
if(count LESS 1000)
  message(FATAL_ERROR "only ${count} macros come from the included headers: the check itself is broken")
endif()
list(REMOVE_ITEM after ${before})
set(leaked "${after}")
list(FILTER before INCLUDE REGEX "^#define SLACK")
list(APPEND leaked ${before})
if(leaked)
  list(JOIN leaked "\n  " leaked)
  message(FATAL_ERROR "macros left behind:\n  ${leaked}")
endif()
