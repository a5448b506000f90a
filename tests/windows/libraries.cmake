# Puts what the tests need on Windows into build/windows-libraries, where mingw-w64.cmake looks for it:
#
#   cmake -P tests/windows/libraries.cmake
#
# The header-only libraries are those of this machine. Debian has no SQLite for Windows, so that comes from an npm
# package which carries its source.
cmake_minimum_required(VERSION 3.23)

set(package better-sqlite3)
set(version 13.2.0)
set(sha256 40487589df3496f2ee0079d22b73c63fccebe7db0e8ee9a2c42421861e321e0b)

cmake_path(SET build NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../build")
set(root "${build}/windows-libraries")
set(archive "${build}/${package}-${version}.tgz")

foreach(path IN ITEMS include/nlohmann share/cmake/nlohmann_json include/catch2 lib/cmake/Catch2)
  if(NOT EXISTS "/usr/${path}")
    message(FATAL_ERROR "There is no /usr/${path}: ./dev install ci")
  endif()
  cmake_path(GET path PARENT_PATH folder)
  file(COPY "/usr/${path}" DESTINATION "${root}/${folder}")
endforeach()
# It names a library for this machine. The tests' main function is compiled from the header.
file(REMOVE "${root}/lib/cmake/Catch2/Catch2Targets-none.cmake")

if(EXISTS "${root}/lib/libsqlite3.a")
  return()
endif()
if(NOT EXISTS "${archive}")
  execute_process(COMMAND npm pack --silent "${package}@${version}" WORKING_DIRECTORY "${build}"
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
file(SHA256 "${archive}" found)
if(NOT found STREQUAL sha256)
  message(FATAL_ERROR "${archive} is not the package that it was: its SHA-256 is ${found}")
endif()
file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${root}/source" PATTERNS "package/deps/sqlite3/*")
set(sqlite3 "${root}/source/package/deps/sqlite3")
file(COPY "${sqlite3}/sqlite3.h" DESTINATION "${root}/include")
execute_process(
  COMMAND x86_64-w64-mingw32-gcc-posix -O1 -DSQLITE_OMIT_LOAD_EXTENSION -c "${sqlite3}/sqlite3.c" -o
          "${root}/sqlite3.o" COMMAND_ERROR_IS_FATAL ANY)
file(MAKE_DIRECTORY "${root}/lib")
execute_process(COMMAND x86_64-w64-mingw32-gcc-ar-posix rcs "${root}/lib/libsqlite3.a" "${root}/sqlite3.o"
                COMMAND_ERROR_IS_FATAL ANY)
