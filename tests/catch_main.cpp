// Version 3 brings a compiled main of its own; version 2 has to be given one.
#if SLACK_OAUTH_CATCH2_MAJOR < 3
#define CATCH_CONFIG_MAIN
#endif
#include "catch.hpp"
