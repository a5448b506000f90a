# What this project's own programs share. None of it reaches a user of the library.

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(MSVC)
  set(SLACK_OAUTH_WARNINGS /W4 /WX /permissive-)
else()
  set(SLACK_OAUTH_WARNINGS
      -Wall
      -Wextra
      -Wpedantic
      -Wconversion
      -Wshadow
      -Werror)
endif()

add_library(slack_oauth_developer INTERFACE)
target_link_libraries(slack_oauth_developer INTERFACE slack-oauth::slack-oauth)
if(SLACK_OAUTH_WERROR)
  target_compile_options(slack_oauth_developer INTERFACE ${SLACK_OAUTH_WARNINGS})
endif()
if(MSVC)
  target_compile_options(slack_oauth_developer INTERFACE /utf-8 /bigobj)
endif()
if("compiled" IN_LIST SLACK_OAUTH_AVAILABLE_COMPONENTS)
  target_compile_options(slack-oauth-compiled PRIVATE $<TARGET_PROPERTY:slack_oauth_developer,INTERFACE_COMPILE_OPTIONS>)
endif()

# Links a program to the components whose headers its source includes. Sets <available> to OFF, and links nothing, when
# one of them lacks its library on this machine.
function(slack_oauth_components_of source components available)
  set(found "")
  set(complete ON)
  file(STRINGS "${source}" includes REGEX "^#include <slack/oauth/")
  if(includes MATCHES "<slack/oauth/testing/simulation[./]")
    string(APPEND includes "<slack/oauth/app.hpp>") # it runs apps
  endif()
  foreach(component IN LISTS SLACK_OAUTH_COMPONENTS)
    if(includes MATCHES "<slack/oauth/${SLACK_OAUTH_${component}_ROOM}[./]")
      list(APPEND found slack-oauth::${component})
      if(NOT component IN_LIST SLACK_OAUTH_AVAILABLE_COMPONENTS)
        set(complete OFF)
      endif()
    endif()
  endforeach()
  set(${components} "${found}" PARENT_SCOPE)
  set(${available} ${complete} PARENT_SCOPE)
endfunction()

# cpp-httplib, for what serves HTTP: the target slack_oauth_httplib, where it is installed. Debian splits it into a header
# and a library, which agree only under the macros that its pkg-config file names.
find_package(httplib CONFIG QUIET)
if(httplib_FOUND)
  add_library(slack_oauth_httplib INTERFACE)
  target_link_libraries(slack_oauth_httplib INTERFACE httplib::httplib)
else()
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(cpp_httplib QUIET IMPORTED_TARGET cpp-httplib)
  endif()
  if(TARGET PkgConfig::cpp_httplib)
    find_package(Threads REQUIRED)
    add_library(slack_oauth_httplib INTERFACE)
    target_link_libraries(slack_oauth_httplib INTERFACE PkgConfig::cpp_httplib Threads::Threads)
  endif()
endif()
