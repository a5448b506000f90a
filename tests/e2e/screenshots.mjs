// Takes the pictures of docs/slack-app.md: node screenshots.mjs <slack_app> <slack_standin> <chromium> <folder>
import { join } from 'node:path';

import * as life from './browser.mjs';
import { startServers, until } from './servers.mjs';

const [slackApp, slackStandin, chromiumPath, folder] = process.argv.slice(2);
const browser = await life.launchBrowser(chromiumPath);

/// With addresses that are the same in every run, pictures change only where pages do.
async function take(page, name, size) {
  await page.screenshot({ path: join(folder, `slack-app-${name}-${size}.png`) });
}

async function takeAll(size, viewport) {
  const servers = await startServers({ slackApp, slackStandin });
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await page.goto(`${servers.home}/slack/install`);
  await take(page, 'install', size);
  await page.getByRole('link', { name: 'Add to Slack' }).click();
  await take(page, 'consent', size);
  await life.decide(page, 'Cancel');
  await take(page, 'cancelled', size);
  await life.install(page, servers.home, 'Furnace Works');
  await take(page, 'success', size);
  await page.goto(servers.home);
  await take(page, 'home', size);
  await life.actInSlack(page, servers.slackHome, 'Furnace Works', 'Mention the bot');
  await until('the mention is answered', async () => (await servers.records()).messages.length > 0);
  await page.reload();
  await take(page, 'slack', size);
  await context.close();
  await servers.stop();
}

try {
  for (const [size, viewport] of Object.entries(life.sizes)) await takeAll(size, viewport);
} finally {
  await browser.close();
}
