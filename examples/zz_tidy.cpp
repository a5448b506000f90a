#include <slack/oauth/file.hpp>
#include <slack/oauth/flow/token_rotator.hpp>
#include <slack/oauth/sqlite3.hpp>

int main() { return 0; }
