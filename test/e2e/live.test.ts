import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../src-main/run/serve/users.ts';
import { needs, suiteNeeds } from '../setup/skip.ts';
import { browse, goTo, missing, seriousFaults, serveHere, skipTour, visit } from './support.ts';

const MINUTES = 60_000;
const SECONDS = 1000;
const SOON = { timeout: 20 * SECONDS };
const PASSWORD = 'correct horse battery';
const HELPER = join(import.meta.dirname, '..', '..', 'build', 'native', `linux-${process.arch}`, 'sonde-capture');
const canCapture = process.getuid?.() === 0 && existsSync(HELPER);
const CANNOT = 'a card is only opened by root with the built helper';

type Here = Awaited<ReturnType<typeof serveHere>>;

suiteNeeds(missing === null, missing ?? '')('the live desk', () => {
  let folder: string;
  let here: Here;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-live-'));
    here = await serveHere(folder);
    browser = await browse();
    ({ page, complaints } = await visit(browser, here.url));
    page.setDefaultTimeout(30 * SECONDS);
    await skipTour(page);
    await goTo(page, 'live');
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await here?.end();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  const heading = (name: RegExp, on = page): Locator => on.getByRole('heading', { level: 1, name });
  const figure = (name: string, on = page): Locator =>
    on.getByRole('region', { name: 'Figures' }).locator(`xpath=.//dt[text()='${name}']/following-sibling::dd`);

  async function play(on: Page, speed: string): Promise<void> {
    await on.getByRole('combobox', { name: 'Speed' }).click();
    await on.getByRole('option', { name: speed }).click();
    await on.getByRole('button', { name: 'Play the sample' }).click();
    await heading(/^Playing/, on).waitFor();
  }

  async function stop(on: Page): Promise<void> {
    await on.getByRole('button', { name: 'Stop', exact: true }).click();
    await on.getByRole('button', { name: 'Stop and keep' }).click();
    await heading(/session is over/, on).waitFor({ timeout: MINUTES });
  }

  describe('before the start', () => {
    it('tells whether capturing is permitted, and lists the cards with their state', async () => {
      await heading(/Watch live traffic/).waitFor();
      const access = page.getByRole('region', { name: 'Permission to capture' });
      expect(await access.textContent()).toMatch(/^Capturing is (possible|not permitted)/);
      const lo = page.getByRole('row').filter({ has: page.getByRole('radio', { name: /^lo\b/ }) });
      expect(await lo.textContent()).toMatch(/^loLoopbackup127\.0\.0\.1/);
      expect(await seriousFaults(page)).toEqual([]);
    });

    needs(canCapture, CANNOT)('holds a filter to the compiler while it is typed, and points at the fault', async () => {
      const field = page.getByLabel('Filter (BPF)');
      await field.fill('tcp port 80 and hosst 10.0.0.5');
      await page.getByText('At character 17').waitFor();
      expect(await page.locator('.live-under mark').textContent()).toBe('hosst');
      expect(await page.getByRole('button', { name: /^Start watching/ }).isDisabled()).toBe(true);
      await page.getByRole('button', { name: 'not port 22' }).click();
      await page.getByText('This filter compiles.').waitFor();
      expect(await page.getByRole('button', { name: /^Start watching/ }).isEnabled()).toBe(true);
      await field.fill('');
    });
  });

  describe('a session', () => {
    it('shows rates that move, and incidents as they arrive', { timeout: 2 * MINUTES }, async () => {
      await play(page, '10 times as fast');
      const packets = figure('Packets');
      const count = async (): Promise<number> => Number((await packets.textContent())?.replaceAll(',', ''));
      await expect.poll(async () => (await count()) > 100, SOON).toBe(true);
      const before = await count();
      await expect.poll(async () => (await count()) > before, { timeout: 5 * SECONDS }).toBe(true);
      await page.locator('.live-feed-list li').first().waitFor({ timeout: MINUTES });
      for (const title of ['Rates', 'Incidents', 'Severities', 'Hosts over time', 'Top talkers', 'Answer times']) {
        await page.getByRole('region', { name: title, exact: true }).waitFor();
      }
      expect(await page.locator('.live-heat-labels li').count()).toBeGreaterThan(5);
      expect(await seriousFaults(page)).toEqual([]);
    });

    it('opens an incident beside the charts, already in the store', async () => {
      await page.locator('.live-feed-list button').first().click();
      const panel = page.getByRole('region', { name: 'Incident', exact: true });
      await panel.getByText('What to do').waitFor();
      await panel.getByRole('button', { name: 'Set status' }).click();
      const dialog = page.getByRole('dialog', { name: 'Set status' });
      await dialog.getByText('Investigating').click();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'hidden' });
      await panel.getByRole('button', { name: 'Back to the list' }).click();
      const capture = here.desk.live.session()?.capture;
      const asked = { ...(capture ? { capture } : {}), search: '', suppressed: 'show', order: 'rank' } as const;
      const { rows } = await here.desk.readers.ask('listIncidents', [{ ...asked, limit: 100 }]);
      expect(rows.map(({ status }) => status)).toContain('investigating');
    });

    it('stands still on the screen while the capture goes on', async () => {
      await page.keyboard.press('p');
      await page.getByText('The screen stands still').waitFor();
      const shown = await figure('Packets').textContent();
      const known = here.desk.live.snapshot().tick?.received ?? 0;
      await expect.poll(() => (here.desk.live.snapshot().tick?.received ?? 0) > known, SOON).toBe(true);
      expect(await figure('Packets').textContent()).toBe(shown);
      await page.keyboard.press('p');
      await page.getByText('The screen stands still').waitFor({ state: 'hidden' });
      await expect.poll(() => figure('Packets').textContent(), SOON).not.toBe(shown);
    });

    it('takes a remark, and shows it to a desk that is opened in the middle', async () => {
      await page.getByRole('button', { name: 'Mark' }).click();
      await page.getByRole('textbox', { name: 'Remark' }).fill('the router was restarted');
      await page.getByRole('dialog').getByRole('button', { name: 'Mark' }).click();
      const log = page.getByRole('region', { name: 'Log' });
      await log.getByText('the router was restarted').waitFor();
      const { page: second, context } = await visit(browser, here.url, 'dark');
      await goTo(second, 'live');
      await second.getByRole('region', { name: 'Log' }).getByText('the router was restarted').waitFor();
      expect(await second.locator('.live-feed-list li').count()).toBeGreaterThan(0);
      expect(await seriousFaults(second)).toEqual([]);
      await context.close();
    });

    it('is kept as a capture and opened like a file, with what was decided', { timeout: 2 * MINUTES }, async () => {
      await stop(page);
      await page.getByRole('link', { name: 'Open it', exact: true }).click();
      await page.getByRole('region', { name: 'Incidents', exact: true }).waitFor();
      expect(page.url()).toContain('#/c/1/overview');
      for (const title of ['Timeline', 'Hosts over time', 'Protocol mix']) {
        await page.getByRole('region', { name: title, exact: true }).waitFor();
      }
      expect(await page.locator('.error-note').count()).toBe(0);
      const { captures } = await here.desk.readers
        .ask('listCaptures', [])
        .then((list) => ({ captures: list.map(({ name, status }) => ({ name, status })) }));
      expect(captures).toEqual([
        // The file was not played to its end.
        { name: expect.stringMatching(/^Replay of Sample/) as string, status: 'partial' },
      ]);
      const asked = { search: '', suppressed: 'show', order: 'rank', limit: 100 } as const;
      const { rows } = await here.desk.readers.ask('listIncidents', [asked]);
      expect(rows.map(({ status }) => status)).toContain('investigating');
      expect(complaints).toEqual([]);
    });

    it(
      'whose thread dies says so, keeps its incidents, and can be followed by another',
      async () => {
        await goTo(page, 'live');
        await page.getByRole('button', { name: 'Watch again' }).click();
        await play(page, '10 times as fast');
        await page.locator('.live-feed-list li').first().waitFor({ timeout: MINUTES });
        await expect.poll(async () => (await incidentsOf(here)).length, SOON).toBeGreaterThan(0);
        await here.desk.live.kill();
        await heading(/session failed/).waitFor();
        expect(await page.getByRole('alert').textContent()).toContain('ended unexpectedly');
        expect((await incidentsOf(here)).length).toBeGreaterThan(0);
        await page.getByRole('button', { name: 'Watch again' }).click();
        await play(page, 'as fast as possible');
        await heading(/session is over/).waitFor({ timeout: MINUTES });
        await page.getByText('The file was played to its end. It is kept as a capture.').waitFor();
      },
      3 * MINUTES,
    );
  });

  needs(canCapture, CANNOT)(
    'watches a card without its own traffic, and goes on when its thread dies',
    async () => {
      const other = createServer((_, response) => response.end('hello'));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      try {
        await goTo(page, 'live');
        await page.reload();
        await page.getByRole('button', { name: 'Watch again' }).click();
        await page.getByRole('radio', { name: /^lo\b/ }).check();
        await page.getByLabel('Filter (BPF)').fill(`tcp port ${port} or tcp port ${new URL(here.url).port}`);
        await page.getByText('This filter compiles.').waitFor();
        await page.getByLabel('Note which program of this machine a flow belongs to').check();
        await page.getByRole('button', { name: 'Start watching lo' }).click();
        await heading(/^Watching lo/).waitFor();
        const count = (): number => here.desk.live.snapshot().tick?.received ?? 0;
        await expect.poll(() => here.desk.live.snapshot().points.length, SOON).toBeGreaterThan(1);
        // Only the desk itself has talked so far.
        expect(count()).toBe(0);
        await fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
        await expect.poll(count, { timeout: 5 * SECONDS }).toBeGreaterThan(8);
        await here.desk.live.kill();
        await heading(/^Watching lo/).waitFor();
        await page.getByText('this one goes on in its place').first().waitFor();
        // The first measurement of the session that goes on: it captures, and what the one before counted is over.
        await expect.poll(count, { timeout: 15 * SECONDS }).toBe(0);
        await fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
        await expect.poll(count, { timeout: 5 * SECONDS }).toBeGreaterThan(8);
        // The system's tables are looked at once a second.
        await page.waitForTimeout(2 * SECONDS);
        await stop(page);
        await programShown(page, here, basename(process.execPath));
      } finally {
        other.close();
      }
    },
    2 * MINUTES,
  );

  it('lets a viewer look, and not start', { timeout: 2 * MINUTES }, async () => {
    const own = mkdtempSync(join(tmpdir(), 'sonde-live-users-'));
    const users = [{ name: 'vic', role: 'viewer' as const, password: await hashPassword(PASSWORD) }];
    const served = await serveHere(own, { users });
    try {
      const { page: seen, context } = await visit(browser, served.url);
      await seen.getByLabel('Name').fill('vic');
      await seen.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await seen.getByRole('button', { name: 'Sign in' }).click();
      await seen.getByRole('navigation', { name: 'Views' }).waitFor();
      await goTo(seen, 'live');
      await seen.getByText('You are signed in as a viewer').waitFor();
      expect(await seen.getByRole('button', { name: 'Play the sample' }).isDisabled()).toBe(true);
      expect(await seen.getByRole('button', { name: /^Start watching/ }).isDisabled()).toBe(true);
      await context.close();
    } finally {
      await served.end();
      rmSync(own, { recursive: true, force: true });
    }
  });
});

/** The flow of this program is found by it, and says so in its column and on its page. */
async function programShown(page: Page, { desk }: Here, name: string): Promise<void> {
  const capture = desk.live.session()?.capture ?? 0;
  await goTo(page, `c/${capture}/flows?q=${encodeURIComponent(`process == "${name}"`)}`);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'Program process' }).check();
  await page.keyboard.press('Escape');
  const cell = page.locator('[role=gridcell][data-column=process]').first();
  await expect.poll(() => cell.textContent(), SOON).toBe(name);
}

async function incidentsOf({ desk }: Here): Promise<unknown[]> {
  const capture = desk.live.session()?.capture ?? 0;
  const asked = { capture, search: '', suppressed: 'show', order: 'rank', limit: 100 } as const;
  return (await desk.readers.ask('listIncidents', [asked])).rows;
}
