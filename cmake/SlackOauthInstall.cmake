include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Nothing here depends on the architecture, so the files go below share, not lib.
set(_package_dir "${CMAKE_INSTALL_DATADIR}/cmake/slack-oauth")

install(TARGETS slack-oauth EXPORT slack-oauth-targets FILE_SET HEADERS)
install(EXPORT slack-oauth-targets NAMESPACE slack-oauth:: DESTINATION "${_package_dir}")

# One export per component: a component is loaded, and its library looked for, only when it is asked for.
set(SLACK_OAUTH_COMPONENT_PACKAGES "")
foreach(_component IN LISTS SLACK_OAUTH_COMPONENTS)
  install(TARGETS slack-oauth-${_component} EXPORT slack-oauth-${_component}-targets FILE_SET HEADERS)
  install(EXPORT slack-oauth-${_component}-targets NAMESPACE slack-oauth:: DESTINATION "${_package_dir}")
  string(APPEND SLACK_OAUTH_COMPONENT_PACKAGES
         "set(_slack_oauth_${_component}_packages \"${SLACK_OAUTH_${_component}_PACKAGES}\")\n"
         "set(_slack_oauth_${_component}_not_built \"${SLACK_OAUTH_${_component}_NOT_BUILT}\")\n"
         "set(_slack_oauth_${_component}_components \"${SLACK_OAUTH_${_component}_COMPONENTS}\")\n")
endforeach()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/slack-oauth-config.cmake.in" "${PROJECT_BINARY_DIR}/slack-oauth-config.cmake"
  INSTALL_DESTINATION "${_package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/slack-oauth-config-version.cmake" COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/slack-oauth-config.cmake"
              "${PROJECT_BINARY_DIR}/slack-oauth-config-version.cmake" DESTINATION "${_package_dir}")

# Written relative to the .pc file, so that an installed tree can be moved.
set(_pkgconfig_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}" OR IS_ABSOLUTE "${_pkgconfig_dir}")
  set(SLACK_OAUTH_PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
  set(SLACK_OAUTH_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH _to_prefix "/${_pkgconfig_dir}" "/")
  string(REGEX REPLACE "/$" "" _to_prefix "${_to_prefix}")
  set(SLACK_OAUTH_PC_PREFIX "\${pcfiledir}/${_to_prefix}")
  set(SLACK_OAUTH_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/slack-oauth.pc.in" "${PROJECT_BINARY_DIR}/slack-oauth.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/slack-oauth.pc" DESTINATION "${_pkgconfig_dir}")

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
