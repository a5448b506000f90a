// The whole life of an installation, in a browser: node e2e.mjs <slack_app> <slack_standin> <chromium>
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';

import { assertAccessible } from './accessibility.mjs';
import * as life from './browser.mjs';
import { startServers, until } from './servers.mjs';

const [slackApp, slackStandin, chromiumPath] = process.argv.slice(2);
const programs = { slackApp, slackStandin };

let browser;
let servers;
let context;
let page;
const secrets = new Set(['not-a-real-client-secret', 'not-a-real-signing-secret']);

before(async () => {
  browser = await life.launchBrowser(chromiumPath);
  // So short that the app refreshes a token whenever it needs one.
  servers = await startServers(programs, { slackArguments: ['--token-lifetime', '3600'] });
});

after(async () => {
  await browser?.close();
  await servers?.stop();
});

/// A browser that has never been here.
async function newVisitor() {
  const visitor = await browser.newContext();
  visitor.on('request', (request) => {
    const parameters = new URL(request.url()).searchParams;
    for (const name of ['code', 'state']) {
      if (parameters.has(name)) secrets.add(parameters.get(name));
    }
  });
  visitor.on('response', async (response) => {
    for (const cookie of await visitor.cookies().catch(() => [])) if (cookie.value) secrets.add(cookie.value);
  });
  return visitor;
}

/// Each test begins in a new browser, and ends with the app installed nowhere.
function lifeTest(name, run) {
  test(name, async () => {
    context = await newVisitor();
    page = await context.newPage();
    await run();
  });
}

afterEach(async () => {
  await context?.close();
  context = undefined;
  if (!servers.slack.isRunning()) return;
  for (const workspace of (await servers.records()).workspaces) {
    await fetch(`${servers.slackHome}/standin/act`, {
      method: 'POST',
      body: new URLSearchParams({ workspace, action: 'uninstall' }),
      redirect: 'manual',
    });
  }
});

async function callbackOf(visitor) {
  const callback = await life.consentWithoutCallback(visitor, servers.home);
  for (const secret of new URL(callback).searchParams.values()) secrets.add(secret);
  return callback;
}

const title = () => page.locator('h1').textContent();
const installed = () => life.installedWorkspaces(page, servers.home);

async function openExpecting(visitor, url, status, reason) {
  const response = await visitor.goto(url);
  assert.equal(response.status(), status);
  assert.match(await visitor.locator('main').textContent(), new RegExp(reason));
}

lifeTest('installs, answers a mention with a token that it has refreshed, and is uninstalled', async () => {
  assert.deepEqual(await installed(), []);
  await life.install(page, servers.home, 'Furnace Works');
  assert.equal(await title(), 'Thank you!');
  assert.match(await page.locator('main').textContent(), /Furnace Works/);
  assert.equal(new URL(page.url()).search, '?installed=1');
  await page.reload();
  assert.equal(await title(), 'Thank you!');
  assert.match(await page.locator('main').textContent(), /Furnace Works/);
  assert.deepEqual(await installed(), ['Furnace Works']);

  await life.actInSlack(page, servers.slackHome, 'Furnace Works', 'Mention the bot');
  await until('the mention is answered', async () => (await servers.records()).messages.length > 0);
  const [message] = (await servers.records()).messages;
  assert.equal(message.workspace, 'T0FURNACE');
  assert.match(message.text, /Hello <@U0GRACE>/);
  assert.equal((await servers.records()).refreshes, 1);
  await page.reload();
  assert.match(await page.locator('#messages').textContent(), /Hello <@U0GRACE>/);

  await life.actInSlack(page, servers.slackHome, 'Furnace Works', 'Uninstall');
  assert.deepEqual(await installed(), []);
});

lifeTest('shows a name with markup as it is, and one workspace beside a whole organisation', async () => {
  await life.install(page, servers.home, 'Quarry & Sons <Ltd>');
  assert.match(await page.locator('main').textContent(), /Quarry & Sons <Ltd>/);
  await life.install(page, servers.home, 'Kiln Group (organisation)');
  assert.equal(await title(), 'Thank you!');
  assert.deepEqual((await installed()).sort(), ['Kiln Group', 'Quarry & Sons <Ltd>']);

  const { messages } = await servers.records();
  await life.actInSlack(page, servers.slackHome, 'Kiln Group', 'Mention the bot');
  await until('the mention is answered', async () => (await servers.records()).messages.length > messages.length);
});

