import { readFileSync } from 'node:fs';
import type { Download, Page } from 'playwright-core';

/** What a press hands out. Chromium on a busy machine drops one of many downloads now and then; whoever reads the page presses again. */
export async function downloaded(page: Page, press: () => Promise<void>): Promise<Download> {
  for (let tries = 1; ; tries++) {
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 8000 }).catch((error: Error) => {
        if (tries === 3) throw error;
      }),
      press(),
    ]);
    if (download) return download;
  }
}

/** Takes a panel away by its menu, as `CSV`, `JSON`, `PNG` or `SVG`. */
export async function takeAway(page: Page, heading: string, type: string): Promise<Buffer> {
  const panel = page.locator('section.panel', { has: page.getByRole('heading', { name: heading, exact: true }) });
  const menu = panel.locator('.panel-tools details');
  await menu.evaluate((details) => details.setAttribute('open', ''));
  const button = menu.getByRole('button', { name: type, exact: true });
  const download = await downloaded(page, () => button.press('Enter'));
  // A menu that stays open may lie over the next one.
  await menu.evaluate((details) => details.removeAttribute('open'));
  return readFileSync(await download.path());
}
