import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class SlackOauthConan(ConanFile):
    name = "slack-oauth"
    description = "Keeps Slack app installations: the tokens an app gets when it is installed"
    license = "MIT"
    topics = ("slack", "oauth", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps"
    exports = "CMakeLists.txt"
    exports_sources = "CMakeLists.txt", "cmake/*", "include/*", "LICENSE"
    no_copy_source = True
    options = {
        "with_sqlite3": [True, False],
        "with_postgresql": [True, False],
        "with_web": [True, False],
        "with_curl": [True, False],
        "with_encrypting": [True, False],
        "with_compiled": [True, False],
    }
    default_options = {
        "with_sqlite3": False,
        "with_postgresql": False,
        "with_web": False,
        "with_curl": False,
        "with_encrypting": False,
        "with_compiled": False,
    }

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "CMakeLists.txt"))
        self.version = re.search(r"VERSION (\d+\.\d+\.\d+)", text).group(1)

    def configure(self):
        if self.options.with_compiled:
            self.package_type = "static-library"

    @property
    def _has_sqlite3(self):
        return self.options.with_sqlite3 or self.options.with_compiled

    @property
    def _has_web(self):
        return self.options.with_web or self.options.with_curl or self.options.with_compiled

    def requirements(self):
        self.requires("nlohmann_json/[>=3.9 <4]", transitive_headers=True)
        if self._has_sqlite3:
            self.requires("sqlite3/[>=3.35 <4]", transitive_headers=True, transitive_libs=True)
        if self.options.with_postgresql:
            self.requires("libpq/[>=14 <18]", transitive_headers=True, transitive_libs=True)
        if self.options.with_curl:
            self.requires("libcurl/[>=7.78 <9]", transitive_headers=True, transitive_libs=True)
        if self._has_web or self.options.with_encrypting:
            self.requires("openssl/[>=1.1 <4]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        # Headers are the same for every compiler and machine, and the library is not.
        if not self.info.options.with_compiled:
            self.info.clear()

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["SLACK_OAUTH_BUILD_TESTS"] = False
        toolchain.cache_variables["SLACK_OAUTH_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["SLACK_OAUTH_BUILD_COMPILED"] = bool(self.options.with_compiled)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        if self.options.with_compiled:
            cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan writes these itself, from package_info.
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "slack-oauth")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []

        self._add_component("core", ["nlohmann_json::nlohmann_json"], target="slack-oauth")
        self.cpp_info.components["core"].set_property("pkg_config_name", "slack-oauth")
        self._add_component("testing", ["core"], has_threads=True)
        if self._has_sqlite3:
            self._add_component("sqlite3", ["core", "sqlite3::sqlite3"], has_threads=True)
        if self.options.with_postgresql:
            self._add_component("postgresql", ["core", "libpq::libpq"], has_threads=True)
        if self._has_web:
            self._add_component("web", ["core", "openssl::crypto"], has_threads=True)
            self._add_component("flow", ["web"])
            self._add_component("app", ["flow"])
        if self.options.with_curl:
            self._add_component("curl", ["web", "libcurl::libcurl"])
        if self.options.with_encrypting:
            self._add_component("encrypting", ["core", "openssl::crypto"], has_threads=True)
        if self.options.with_compiled:
            self._add_component("compiled", ["app", "sqlite3"])
            self.cpp_info.components["compiled"].libs = ["slack-oauth-compiled"]
            self.cpp_info.components["compiled"].libdirs = ["lib"]

    def _add_component(self, name, requires, target=None, has_threads=False):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"slack-oauth::{target or name}")
        component.requires = requires
        component.bindirs = []
        component.libdirs = []
        if has_threads and self.settings.os in ("Linux", "FreeBSD"):
            component.system_libs = ["pthread"]
