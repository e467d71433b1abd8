import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Overview } from '../../dashboard/api.js';
import { launchBrowser, watchedPage } from '../support/browser.js';
import { downloaded } from '../support/downloads.js';
import { Keyboard } from '../support/keyboard.js';
import { missing, parts } from '../support/parts.js';
import { main } from '../support/running-command.js';
import { scratchFolder } from '../support/scratch.js';
import { until } from '../support/until.js';

const folder = scratchFolder('dashboard-keyboard');

const experiment = {
  name: 'walk',
  question: 'Can it be walked?',
  baseline: 'efficientnet-b0-small',
  data: { source: 'shapes' },
  grid: {
    alpha: { from: 1, to: 2, step: 0.1 },
    beta: { from: 1, to: 1.5, step: 0.1 },
    gamma: { from: 1, to: 1.5, step: 0.1 },
  },
  training: { epochs: 3 },
  replicates: 3,
};

describe.skipIf(missing(parts.chromium))('the page without a mouse, beside a search that runs', () => {
  let browser: Browser;
  let search: ChildProcess;
  let closed: Promise<number | null>;
  let served: { url: string; controlUrl: string };
  const overview = async () => (await (await fetch(`${served.url}api/searches`)).json()) as Overview;
  const completed = async () => (await overview()).searches[0]?.trials.completed ?? 0;
  beforeAll(async () => {
    const file = path.join(folder, 'walk.json');
    writeFileSync(file, JSON.stringify(experiment));
    const options = ['--simulate', '{"epochMs":400}', '--store', path.join(folder, 'walk.sqlite'), '--workers', '1'];
    search = spawn(process.execPath, [main, 'run', file, '--yes', '--json', '--dashboard', '0', ...options], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    closed = new Promise((resolve) => search.on('close', resolve));
    served = await new Promise((resolve, reject) => {
      createInterface({ input: search.stdout! }).on('line', (line) => {
        const event = JSON.parse(line);
        if (event.event === 'dashboard') resolve(event);
      });
      search.on('close', () => reject(new Error('the search ended before its page was served')));
    });
    browser = await launchBrowser();
    await until(async () => (await completed()) >= 5);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    search?.kill('SIGKILL');
  });

  const chart = (page: Page) => page.locator('[data-place="Accuracy against cost"]');
  const button = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' });
  const summary = (page: Page, label: string) => page.locator(`summary[aria-label="${label}"]`);

  it('opens, filters, selects, reads, sorts, exports, controls and chooses, and the focus is never lost from sight', async () => {
    const { page, complaints } = await watchedPage(browser, served.url, { viewport: { width: 1280, height: 800 } });
    const keys = new Keyboard(page);
    await page.goto(served.controlUrl);
    const link = page.getByRole('link', { name: experiment.question });
    await link.waitFor();
    await keys.goTo(link);
    await page.keyboard.press('Enter');

    // A page that is gone to is read from its heading.
    await keys.expectOn(page.getByRole('heading', { name: experiment.question }));
    await page.locator('#plan-title').waitFor();
    await expect.poll(() => page.title()).toBe('walk · Triscale');

    const chip = button(page, /^\d+ queued$/);
    await keys.goTo(chip);
    await keys.press('Space');
    await expect.poll(() => page.url()).toContain('states=completed%2Cqueued');
    await keys.expectOn(chip);
    await keys.press('Space');
    await expect.poll(() => page.url()).not.toContain('states=');

    // Who walks the points stays at theirs while results come in.
    const said = page.locator('.lead .chart p[aria-live]');
    const coefficients = async () => /^α.*φ \S+/.exec((await said.textContent()) ?? '')?.[0];
    await keys.goTo(chart(page));
    await keys.press('ArrowRight');
    await keys.press('ArrowRight');
    const walked = await coefficients();
    expect(walked).toMatch(/^α [\d.]+ +β [\d.]+ +γ [\d.]+ +φ [\d.]+$/);
    expect(await said.textContent()).toMatch(/ %.*MACs/);
    const before = await completed();
    const shown = button(page, new RegExp(`^(?!${before} )\\d+ completed$`));
    await shown.waitFor({ timeout: 30_000 });
    expect(await coefficients()).toBe(walked);
    await keys.expectOn(chart(page));

    // Shift selects what the arrows pass, as dragging does.
    await page.keyboard.down('Shift');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('.brush').waitFor();
    await page.keyboard.up('Shift');
    await expect.poll(() => page.url()).toContain('range=macs');
    await button(page, /^Clear selection of \d+ networks?$/).waitFor();
    await keys.expectOn(chart(page));
    await keys.goTo(button(page, /^Clear selection/), 'back');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).not.toContain('range=');
    await keys.expectOn(page.getByRole('group', { name: 'Layers' }));

    const columns = summary(page, 'Columns: Networks');
    const table = page.getByRole('group', { name: 'Networks', exact: true });
    const heads = table.locator('thead th');
    await keys.goTo(columns);
    await keys.press('Enter');
    const box = page.getByRole('checkbox', { name: 'φ', exact: true });
    await keys.goTo(box);
    await keys.press('Space');
    await heads.filter({ hasText: /^φ/ }).first().waitFor();
    await keys.press('Escape');
    await keys.expectOn(columns);
    expect(await box.isVisible()).toBe(false);

    const macs = heads.filter({ hasText: /^MACs/ });
    await keys.goTo(macs.getByRole('button'));
    await keys.press('Enter');
    await expect.poll(() => macs.getAttribute('aria-sort')).not.toBe('none');
    const sorted = await macs.getAttribute('aria-sort');

    const found = page.getByRole('searchbox', { name: 'Search in Networks' });
    const rows = table.locator('tbody tr');
    await keys.goTo(found, 'back');
    await keys.type('tied');
    await expect.poll(() => rows.filter({ hasNotText: 'tied' }).count()).toBe(0);
    await keys.press('Control+A');
    await keys.press('Backspace');
    await expect.poll(() => rows.count()).toBeGreaterThan(2);

    // Who opens a trial and comes back finds the page as it was left, and the focus on what led away.
    const name = rows.nth(2).getByRole('link');
    await keys.goTo(name);
    const href = await name.getAttribute('href');
    const topOf = () => page.locator(`td a[href="${href}"]`).evaluate((link) => link.getBoundingClientRect().top);
    const top = await topOf();
    await page.keyboard.press('Enter');
    await keys.expectOn(page.locator('h1', { hasText: 'α' }));
    await page.getByRole('heading', { name: 'Attempts' }).waitFor();
    await page.goBack();
    // Within less than a row.
    await expect.poll(async () => Math.abs((await topOf()) - top), { timeout: 10_000 }).toBeLessThan(20);
    await keys.expectOn(page.locator(`td a[href="${href}"]`));
    expect(await macs.getAttribute('aria-sort')).toBe(sorted);
    expect(await heads.filter({ hasText: /^φ/ }).count()).toBeGreaterThan(0);

    const taken = summary(page, 'Export: Results table');
    await keys.goTo(taken, 'back');
    await keys.press('Enter');
    await keys.press('Tab');
    const csv = await downloaded(page, () => keys.press('Enter'));
    expect(csv.suggestedFilename()).toMatch(/^walk-[0-9a-f]{8}-networks-simulated\.csv$/);
    expect(readFileSync(await csv.path(), 'utf8')).toMatch(/^network,group,alpha/);
    await keys.press('Escape');
    await keys.expectOn(taken);

    await keys.goTo(button(page, 'Pause'), 'back');
    await keys.press('Enter');
    await keys.expectOn(button(page, 'Resume'));
    await keys.press('Enter');
    await keys.expectOn(button(page, 'Pause'));

    const byHand = page.getByText('Choose by hand', { exact: true });
    await keys.goTo(byHand);
    await keys.press('Enter');
    await keys.goTo(page.getByLabel('Candidate'));
    await keys.press('ArrowDown');
    await keys.press('ArrowDown');
    await keys.press('Tab');
    await keys.type('fits the phone');
    const choose = button(page, 'Choose');
    await keys.goTo(choose);
    await keys.press('Enter');
    await page.getByText(/Chosen by hand on .*: fits the phone/).waitFor();
    await keys.expectOn(choose);
    await keys.goTo(button(page, 'Restore the rule'));
    await page.keyboard.press('Enter');
    await page.getByText(/^Chosen for /).waitFor();
    await keys.expectOn(byHand);

    const stop = button(page, 'Stop');
    await keys.goTo(stop, 'back');
    await page.keyboard.press('Enter');
    await keys.expectOn(button(page, 'No'));
    await page.keyboard.press('Escape');
    await keys.expectOn(stop);
    await page.keyboard.press('Enter');
    await keys.expectOn(button(page, 'No'));
    await keys.press('Shift+Tab');
    await page.keyboard.press('Enter');
    expect(await closed).toBe(130);
    expect(complaints.list.filter((complaint) => !/ERR_|EventSource/.test(complaint))).toEqual([]);
    await page.context().close();
  }, 180_000);
});