lifeTest('forgets the bot whose token is revoked', async () => {
  await life.install(page, servers.home, 'Furnace Works');
  await life.actInSlack(page, servers.slackHome, 'Furnace Works', 'Revoke its token');
  assert.deepEqual(await installed(), []);
});

lifeTest('is cancelled', async () => {
  await life.goToConsent(page, servers.home);
  await life.decide(page, 'Cancel');
  assert.match(await title(), /cancelled/i);
  assert.deepEqual(await installed(), []);
});

lifeTest('finishes in two tabs that were open at once, in either order', async () => {
  const second = await context.newPage();
  await life.goToConsent(page, servers.home);
  await life.goToConsent(second, servers.home);
  await life.decide(page, 'Allow', 'Furnace Works');
  await life.decide(second, 'Allow', 'Quarry & Sons <Ltd>');
  assert.equal(await title(), 'Thank you!');
  assert.equal(await second.locator('h1').textContent(), 'Thank you!');
  assert.equal((await installed()).length, 2);
});

lifeTest('refuses a callback that is replayed', async () => {
  const callback = await callbackOf(page);
  const cookies = await context.cookies();
  await page.goto(callback);
  assert.equal(await title(), 'Thank you!');
  await openExpecting(page, callback, 400, 'invalid_browser');
  await context.addCookies(cookies);
  await openExpecting(page, callback, 401, 'invalid_state');
});

lifeTest('refuses a forged state', async () => {
  const callback = new URL(await callbackOf(page));
  callback.searchParams.set('state', 'forged');
  await openExpecting(page, callback.href, 400, 'invalid_browser');
  await context.addCookies([{ name: 'slack-app-oauth-state', value: 'forged', url: servers.home }]);
  await openExpecting(page, callback.href, 401, 'invalid_state');
  assert.deepEqual(await installed(), []);
});

lifeTest('refuses a stolen code in another browser, which its owner can still use', async () => {
  const callback = await callbackOf(page);
  const thief = await newVisitor();
  await openExpecting(await thief.newPage(), callback, 400, 'invalid_browser');
  await thief.close();
  assert.deepEqual(await installed(), []);
  await page.goto(callback);
  assert.equal(await title(), 'Thank you!');
});

lifeTest('is installed by keyboard alone', async () => {
  await page.goto(servers.home);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/slack/install');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/slack/oauth_redirect*');
  assert.equal(await title(), 'Thank you!');
});

for (const [name, viewport] of Object.entries(life.sizes)) {
  lifeTest(`has pages that everyone can use, on a ${name}`, async () => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: name === 'phone' ? 'dark' : 'light' });
    await page.goto(servers.home);
    await assertAccessible(page);
    await page.goto(`${servers.home}/slack/install`);
    await assertAccessible(page);
    await life.goToConsent(page, servers.home);
    await assertAccessible(page);
    await life.decide(page, 'Cancel');
    await assertAccessible(page);
    await life.install(page, servers.home, 'Quarry & Sons <Ltd>');
    await assertAccessible(page);
    await page.goto(servers.home);
    await assertAccessible(page);
    await life.actInSlack(page, servers.slackHome, 'Quarry & Sons <Ltd>', 'Mention the bot');
    await assertAccessible(page);
  });
}

lifeTest('serves nothing that another site could use', async () => {
  const response = await page.goto(`${servers.home}/slack/install`);
  const headers = response.headers();
  assert.match(headers['content-security-policy'], /default-src 'none'/);
  assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
  assert.equal(headers['cache-control'], 'no-store');
  const [cookie] = await context.cookies();
  assert.equal(cookie.name, 'slack-app-oauth-state');
  assert.deepEqual([cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.path], [true, true, 'Lax', '/']);
});

lifeTest('takes no event that Slack did not sign', async () => {
  await life.install(page, servers.home, 'Furnace Works');
  const body = JSON.stringify({ type: 'event_callback', team_id: 'T0FURNACE', event: { type: 'app_uninstalled' } });
  const now = String(Math.floor(Date.now() / 1000));
  for (const headers of [{}, { 'X-Slack-Request-Timestamp': now, 'X-Slack-Signature': `v0=${'0'.repeat(64)}` }]) {
    const response = await fetch(`${servers.home}/slack/events`, { method: 'POST', body, headers });
    assert.equal(response.status, 401);
  }
  assert.deepEqual(await installed(), ['Furnace Works']);
});

