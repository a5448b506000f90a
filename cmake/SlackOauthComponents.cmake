# The library's targets. Each is header-only: an INTERFACE target with a header set and the libraries it needs. The one
# that is compiled is there for who asks for it.

set(SLACK_OAUTH_INCLUDE_DIR "${PROJECT_SOURCE_DIR}/include")
set(SLACK_OAUTH_COMPONENTS "")
set(SLACK_OAUTH_AVAILABLE_COMPONENTS "")

# Where a package is, by Debian's name for it; other systems have much the same names.
set(_slack_oauth_source_of_SQLite3 libsqlite3-dev)
set(_slack_oauth_source_of_PostgreSQL libpq-dev)
set(_slack_oauth_source_of_OpenSSL libssl-dev)
set(_slack_oauth_source_of_CURL libcurl4-openssl-dev)

# <kind> is INTERFACE, or STATIC with a source. <scope> is how the target uses what it needs.
function(_slack_oauth_add_library target exported scope kind)
  add_library(${target} ${kind} ${ARGN})
  add_library(slack-oauth::${exported} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${exported} CXX_EXTENSIONS OFF)
endfunction()

# slack_oauth_add_core(LIBRARIES <target>...)
#
# Defines slack-oauth::slack-oauth. Its headers are all that no component claims, so they are listed by
# slack_oauth_finish_components.
macro(slack_oauth_add_core)
  cmake_parse_arguments(_slack_oauth "" "" "LIBRARIES" ${ARGN})
  _slack_oauth_add_library(slack-oauth slack-oauth INTERFACE INTERFACE)
  target_link_libraries(slack-oauth INTERFACE ${_slack_oauth_LIBRARIES})
  file(
    GLOB_RECURSE SLACK_OAUTH_CORE_HEADERS CONFIGURE_DEPENDS
    RELATIVE "${SLACK_OAUTH_INCLUDE_DIR}"
    "${SLACK_OAUTH_INCLUDE_DIR}/*.hpp")
endmacro()

