// The default types, compiled once in slack-oauth::compiled: a program that includes this compiles in less time, and
// behaves the same. docs/compiled.md
//
// Needs slack-oauth::compiled, nlohmann/json, OpenSSL and SQLite 3.
#pragma once

#include "slack/oauth/compiled/app.hpp"
#include "slack/oauth/compiled/file.hpp"
#include "slack/oauth/compiled/memory.hpp"
#include "slack/oauth/compiled/sqlite3.hpp"
