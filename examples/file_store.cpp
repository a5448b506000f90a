// Keeps installations in files, rotates a bot's token, and lists what is installed. Can be run again on the same
// folder.
#include <exception>
#include <iostream>
#include <slack/oauth/file.hpp>

int main(int argc, char** argv) {
  try {
    // [open]
    slack::oauth::FileInstallationStore store({
        .base_dir = argc > 1 ? argv[1] : "installations",
        .client_id = "111.222",
    });
    // [open]

    // [save]
    store.save({.enterprise_id = "E0KILN",
                .team_id = "T0FURNACE",
                .bot_token = "xoxb-not-a-real-token-1",
                .user_id = "U0ADA",
                .user_token = "xoxp-not-a-real-token-1"});
    // [save]

    auto bot = store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
    if (!bot) return 1;
    bot->bot_token = "xoxb-not-a-real-token-2";
    store.save_bot(*bot);

    store.for_each_installation([](const slack::oauth::Installation& each) { std::cout << each << '\n'; });

    // [history]
    slack::oauth::FileInstallationStore with_history({
        .base_dir = argc > 1 ? argv[1] : "installations",
        .client_id = "111.222",
        .historical_data_enabled = true,
    });
    with_history.save_bot(*bot);
    with_history.purge_history(slack::oauth::now() - std::chrono::days{90});
    // [history]
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
