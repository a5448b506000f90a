# Compares install URLs with those of @slack/oauth, which is installed into WORK_DIR. PROGRAM is that of install_url.cpp.
find_program(NODE node)
find_program(NPM npm)
if(NOT NODE OR NOT NPM)
  message("SKIPPED: node or npm is not installed, so install URLs are not compared with @slack/oauth")
  return()
endif()

file(MAKE_DIRECTORY "${WORK_DIR}")
foreach(name IN ITEMS package.json package-lock.json compare.mjs)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/${name}" "${WORK_DIR}/${name}" COPYONLY)
endforeach()

# What npm has installed is as new as its own list of it.
set(installed "${WORK_DIR}/node_modules/.package-lock.json")
if(NOT EXISTS "${installed}" OR "${WORK_DIR}/package-lock.json" IS_NEWER_THAN "${installed}")
  execute_process(
    COMMAND "${NPM}" ci --ignore-scripts --no-audit --no-fund
    WORKING_DIRECTORY "${WORK_DIR}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "npm could not install @slack/oauth:\n${output}")
  endif()
endif()

execute_process(COMMAND "${NODE}" compare.mjs "${PROGRAM}" WORKING_DIRECTORY "${WORK_DIR}" RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the install URLs differ from those of @slack/oauth")
endif()