lifeTest('uses nothing up for a callback that the browser fetches ahead', async () => {
  const callback = await callbackOf(page);
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const ahead = await fetch(callback, { headers: { 'Sec-Purpose': 'prefetch', cookie }, redirect: 'manual' });
  assert.equal(ahead.status, 503);
  assert.deepEqual(await installed(), []);
  await page.goto(callback);
  assert.equal(await title(), 'Thank you!');
});

lifeTest('answers ssl_check, which nobody signs, and a page that there is not', async () => {
  const body = new URLSearchParams({ ssl_check: '1', token: 'x' });
  const checked = await fetch(`${servers.home}/slack/events`, { method: 'POST', body });
  assert.equal(checked.status, 200);
  assert.equal(await checked.text(), '');
  const response = await page.goto(`${servers.home}/slack/nowhere`);
  assert.equal(response.status(), 404);
  assert.match(await title(), /no such page/);
  await assertAccessible(page);
});

/// An event as Slack sends it.
async function sendEvent(home, event, headers = {}, id = `Ev0${Math.random()}`) {
  const now = Math.floor(Date.now() / 1000);
  const envelope = { type: 'event_callback', team_id: 'T0FURNACE', event_id: id, event_time: now };
  const body = JSON.stringify({ ...envelope, event });
  const hmac = createHmac('sha256', 'not-a-real-signing-secret').update(`v0:${now}:${body}`).digest('hex');
  return fetch(`${home}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-Slack-Request-Timestamp': String(now),
      'X-Slack-Signature': `v0=${hmac}`,
      ...headers,
    },
  });
}

lifeTest('answers an event once that Slack sends again, since it thought the answer late', async () => {
  await life.install(page, servers.home, 'Furnace Works');
  const count = async () => (await servers.records()).messages.length;
  const before = await count();
  const mention = { type: 'app_mention', user: 'U0GRACE', channel: 'C0CASTINGS' };
  const retry = { 'X-Slack-Retry-Num': '1', 'X-Slack-Retry-Reason': 'http_timeout' };
  const send = async (headers) => (await sendEvent(servers.home, mention, headers, 'Ev0MENTION')).status;
  assert.equal(await send({}), 200);
  // 503 as long as the first is at work: Slack sends it once more, and has 200 when that is done.
  await until('the mention is done', async () => (await send(retry)) === 200);
  assert.equal(await count(), before + 1);
  const unreadable = await sendEvent(servers.home, { type: 'tokens_revoked' });
  assert.deepEqual([unreadable.status, unreadable.headers.get('x-slack-no-retry')], [400, '1']);
});

test('answers Slack at once where a dead process has the turn of an expired token', async () => {
  const faults = ['--token-lifetime', '4', '--delay', '1', '--delay-ms', '1000'];
  const pair = await startServers(programs, { slackArguments: faults });
  try {
    context = await newVisitor();
    page = await context.newPage();
    await life.install(page, pair.home, 'Furnace Works');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const job = pair.startApp('--rotate-all');
    await until('Slack is asked', async () => (await pair.records()).refreshes > 0);
    job.process.kill('SIGKILL');
    assert.equal(await job.ended, 'SIGKILL');

    const start = Date.now();
    const mention = { type: 'app_mention', user: 'U0GRACE', channel: 'C0CASTINGS' };
    assert.equal((await sendEvent(pair.home, mention)).status, 200);
    assert.ok(Date.now() - start < 2000, 'Slack did not wait for the turn');
    await until('the app has given up', async () => /a mention was not answered/.test(pair.app.log));
    assert.match(pair.app.log, /_timeout/);

    await life.install(page, pair.home, 'Quarry & Sons <Ltd>');
    await life.actInSlack(page, pair.slackHome, 'Quarry & Sons <Ltd>', 'Mention the bot');
    await until('another workspace is answered', async () => (await pair.records()).messages.length > 0);
  } finally {
    await pair.stop();
  }
});

lifeTest('refreshes every token in a job of its own, beside the app that serves', async () => {
  await life.install(page, servers.home, 'Furnace Works');
  await life.install(page, servers.home, 'Quarry & Sons <Ltd>');
  assert.match(await servers.runApp('--rotate-all'), /refreshed: 2, failed: 0/);
  const { messages } = await servers.records();
  await life.actInSlack(page, servers.slackHome, 'Furnace Works', 'Mention the bot');
  await until('the mention is answered', async () => (await servers.records()).messages.length > messages.length);
});

test('answers hostile requests, and nothing in them becomes a header or markup', async () => {
  const hostile = [
    ['/slack/install?team=T0%0D%0ASet-Cookie:%20planted=1', {}],
    ['/slack/install', { Cookie: `slack-app-oauth-state=${'a'.repeat(100_000)}` }],
    ['/slack/install', { Cookie: 'slack-app-oauth-state="%00%0D%0A; ;;=' }],
    ['/slack/oauth_redirect?code=a&code=b&state=c&state=d', {}],
    ['/slack/oauth_redirect?code=%&state=%zz', {}],
    ['/slack/oauth_redirect?error=<script>alert(1)</script>', {}],
    [`/slack/oauth_redirect?state=${'a'.repeat(5000)}`, {}],
  ];
  for (const [path, headers] of hostile) {
    const response = await fetch(`${servers.home}${path}`, { headers, redirect: 'manual' });
    assert.ok([200, 400, 401].includes(response.status), `${path.slice(0, 50)}: ${response.status}`);
    assert.doesNotMatch(response.headers.getSetCookie().join(), /planted/);
    assert.doesNotMatch(await response.text(), /<script/);
  }
});

const noLimits = process.platform !== 'linux' && 'the size of files can be limited on Linux alone';

test('says so where the store fails, and loses nothing', { skip: noLimits }, async () => {
  context = await newVisitor();
  page = await context.newPage();
  const limitFileSize = (bytes) => execFileSync('prlimit', ['--pid', String(servers.app.pid), `--fsize=${bytes}:`]);
  const callback = await callbackOf(page);
  limitFileSize(0);
  try {
    await openExpecting(page, callback, 500, 'storage_error');
    await openExpecting(page, `${servers.home}/slack/install`, 500, 'storage_error');
  } finally {
    limitFileSize('unlimited');
  }
  assert.deepEqual(await installed(), []);
  await page.goto(callback);
  assert.equal(await title(), 'Thank you!');
});

for (const fault of ['--server-error', '--drop-before', '--drop-after']) {
  test(`says so where Slack fails: ${fault}`, async () => {
    const pair = await startServers(programs, { slackArguments: [fault, '1'] });
    try {
      context = await newVisitor();
      page = await context.newPage();
      const callback = await life.consentWithoutCallback(page, pair.home);
      await openExpecting(page, callback, 503, 'slack_unavailable');
      assert.deepEqual(await life.installedWorkspaces(page, pair.home), []);
    } finally {
      assert.deepEqual(await pair.stop(), [0, 0]);
    }
  });
}

test('ends on SIGTERM after the request that it has begun, with exit code 0', async () => {
  const pair = await startServers(programs, { slackArguments: ['--delay', '1', '--delay-ms', '1000'] });
  try {
    context = await newVisitor();
    page = await context.newPage();
    const callback = await life.consentWithoutCallback(page, pair.home);
    const answer = context.request.get(callback, { maxRedirects: 0 });
    await until('Slack has the code, and takes its time to answer', async () => {
      return (await pair.records()).workspaces.length > 0;
    });
    const code = pair.app.stop();
    assert.equal((await answer).status(), 302);
    assert.equal((await answer).headers().location, '?installed=1');
    assert.equal(await code, 0);
    assert.match(pair.app.log, /installed in a workspace/);
  } finally {
    await pair.stop();
  }
});

test('keeps no token in plain text', async () => {
  const stored = await servers.stored();
  assert.ok(stored.includes('sealed:v1:2026-11:'), 'it keeps sealed tokens');
  assert.doesNotMatch(stored, /xox[abep]/);
});

test('ends with exit code 0, and a log that holds no token, secret, code, state or cookie', async () => {
  assert.deepEqual(await servers.stop(), [0, 0]);
  const { log } = servers.app;
  assert.match(log, /installed/, 'it logs at all');
  assert.ok(secrets.size > 20, 'the secrets of the other tests are known');
  // Every secret that the stand-in makes up says that it is not real.
  assert.doesNotMatch(log, /not-(a-)?real/);
  for (const secret of secrets) assert.ok(!log.includes(secret), 'a secret is in the log');
});
