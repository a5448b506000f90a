# Takes the library in the way that CASE names, builds a small program with it, and runs that.

set(prefix "${WORK_DIR}/prefix")
set(case_dir "${WORK_DIR}/${CASE}")
set(consumer_dir "${CMAKE_CURRENT_LIST_DIR}/${CASE}")
if(CMAKE_HOST_WIN32)
  set(exe .exe)
endif()

# run(<command>...) fails the test when the command fails; with FAILS <regex> first, when it succeeds or does not say so.
function(run)
  set(command ${ARGN})
  list(GET command 0 first)
  if(first STREQUAL "FAILS")
    list(GET command 1 wanted)
    list(REMOVE_AT command 0 1)
  endif()
  execute_process(
    COMMAND ${command}
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  list(JOIN command " " shown)
  message("$ ${shown}\n${output}")
  # CMake breaks the lines of its messages.
  string(REGEX REPLACE "[ \n]+" " " flat "${output}")
  if(first STREQUAL "FAILS")
    if(result EQUAL 0)
      message(FATAL_ERROR "it was to fail, and did not")
    elseif(NOT flat MATCHES "${wanted}")
      message(FATAL_ERROR "it was to fail and to say: ${wanted}")
    endif()
  elseif(NOT result EQUAL 0)
    message(FATAL_ERROR "it failed with ${result}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(configure
    "${CMAKE_COMMAND}"
    -G "${GENERATOR}"
    "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}"
    "-Dnlohmann_json_DIR=${nlohmann_json_DIR}")

# A consumer finds the installed package, and no other one that the machine may have.
set(find_installed "-Dslack-oauth_DIR=${prefix}/share/cmake/slack-oauth")

function(build_and_run)
  run(${configure} -S "${consumer_dir}" -B "${case_dir}" ${ARGN})
  run("${CMAKE_COMMAND}" --build "${case_dir}" --config "${BUILD_TYPE}")
  find_program(consumer consumer PATHS "${case_dir}" "${case_dir}/${BUILD_TYPE}" NO_DEFAULT_PATH REQUIRED)
  run("${consumer}")
endfunction()

function(compile_and_run)
  file(MAKE_DIRECTORY "${case_dir}")
  run("${COMPILER}" -std=c++20 ${ARGN} -o "${case_dir}/consumer")
  run("${case_dir}/consumer")
endfunction()

# A parent's `cmake --install` puts down the parent's own program, and nothing of the library.
function(assert_installs_only_the_consumer)
  run("${CMAKE_COMMAND}" --install "${case_dir}" --config "${BUILD_TYPE}" --prefix "${case_dir}/installed")
  file(GLOB_RECURSE installed RELATIVE "${case_dir}/installed" "${case_dir}/installed/*")
  if(NOT installed STREQUAL "bin/consumer${exe}")
    message(FATAL_ERROR "the parent's installation holds: ${installed}")
  endif()
endfunction()

string(REPLACE "|" ";" json_includes "${JSON_INCLUDE_DIRS}")
list(TRANSFORM json_includes PREPEND "-I")

file(REMOVE_RECURSE "${case_dir}")

if(CASE STREQUAL "install")
  # Moved after it was installed: nothing in it may hold on to the place it was made for.
  file(REMOVE_RECURSE "${prefix}" "${WORK_DIR}/made_for")
  run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --config "${BUILD_TYPE}" --prefix "${WORK_DIR}/made_for")
  file(RENAME "${WORK_DIR}/made_for" "${prefix}")
  foreach(file IN ITEMS include/slack/oauth.hpp include/slack/oauth/models/bot.hpp
                        share/cmake/slack-oauth/slack-oauth-config.cmake share/pkgconfig/slack-oauth.pc)
    if(NOT EXISTS "${prefix}/${file}")
      message(FATAL_ERROR "not installed: ${file}")
    endif()
  endforeach()
  file(GLOB_RECURSE installed RELATIVE "${prefix}/include" "${prefix}/include/*")
  file(GLOB_RECURSE ours RELATIVE "${SOURCE_DIR}/include" "${SOURCE_DIR}/include/*")
  if(NOT installed STREQUAL ours)
    message(FATAL_ERROR "the installed headers are not those of the source tree:\n${installed}\n${ours}")
  endif()

elseif(CASE STREQUAL "find_package")
  build_and_run(${find_installed})
  file(GLOB kit "${case_dir}/kit${exe}" "${case_dir}/${BUILD_TYPE}/kit${exe}")
  run(${kit})

elseif(CASE STREQUAL "find_app")
  build_and_run(${find_installed} -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON)

elseif(CASE STREQUAL "find_encrypting")
  build_and_run(${find_installed} -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON)

elseif(CASE STREQUAL "find_compiled")
  build_and_run(${find_installed})
  # Without the library the same program does not link: it holds no second copy of what the library has.
  run(FAILS "BasicApp" "${CMAKE_COMMAND}" --build "${case_dir}" --config "${BUILD_TYPE}" --target without_the_library)

  # Where the library was not built, the package says how to have it.
  file(REMOVE_RECURSE "${case_dir}")
  run(${configure} -S "${SOURCE_DIR}" -B "${case_dir}/headers" -DSLACK_OAUTH_BUILD_TESTS=OFF
      -DSLACK_OAUTH_BUILD_EXAMPLES=OFF)
  run("${CMAKE_COMMAND}" --install "${case_dir}/headers" --prefix "${case_dir}/prefix")
  run(FAILS "'compiled' was not built: configure slack-oauth with -DSLACK_OAUTH_BUILD_COMPILED=ON" ${configure} -S
      "${consumer_dir}" -B "${case_dir}/consumer" "-Dslack-oauth_DIR=${case_dir}/prefix/share/cmake/slack-oauth")

