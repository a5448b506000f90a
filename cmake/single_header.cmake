# Writes the core of the library as one file:
#
#   cmake -DOUTPUT=slack_oauth.hpp -P cmake/single_header.cmake
cmake_minimum_required(VERSION 3.23)

if(NOT OUTPUT)
  message(FATAL_ERROR "usage: cmake -DOUTPUT=<file> -P cmake/single_header.cmake")
endif()
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH root)
set(seen "")
set(result "")

# Appends a header to <result>, with each header of ours that it includes in the place of its first include.
# Text is only ever handled whole and quoted: as a CMake list it would lose its semicolons and brackets.
function(append_header header)
  list(APPEND seen "${header}")
  file(READ "${root}/include/${header}" text)
  string(REGEX REPLACE "(^|\n)#pragma once\n" "\\1" text "${text}")
  string(PREPEND text "\n")

  while(text MATCHES "\n#include [<\"](slack/[^>\"]+)[>\"][^\n]*")
    set(included "${CMAKE_MATCH_1}")
    string(LENGTH "${CMAKE_MATCH_0}" length)
    string(FIND "${text}" "${CMAKE_MATCH_0}" position)
    string(SUBSTRING "${text}" 0 ${position} before)
    math(EXPR position "${position} + ${length}")
    string(SUBSTRING "${text}" ${position} -1 text)
    string(APPEND result "${before}")
    if(NOT included IN_LIST seen)
      append_header("${included}")
    endif()
  endwhile()

  set(seen "${seen}" PARENT_SCOPE)
  set(result "${result}${text}" PARENT_SCOPE)
endfunction()

append_header("slack/oauth.hpp")

if(result MATCHES "\n *#include [<\"]slack/[^\n]*")
  message(FATAL_ERROR "an include of the library is left: ${CMAKE_MATCH_0}")
endif()
string(REGEX REPLACE "\n\n\n+" "\n\n" result "${result}")

file(READ "${root}/LICENSE" license)
string(STRIP "${license}" license)
string(REPLACE "\n" "\n// " license "${license}")
string(REGEX REPLACE "// \n" "//\n" license "${license}")
file(STRINGS "${root}/CMakeLists.txt" version REGEX "^ *VERSION [0-9.]+")
string(STRIP "${version}" version)

file(WRITE "${OUTPUT}"
     "// slack-oauth, ${version}: the core in one header, generated from include/slack/oauth.hpp.\n//\n// ${license}\n"
     "#pragma once\n${result}")
