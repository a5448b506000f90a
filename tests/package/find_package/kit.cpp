#include <slack/oauth/testing/installation_store_contract.hpp>

int main() { return 0; }
