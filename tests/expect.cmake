# Runs a program and checks how it ends: ctest's own properties look at either the exit code or the output, never both.
#
#   cmake -DCOMMAND=<program|arg|...> [-DEXIT=0|nonzero] [-DOUTPUT=<regex>] [-DERROR=<regex>] [-DERROR_LINES=<n>]
#         [-DWITHOUT=<regex>] -P expect.cmake
#
# What matches WITHOUT must stand neither in its outputs nor in the name of a file that it makes where it runs.
string(REPLACE "|" ";" command "${COMMAND}")
execute_process(COMMAND ${command} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)
message("${output}${error}")

if(NOT result MATCHES "^[0-9]+$")
  message(FATAL_ERROR "it crashed: ${result}")
endif()
if(EXIT STREQUAL "nonzero")
  if(result EQUAL 0)
    message(FATAL_ERROR "it was to exit with an error, and exited with 0")
  endif()
elseif(NOT result EQUAL 0)
  message(FATAL_ERROR "it was to exit with 0, and exited with ${result}")
endif()
if(DEFINED OUTPUT AND NOT output MATCHES "${OUTPUT}")
  message(FATAL_ERROR "its output was to match: ${OUTPUT}")
endif()
if(DEFINED ERROR AND NOT error MATCHES "${ERROR}")
  message(FATAL_ERROR "its error output was to match: ${ERROR}")
endif()
if(DEFINED ERROR_LINES)
  string(REGEX MATCHALL "\n" lines "${error}")
  list(LENGTH lines count)
  if(NOT count EQUAL ERROR_LINES)
    message(FATAL_ERROR "its error output was to have ${ERROR_LINES} line(s), and has ${count}")
  endif()
endif()
if(DEFINED WITHOUT)
  file(GLOB_RECURSE files "*")
  if("${output}${error}${files}" MATCHES "${WITHOUT}")
    message(FATAL_ERROR "neither its outputs nor its files were to have: ${WITHOUT}; they are: ${files}")
  endif()
endif()
