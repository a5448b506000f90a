// What a page must have so that everyone can use it. https://www.w3.org/TR/WCAG22/
import assert from 'node:assert/strict';

/// Text on what is behind it, in the browser's own colours: each contrast that is too low, with its text.
function lowContrasts(least) {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const isOpaque = (colour) => !colour.startsWith('rgba') || channels(colour)[3] === 1;
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (isOpaque(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const low = [];
  for (const element of document.body.querySelectorAll('*')) {
    const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join('').trim();
    if (!text || element.matches('style, script, option')) continue;
    const [light, dark] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < least) low.push(`${text}: ${contrast.toFixed(2)}`);
  }
  return low;
}

export async function assertAccessible(page) {
  const where = page.url().split('?')[0];
  assert.match(await page.locator('html').getAttribute('lang'), /^[a-z]{2}/, `${where} names its language`);
  assert.notEqual(await page.title(), '', `${where} has a title`);
  assert.equal(await page.locator('h1').count(), 1, `${where} has one h1`);
  assert.equal(await page.locator('main').count(), 1, `${where} says what its main part is`);
  assert.deepEqual(await page.evaluate(lowContrasts, 4.5), [], `${where} can be read`);
  const isWider = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(isWider, false, `${where} needs no sideways scrolling`);
  await assertKeyboardReaches(page, where);
}

/// Every link, button and field gets the focus by Tab, and shows it.
async function assertKeyboardReaches(page, where) {
  const expected = await page.locator('a[href], button, select, input:not([type=hidden])').count();
  await page.evaluate(() => document.activeElement?.blur());
  const reached = new Set();
  for (let i = 0; i < expected; ++i) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const all = [...document.querySelectorAll('a[href], button, select, input:not([type=hidden])')];
      return { index: all.indexOf(element), outline: getComputedStyle(element).outlineStyle };
    });
    assert.notEqual(focused.outline, 'none', `${where} shows where the focus is`);
    reached.add(focused.index);
  }
  reached.delete(-1);
  assert.equal(reached.size, expected, `${where} can be used by keyboard`);
}