elseif(CASE STREQUAL "getting_started")
  run(${configure} -S "${consumer_dir}" -B "${case_dir}" ${find_installed})
  run("${CMAKE_COMMAND}" --build "${case_dir}" --config "${BUILD_TYPE}")
  run(bash "${consumer_dir}/run.sh" "${case_dir}/my_app" "${case_dir}")

elseif(CASE STREQUAL "missing_component")
  set(configure_wrong ${configure} -S "${consumer_dir}" -B "${case_dir}" ${find_installed})
  run(FAILS "slack-oauth has no component 'nonexistent'" ${configure_wrong} -DWANTED_COMPONENT=nonexistent)
  file(REMOVE_RECURSE "${case_dir}")
  run(FAILS "component 'testing' needs Threads, which was not found" ${configure_wrong} -DWANTED_COMPONENT=testing
      -DCMAKE_DISABLE_FIND_PACKAGE_Threads=ON)
  file(REMOVE_RECURSE "${case_dir}")
  run(FAILS "component 'curl' needs CURL, which was not found" ${configure_wrong} -DWANTED_COMPONENT=curl
      -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON)
  # Who brings a transport needs no libcurl.
  file(REMOVE_RECURSE "${case_dir}")
  run(${configure_wrong} -DWANTED_COMPONENT=flow -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON)
  file(REMOVE_RECURSE "${case_dir}")
  run(FAILS "nlohmann_json" ${configure_wrong} -DWANTED_COMPONENT=testing
      -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON)
  file(REMOVE_RECURSE "${case_dir}")
  run(FAILS "version \"0.99\"" ${configure_wrong} -DWANTED_COMPONENT=testing -DWANTED_VERSION=0.99)
  # The same project with nothing wrong, or the failures above would prove nothing.
  file(REMOVE_RECURSE "${case_dir}")
  run(${configure_wrong} -DWANTED_COMPONENT=testing)

elseif(CASE STREQUAL "missing_library")
  set(configure_without ${configure} -S "${consumer_dir}" -B "${case_dir}" "-DSLACK_OAUTH_SOURCE_DIR=${SOURCE_DIR}"
                        -DCMAKE_DISABLE_FIND_PACKAGE_PostgreSQL=ON)
  run(FAILS "slack-oauth::postgresql::needs::PostgreSQL::libpq-dev" ${configure_without} -DWANTED_COMPONENT=postgresql)
  # Who does not link it hears of it in a line, and goes on.
  file(REMOVE_RECURSE "${case_dir}")
  run(${configure_without} -DWANTED_COMPONENT=testing)
  if(NOT output MATCHES "component postgresql cannot be built here, it needs: PostgreSQL \\(on Debian libpq-dev\\)")
    message(FATAL_ERROR "it was to say what postgresql needs")
  endif()
  # A project may make the library's target itself.
  file(REMOVE_RECURSE "${case_dir}")
  run(${configure_without} -DWANTED_COMPONENT=postgresql -DMADE_TARGET=PostgreSQL::PostgreSQL)

elseif(CASE STREQUAL "add_subdirectory")
  build_and_run("-DSLACK_OAUTH_SOURCE_DIR=${SOURCE_DIR}")
  assert_installs_only_the_consumer()

elseif(CASE STREQUAL "fetch_content")
  build_and_run("-DFETCHCONTENT_SOURCE_DIR_SLACK-OAUTH=${SOURCE_DIR}")
  assert_installs_only_the_consumer()

elseif(CASE STREQUAL "pkg_config")
  find_program(pkg_config NAMES pkg-config pkgconf)
  if(NOT pkg_config)
    message("SKIPPED: pkg-config is not installed")
    return()
  endif()
  set(ENV{PKG_CONFIG_PATH} "${prefix}/share/pkgconfig:$ENV{PKG_CONFIG_PATH}")
  run("${pkg_config}" --modversion slack-oauth)
  string(STRIP "${output}" output)
  if(NOT output STREQUAL VERSION)
    message(FATAL_ERROR "pkg-config says version ${output}, and it is ${VERSION}")
  endif()
  run("${pkg_config}" --cflags slack-oauth)
  separate_arguments(flags UNIX_COMMAND "${output}")
  compile_and_run("${CMAKE_CURRENT_LIST_DIR}/main.cpp" ${flags})

elseif(CASE STREQUAL "include_only")
  compile_and_run("${CMAKE_CURRENT_LIST_DIR}/main.cpp" "-I${SOURCE_DIR}/include" ${json_includes})

elseif(CASE STREQUAL "single_header")
  run("${CMAKE_COMMAND}" "-DOUTPUT=${case_dir}/slack_oauth.hpp" -P "${SOURCE_DIR}/cmake/single_header.cmake")
  # With the header alone in reach: an include of the tree that was left in it would not be found.
  compile_and_run("${consumer_dir}/main.cpp" -Wall -Wextra -Werror "-I${case_dir}" ${json_includes})

else()
  message(FATAL_ERROR "no such case: ${CASE}")
endif()
