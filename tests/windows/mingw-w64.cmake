# Builds for Windows with Debian's mingw-w64, and runs what it built with Wine:
#
#   cmake -P tests/windows/libraries.cmake && cmake --workflow --preset mingw-w64
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)

# The kits instantiate more than an object file of the usual kind has sections for.
set(CMAKE_CXX_FLAGS_INIT "-Wa,-mbig-obj")
# Wine has no libstdc++.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")

# Nothing that this machine has for itself may be found.
cmake_path(SET build NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../build")
set(CMAKE_FIND_ROOT_PATH "${build}/windows-libraries")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${build}/windows-libraries")

# The overrides keep Wine from offering to install .NET and a browser.
set(CMAKE_CROSSCOMPILING_EMULATOR
    "${CMAKE_COMMAND}"
    -E
    env
    "WINEPREFIX=${build}/wine"
    WINEDEBUG=-all
    "WINEDLLOVERRIDES=mscoree,mshtml="
    wine)
