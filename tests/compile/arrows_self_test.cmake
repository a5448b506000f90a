# Shows that arrows.cmake accepts right headers, and refuses each kind of wrong one.
#
#   cmake -DWORK_DIR=<folder> -P arrows_self_test.cmake
cmake_minimum_required(VERSION 3.23)

set(oauth "${WORK_DIR}/arrows/slack/oauth")

function(make_headers)
  file(REMOVE_RECURSE "${WORK_DIR}/arrows")
  file(WRITE "${oauth}/models/bot.hpp" "#include <string>\n#include \"slack/oauth/detail/text.hpp\"\n")
  file(WRITE "${oauth}/detail/text.hpp" "")
  file(WRITE "${oauth}/installation_store.hpp" "#include \"slack/oauth/models/bot.hpp\"\n")
  file(WRITE "${oauth}/memory/stores.hpp" "#include \"slack/oauth/memory/backend.hpp\"\n// MemoryInstallationStore\n")
  file(WRITE "${oauth}/flow/revoke/revocation.hpp" "#include \"slack/oauth/installation_store.hpp\"\n")
endfunction()

function(run_check result output)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" "-DINCLUDE_DIR=${WORK_DIR}/arrows" -DLEAST=5 -P
            "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/arrows.cmake"
    RESULT_VARIABLE code
    OUTPUT_VARIABLE text
    ERROR_VARIABLE text)
  set(${result} "${code}" PARENT_SCOPE)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

function(must_fail header line sentence)
  make_headers()
  file(APPEND "${oauth}/${header}" "${line}\n")
  run_check(result output)
  if(result EQUAL 0)
    message(FATAL_ERROR "it accepts in ${header}: ${line}")
  endif()
  string(FIND "${output}" "${sentence}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "for ${line} in ${header} it does not say \"${sentence}\", but:\n${output}")
  endif()
endfunction()

make_headers()
run_check(result output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "right headers are refused:\n${output}")
endif()

must_fail(models/bot.hpp "#include \"slack/oauth/installation_store.hpp\"" "no arrow runs from models to interfaces")
must_fail(installation_store.hpp "#  include <slack/oauth/backend.hpp>" "no arrow runs from interfaces to backends")
must_fail(flow/revoke/revocation.hpp "#include \"slack/oauth/state_backend.hpp\"" "from flow/revoke to backends")
must_fail(flow/revoke/revocation.hpp "#include \"slack/oauth/memory/stores.hpp\"" "from flow/revoke to engine")
must_fail(memory/backend.hpp "#include \"slack/oauth/sqlite3/backend.hpp\"" "memory/backend.hpp includes sqlite3/backend.hpp")
must_fail(web/http.hpp "#include \"slack/oauth/flow/revoke/revocation.hpp\"" "no arrow runs from web to flow/revoke")
must_fail(models/bot.hpp "#include <slack/oauth.hpp>" "models/bot.hpp includes all")
must_fail(installation_store.hpp "// as SQLite3InstallationStore does" "installation_store.hpp names an engine")
must_fail(cellar/wine.hpp "" "cellar/wine.hpp is in no room")

make_headers()
file(REMOVE_RECURSE "${oauth}/memory")
run_check(result output)
if(result EQUAL 0)
  message(FATAL_ERROR "it finds nothing wrong where it finds too few headers")
endif()