# slack_oauth_add_component(<name> [PACKAGES <find_package arguments>...] [LIBRARIES <target>...]
#                           [COMPONENTS <component>...] [ROOM <path>] [WITHOUT <path>] [SOURCE <file>])
#
# Defines slack-oauth::<name> with the headers slack/oauth/<room>/** and slack/oauth/<room>.hpp, without those of a room
# inside it that another component claims. The room is the component's name where nothing else is said. COMPONENTS are
# those that it builds on, added before it. Each of PACKAGES is one string, for example "SQLite3 3.35". A package that
# is missing is no error here: the headers install all the same, and who asks for the component is told which library
# it lacks. Who links it in this build is told so by the name of a target that is not there. With a SOURCE it is a
# static library, which is built where SLACK_OAUTH_BUILD_COMPILED says so.
macro(slack_oauth_add_component name)
  cmake_parse_arguments(_slack_oauth "" "ROOM;WITHOUT;SOURCE" "PACKAGES;LIBRARIES;COMPONENTS" ${ARGN})
  if(NOT _slack_oauth_ROOM)
    set(_slack_oauth_ROOM ${name})
  endif()
  set(_slack_oauth_headers "^slack/oauth/${_slack_oauth_ROOM}(/.*)?\\.hpp$")

  set(SLACK_OAUTH_${name}_ROOM "${_slack_oauth_ROOM}")
  set(SLACK_OAUTH_${name}_PACKAGES "${_slack_oauth_PACKAGES}")
  set(SLACK_OAUTH_${name}_COMPONENTS "")
  set(SLACK_OAUTH_${name}_HEADERS "${SLACK_OAUTH_CORE_HEADERS}")
  list(FILTER SLACK_OAUTH_${name}_HEADERS INCLUDE REGEX "${_slack_oauth_headers}")
  if(_slack_oauth_WITHOUT)
    list(FILTER SLACK_OAUTH_${name}_HEADERS EXCLUDE REGEX "^slack/oauth/${_slack_oauth_WITHOUT}(/.*)?\\.hpp$")
  endif()
  list(REMOVE_ITEM SLACK_OAUTH_CORE_HEADERS ${SLACK_OAUTH_${name}_HEADERS})

  set(_slack_oauth_missing "")
  set(_slack_oauth_complaints "")
  foreach(_slack_oauth_package IN LISTS _slack_oauth_PACKAGES)
    separate_arguments(_slack_oauth_arguments UNIX_COMMAND "${_slack_oauth_package}")
    find_package(${_slack_oauth_arguments} QUIET)
    list(GET _slack_oauth_arguments 0 _slack_oauth_package)
    if(NOT ${_slack_oauth_package}_FOUND)
      set(_slack_oauth_source "${_slack_oauth_source_of_${_slack_oauth_package}}")
      list(APPEND _slack_oauth_complaints "slack-oauth::${name}::needs::${_slack_oauth_package}")
      if(_slack_oauth_source)
        string(APPEND _slack_oauth_complaints "::${_slack_oauth_source}")
        string(APPEND _slack_oauth_package " (on Debian ${_slack_oauth_source})")
      endif()
      list(APPEND _slack_oauth_missing "${_slack_oauth_package}")
    endif()
  endforeach()

  foreach(_slack_oauth_component IN LISTS _slack_oauth_COMPONENTS)
    list(APPEND _slack_oauth_LIBRARIES slack-oauth-${_slack_oauth_component})
    list(APPEND SLACK_OAUTH_${name}_COMPONENTS ${SLACK_OAUTH_${_slack_oauth_component}_COMPONENTS}
         ${_slack_oauth_component})
    if(NOT _slack_oauth_component IN_LIST SLACK_OAUTH_AVAILABLE_COMPONENTS)
      list(APPEND _slack_oauth_missing "component ${_slack_oauth_component}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES SLACK_OAUTH_${name}_COMPONENTS)

  list(APPEND SLACK_OAUTH_COMPONENTS ${name})
  set(SLACK_OAUTH_${name}_NOT_BUILT "")
  if(_slack_oauth_missing)
    list(JOIN _slack_oauth_missing ", " _slack_oauth_missing)
    message(STATUS "slack-oauth: component ${name} cannot be built here, it needs: ${_slack_oauth_missing}")
  elseif(_slack_oauth_SOURCE AND NOT SLACK_OAUTH_BUILD_COMPILED)
    set(SLACK_OAUTH_${name}_NOT_BUILT "configure slack-oauth with -DSLACK_OAUTH_BUILD_COMPILED=ON, and build it")
  else()
    list(APPEND SLACK_OAUTH_AVAILABLE_COMPONENTS ${name})
  endif()

  set(_slack_oauth_kind INTERFACE INTERFACE)
  if(_slack_oauth_SOURCE AND ${name} IN_LIST SLACK_OAUTH_AVAILABLE_COMPONENTS)
    set(_slack_oauth_kind PUBLIC STATIC "${_slack_oauth_SOURCE}")
  endif()
  _slack_oauth_add_library(slack-oauth-${name} ${name} ${_slack_oauth_kind})
  list(GET _slack_oauth_kind 0 _slack_oauth_scope)
  # CMake names these first. A project that makes the targets of the libraries itself does not meet them.
  if(_slack_oauth_complaints)
    list(TRANSFORM _slack_oauth_LIBRARIES REPLACE "(.+)" "$<TARGET_EXISTS:\\1>" OUTPUT_VARIABLE _slack_oauth_are_there)
    list(JOIN _slack_oauth_are_there "," _slack_oauth_are_there)
    list(TRANSFORM _slack_oauth_complaints
         REPLACE "(.+)" "$<BUILD_INTERFACE:$<$<NOT:$<AND:${_slack_oauth_are_there}>>:\\1>>")
  endif()
  target_link_libraries(slack-oauth-${name} ${_slack_oauth_scope} slack-oauth ${_slack_oauth_complaints}
                                            ${_slack_oauth_LIBRARIES})
  _slack_oauth_set_headers(slack-oauth-${name} "${SLACK_OAUTH_${name}_HEADERS}")
endmacro()

macro(slack_oauth_finish_components)
  _slack_oauth_set_headers(slack-oauth "${SLACK_OAUTH_CORE_HEADERS}")
endmacro()

function(_slack_oauth_set_headers target headers)
  list(TRANSFORM headers PREPEND "${SLACK_OAUTH_INCLUDE_DIR}/")
  target_sources(
    ${target}
    INTERFACE FILE_SET HEADERS
              BASE_DIRS "${SLACK_OAUTH_INCLUDE_DIR}"
              FILES ${headers})
endfunction()
