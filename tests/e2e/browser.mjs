// A headless Chromium, and what the tests do in it.
import { chromium } from 'playwright-core';

export const sizes = {
  phone: { width: 390, height: 700 },
  desktop: { width: 1280, height: 640 },
};

export function launchBrowser(executablePath) {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/// From the app's home page to Slack's consent page.
export async function goToConsent(page, home) {
  await page.goto(home);
  await page.getByRole('link', { name: 'Add to Slack' }).click();
  await page.getByRole('link', { name: 'Add to Slack' }).click();
  await page.getByRole('button', { name: 'Allow' }).waitFor();
}

export async function decide(page, decision, workspace) {
  if (workspace) await page.getByLabel('Workspace').selectOption({ label: workspace });
  await page.getByRole('button', { name: decision }).click();
  await page.waitForLoadState();
}

export async function install(page, home, workspace) {
  await goToConsent(page, home);
  await decide(page, 'Allow', workspace);
}

/// Consents, and keeps the browser from following Slack's redirect: the callback that it would have opened.
export async function consentWithoutCallback(page, home) {
  await goToConsent(page, home);
  let callback;
  const isDecision = (url) => url.pathname === '/oauth/v2/authorize';
  await page.route(isDecision, async (route) => {
    callback = (await route.fetch({ maxRedirects: 0 })).headers().location;
    await route.fulfill({ contentType: 'text/html', body: '<p>Not followed</p>' });
  });
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Not followed').waitFor();
  await page.unroute(isDecision);
  return callback;
}

/// The names of the workspaces on the app's home page.
export async function installedWorkspaces(page, home) {
  await page.goto(home);
  return page.getByRole('listitem').allTextContents();
}

/// Presses a button for a workspace on the stand-in's page.
export async function actInSlack(page, slackHome, workspace, button) {
  await page.goto(slackHome);
  await page.locator('form', { hasText: workspace }).getByRole('button', { name: button }).click();
  await page.waitForLoadState();
}
