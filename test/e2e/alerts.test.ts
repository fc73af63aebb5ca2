import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../src-main/run/serve/users.ts';
import { suiteNeeds } from '../setup/skip.ts';
import { receive, type Receiver } from './alert-receiver.ts';
import {
  browse,
  goTo,
  missing,
  seriousFaults,
  serve,
  serveHere,
  skipTour,
  visit,
  type Served,
  type Visit,
} from './support.ts';

const MINUTES = 60_000;
const SOON = { timeout: 30_000 };
/** Longer than an incident that was stored is waited for, ms. */
const QUIET = 3000;
const SIGNING = 'a signing secret of the test';
const HEADER = 'key-of-the-test-4711';
/** Pixels that the view is wider than the window lets it. */
const BEYOND = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.view'))`;
const REFUSED = 'this board takes no more letters';

suiteNeeds(missing === null, missing ?? '')('alerts in a browser', () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let desk: Visit;
  let page: Page;
  let pager: Receiver;
  let board: Receiver;
  /** All that the program told the page. */
  let heard = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-alerts-desk-'));
    [pager, board] = [await receive(), await receive()];
    // Secrets are kept there, not among those of whoever runs the test.
    const XDG_DATA_HOME = join(folder, 'data');
    mkdirSync(XDG_DATA_HOME);
    served = await serve(folder, ['--db', join(folder, 'desk.db')], { XDG_DATA_HOME });
    browser = await browse();
    desk = await visit(browser, 'about:blank');
    page = desk.page;
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => void (heard += payload.toString())));
    await page.goto(served.url);
    page.setDefaultTimeout(SOON.timeout);
    await skipTour(page);
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end('SIGTERM');
    await Promise.all([pager?.close(), board?.close()]);
    rmSync(folder, { recursive: true, force: true });
  }, 4 * MINUTES);

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });
  const field = (name: string): Locator => page.getByRole('textbox', { name, exact: true });
  const region = (name: string): Locator => page.getByRole('region', { name, exact: true });
  const dialog = (): Locator => page.getByRole('dialog');
  const channel = (name: string): Locator => page.locator('.alert-channels').getByRole('listitem', { name });
  const toggle = async (name: string): Promise<void> => {
    await page.getByRole('switch', { name }).focus();
    await page.keyboard.press('Space');
  };
  const tested = (): Locator => page.locator('.alert-test');
  /** Where it begins within its line, pixels. */
  const lastTab = async (): Promise<number> => {
    const tabs = page.getByRole('navigation', { name: 'Alerts' });
    const [last, line] = [await tabs.getByRole('link').last().boundingBox(), await tabs.boundingBox()];
    return Math.round(last!.x - line!.x);
  };
  let tabAt: number;

  describe('a channel', () => {
    it('is what an empty desk offers, of the kinds that there are', async () => {
      await goTo(page, 'alerts');
      await page.getByText('Nothing is sent yet').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      tabAt = await lastTab();
      await button('New channel').click();
      const kinds = page.getByRole('list', { name: 'Kinds of channel' });
      for (const kind of ['E-mail', 'Telegram', 'Webhook', 'Syslog']) {
        await kinds.getByRole('link', { name: new RegExp(`^${kind}`) }).waitFor();
      }
      await kinds.getByRole('link', { name: /^Webhook/ }).click();
      await region('Webhook').waitFor();
    });

    it('says what is wrong before it is tried or saved', async () => {
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('');
      await field('Address').fill('not an address');
      await button('Save').click();
      await page.getByText('Write a whole address').waitFor();
      await page.getByText('This is needed.').waitFor();
      // The first of them has the focus.
      await field('Name').and(page.locator(':focus')).waitFor();
      await field('Name').fill('Pager');
      await field('Address').fill('');
      await button('Save').click();
      await page.getByRole('alert').getByText('Enter an address, or a secret address.').waitFor();
    });

    it('is tried as a draft: the other side’s own words, and how long it took', async () => {
      await field('Address').fill(pager.url);
      await button('Send test').click();
      await tested().getByText('The test did not arrive').waitFor();
      expect(pager.received).toEqual([]);
      await toggle('Allow private targets');
      await field('Signing secret').fill(SIGNING);
      await field('More headers').fill(`X-Board-Key: ${HEADER}`);
      await button('Send test').click();
      await tested().getByText('The test arrived').waitFor();
      expect(await tested().textContent()).toMatch(/(in \d+ ms|in [\d.]+ s|under 1 ms).*200 thank you, noted$/);
      expect(pager.received).toHaveLength(1);
      expect(pager.received[0]).toMatchObject({ body: { reason: 'test' }, headers: { 'x-board-key': HEADER } });
      expect(pager.received[0]?.headers['sonde-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
      expect(await seriousFaults(page)).toEqual([]);
    });

    it('is kept, and its secrets are never in the page again', async () => {
      await button('Save').click();
      await channel('Pager').getByText('Nothing was sent yet').waitFor();
      await page.getByText('There is no route: every channel is sent warnings and critical incidents').waitFor();
      heard = '';
      await page.reload();
      await channel('Pager').getByRole('link', { name: 'Pager' }).click();
      await expect.poll(() => page.getByText('Kept, not shown.').count()).toBe(2);
      expect(await field('Address').inputValue()).toBe(pager.url);
      expect(heard).toContain('signingSecret');
      for (const secret of [SIGNING, HEADER]) {
        expect(heard).not.toContain(secret);
        expect(await page.content()).not.toContain(secret);
      }
    });

    it('sends no kept secret to another place, unless it is typed again', async () => {
      await field('Address').fill(board.url);
      await button('Send test').click();
      await page
        .getByRole('alert')
        .getByText(/somewhere else: enter Signing secret, More headers again/)
        .waitFor();
      expect(board.received).toEqual([]);
      await field('Address').fill(pager.url);
      const secret = page.getByRole('group', { name: 'Signing secret' });
      await secret.getByRole('button', { name: 'Replace' }).click();
      expect(await field('Signing secret').inputValue()).toBe('');
      await button('Keep the one there is').click();
      await secret.getByRole('button', { name: 'Forget' }).click();
      await page.getByText('Forgotten once you save.').waitFor();
      await button('Send test').click();
      await tested().getByText('The test arrived').waitFor();
      expect(pager.received.at(-1)?.headers['sonde-signature']).toBeUndefined();
      expect(pager.received.at(-1)?.headers['x-board-key']).toBe(HEADER);
      await secret.getByRole('button', { name: 'Keep it' }).click();
      await button('Save').click();
      await channel('Pager').waitFor();
    });

    it('is tried from the list, too', async () => {
      await channel('Pager').getByRole('button', { name: 'Send test' }).click();
      await channel('Pager').getByText('200 thank you, noted').first().waitFor();
      expect(pager.received.at(-1)?.headers['sonde-signature']).toMatch(/^t=/);
    });
  });

  describe('a route', () => {
    it('leads some incidents to some channels, and says so in a sentence', async () => {
      await goTo(page, 'alerts/new?kind=webhook');
      await field('Name').fill('Board');
      await field('Address').fill(board.url);
      await toggle('Allow private targets');
      await button('Save').click();
      await page.getByRole('navigation', { name: 'Alerts' }).getByRole('link', { name: 'Routes' }).click();
      await page.getByText('There is no route').waitFor();
      await button('New route').click();
      const sentence = page.locator('.alert-sentence');
      expect(await button('Save').isDisabled()).toBe(true);
      await page.getByRole('checkbox', { name: 'Pager' }).check();
      await page.getByText('Critical and warning: Pager.').waitFor();
      await field('Hosts').fill('192.168.10.0/24\nnowhere');
      await page.getByText('nowhere is neither an address nor a network').first().waitFor();
      expect(await button('Save').isDisabled()).toBe(true);
      await field('Hosts').fill('192.168.10.0/24');
      await toggle('Only at certain hours');
      for (const day of ['Saturday', 'Sunday']) {
        await page.getByRole('checkbox', { name: day }).focus();
        await page.keyboard.press('Space');
      }
      await page.getByLabel('From').fill('00:00');
      await page.getByLabel('To', { exact: true }).fill('00:00');
      expect(await sentence.textContent()).toBe('Critical and warning of 192.168.10.0/24, every day all day: Pager.');
      await page.getByRole('combobox', { name: 'Kinds' }).click();
      await page.getByRole('option', { name: 'Port scan' }).click();
      await page.keyboard.press('Escape');
      await page.getByText('Critical and warning if port scan of 192.168.10.0/24').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('combobox', { name: 'Kinds' }).press('Backspace');
      await button('Save').click();
      const list = page.locator('.alert-routes');
      await list.getByText('Critical and warning of 192.168.10.0/24, every day all day: Pager').waitFor();
      await page.getByText('No route leads to Board').waitFor();
      await goTo(page, 'alerts');
      await channel('Board').getByText('No route leads here: it is sent nothing but tests.').waitFor();
    });

    it('is changed, switched off and on, removed and put back', async () => {
      await goTo(page, 'alerts/routes');
      await button('Change route 1').click();
      await page.getByRole('checkbox', { name: 'Board' }).check();
      await field('Name').fill('All day');
      await button('Save').click();
      const row = page.locator('.alert-routes li');
      await row.getByText('every day all day: Pager, Board').waitFor();
      const works = page.getByRole('switch', { name: 'All day on or off' });
      await toggle('All day on or off');
      await expect.poll(() => works.isChecked()).toBe(false);
      await page.getByText('No route leads to').waitFor();
      await toggle('All day on or off');
      await page.getByText('No route leads to').waitFor({ state: 'hidden' });
      await button('Remove All day').click();
      await page.getByText('There is no route').waitFor();
      await button('Put it back').click();
      await row.getByText('every day all day: Pager, Board').waitFor();
    });
  });

  describe('an incident of a live session', () => {
    async function play(): Promise<void> {
      await page.getByRole('combobox', { name: 'Speed' }).click();
      await page.getByRole('option', { name: '60 times as fast' }).click();
      await button('Play the sample').click();
      await page.getByRole('heading', { level: 1, name: /^Playing/ }).waitFor();
    }

    async function stop(): Promise<void> {
      await button('Stop').click();
      await button('Stop and keep').click();
      await page.getByRole('heading', { level: 1, name: /session is over/ }).waitFor({ timeout: 2 * MINUTES });
      // What it found last is sent a little later.
      for (let seen = -1; seen !== board.received.length; await page.waitForTimeout(QUIET))
        seen = board.received.length;
    }

    it('arrives by the channels of its route', { timeout: 3 * MINUTES }, async () => {
      const before = pager.received.length;
      board.answer(400, REFUSED);
      await goTo(page, 'live');
      await play();
      await goTo(page, 'alerts/deliveries');
      await expect.poll(() => pager.received.length > before, { timeout: 2 * MINUTES }).toBe(true);
      const { body } = pager.received[before]!;
      expect(body).toMatchObject({ reason: 'opened', sensor: 'sonde' });
      const row = region('Latest deliveries')
        .getByRole('row')
        .filter({ hasText: body.title })
        .filter({ hasText: 'Pager' });
      await row.getByText(/delivered after/).waitFor();
      expect(await row.textContent()).toContain('200 thank you, noted');
    });

    it('is given up where the other side refuses it, in its own words', async () => {
      const dead = region('Given up for Board');
      await dead.getByText(`400 ${REFUSED}`).first().waitFor();
      await dead
        .getByRole('listitem')
        .first()
        .getByText(/^(Critical|Warning)$/)
        .waitFor();
      // Where it is without a count, too.
      expect(await lastTab()).toBe(tabAt);
      await goTo(page, 'alerts');
      await channel('Board')
        .getByText(/^Failing since/)
        .waitFor();
      await channel('Board').getByText(`400 ${REFUSED}`).first().waitFor();
      await page
        .getByRole('navigation', { name: 'Alerts' })
        .getByRole('link', { name: /Deliveries \d+ given up/ })
        .click();
      await dead.waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    });

    it('is sent again by hand, one or all', { timeout: 3 * MINUTES }, async () => {
      await goTo(page, 'live');
      await expect.poll(() => board.received.length >= 2, { timeout: MINUTES }).toBe(true);
      await stop();
      await goTo(page, 'alerts/deliveries');
      const letters = region('Given up for Board').getByRole('listitem');
      await letters.first().waitFor();
      const [count, sent] = [await letters.count(), board.received.length];
      const { key } = board.received[0]!.body;
      // Later, says the other side; nobody has to wait for it.
      board.answer(503, 'closed for lunch', { 'retry-after': '3000' });
      await letters
        .last()
        .getByRole('button', { name: /^Retry/ })
        .click();
      await expect.poll(() => board.received.length, SOON).toBe(sent + 1);
      await page.getByText(/is tried again/).waitFor();
      await page.getByText('503 closed for lunch').first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      board.answer(200, 'pinned to the board');
      await page.getByRole('button', { name: /^Try now/ }).click();
      await expect.poll(() => board.received.length, SOON).toBe(sent + 2);
      // The same message under the same key.
      expect(board.received.slice(sent).map(({ body }) => body.key)).toEqual([key, key]);
      await expect.poll(() => letters.count(), SOON).toBe(count - 1);
      await page.getByText('200 pinned to the board').first().waitFor();
      await button('Retry all for Board').click();
      await expect.poll(() => board.received.length, SOON).toBe(sent + 1 + count);
      await region('Given up').waitFor({ state: 'hidden' });
    });

    it('is dropped after a question', { timeout: 3 * MINUTES }, async () => {
      board.answer(410, 'the board is gone');
      const sent = board.received.length;
      await goTo(page, 'live');
      await button('Watch again').click();
      await play();
      await expect.poll(() => board.received.length > sent, { timeout: 2 * MINUTES }).toBe(true);
      await stop();
      await goTo(page, 'alerts/deliveries');
      await region('Given up for Board').getByText('410 the board is gone').first().waitFor();
      await button('Drop all for Board').click();
      await dialog().getByText('Nobody is told by this channel then.').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await dialog().getByRole('button', { name: 'Cancel' }).click();
      await region('Given up for Board').waitFor();
      await button('Drop all for Board').click();
      await dialog().getByRole('button', { name: 'Drop' }).click();
      await region('Given up').waitFor({ state: 'hidden' });
    });
  });

  it('keeps how much is sent, and shows it to another desk at once', async () => {
    await goTo(page, 'alerts/policy');
    const { page: other, context } = await visit(browser, served.url);
    await goTo(other, 'alerts/policy');
    await field('Told of again, minutes').fill('90');
    await field('Told of again, minutes').press('Enter');
    await page.getByText('Each day').click();
    await page.getByLabel('Hour of the digest', { exact: true }).selectOption('07:00');
    await field('Name of this Sonde').fill('Attic');
    await page.keyboard.press('Tab');
    await field('Port of the metrics').fill('99999');
    await page.keyboard.press('Tab');
    await page.getByText('http://127.0.0.1:65535/metrics').waitFor();
    await field('Port of the metrics').fill('');
    await page.keyboard.press('Tab');
    await page.getByText('not served').waitFor();
    const there = (name: string): Locator => other.getByRole('textbox', { name, exact: true });
    await expect.poll(() => there('Told of again, minutes').inputValue(), SOON).toBe('90');
    await expect.poll(() => there('Name of this Sonde').inputValue(), SOON).toBe('Attic');
    await expect.poll(() => other.getByLabel('Hour of the digest', { exact: true }).inputValue(), SOON).toBe('7');
    await page.getByText('Off', { exact: true }).click();
    await page.getByLabel('Hour of the digest', { exact: true }).waitFor({ state: 'hidden' });
    await context.close();
  });

  describe('the settings document', () => {
    let document: string;

    it('leaves without secrets', async () => {
      await goTo(page, 'alerts/document');
      const [download] = await Promise.all([page.waitForEvent('download'), button('Download').click()]);
      expect(download.suggestedFilename()).toBe('sonde-settings.json');
      await download.saveAs(join(folder, 'settings.json'));
      document = readFileSync(join(folder, 'settings.json'), 'utf8');
      expect(JSON.parse(document)).toMatchObject({ schema: 'sonde.settings/1', alerts: { sensor: 'Attic' } });
      expect(document).toContain('pager.signingSecret');
      for (const secret of [SIGNING, HEADER]) expect(document).not.toContain(secret);
      await region('The settings document').getByText('"sonde.settings/1"').waitFor();
    });

    it('comes in after it was seen what it changes, and after a yes for each place of the inside', async () => {
      await page.getByLabel('Document', { exact: true }).fill('{ "schema": ');
      await button('Show what it would change').click();
      await page.getByRole('alert').getByText('This is not JSON.').waitFor();
      await page.getByLabel('Settings document', { exact: true }).setInputFiles({
        name: 'settings.json',
        mimeType: 'application/json',
        buffer: Buffer.from(document.replace('"name": "Board"', '"name": "Notice board"')),
      });
      const would = region('What it would change');
      await would.getByText('replaces the one there is').waitFor();
      await would.getByText(/^Routes (stay as they are|that come)/).waitFor();
      expect(await button('Bring it in').isDisabled()).toBe(true);
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('checkbox', { name: /^Yes, Pager/ }).check();
      await page.getByRole('checkbox', { name: /^Yes, Notice board/ }).check();
      await button('Bring it in').click();
      await channel('Notice board').waitFor();
    });
  });

  it('switches a channel off, and removes it after a question', async () => {
    await goTo(page, 'alerts');
    await toggle('Notice board on or off');
    await channel('Notice board').getByText('Off', { exact: true }).waitFor();
    await channel('Notice board').getByRole('link', { name: 'Notice board' }).click();
    await button('Remove').click();
    await dialog().getByText('1 route leads here no longer.').waitFor();
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await channel('Pager').waitFor();
    await channel('Notice board').waitFor({ state: 'hidden' });
  });

  /** Parts, and the headings they have once they are there. */
  const PARTS = [
    ['', 'Alerts'],
    ['new', 'New channel'],
    ['new?kind=email', 'New channel'],
    ['channel/pager', 'Pager'],
    ['routes', 'Routes'],
    ['routes/1', 'Route 1'],
    ['policy', 'Quiet and digest'],
    ['deliveries', 'Deliveries'],
    ['document', 'Settings document'],
  ] as const;

  async function shown([part, heading]: (typeof PARTS)[number]): Promise<void> {
    await goTo(page, `alerts/${part}`);
    await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
    await page.locator('.loading').first().waitFor({ state: 'hidden' });
  }

  it.each(['light', 'dark'] as const)(
    'has no serious fault of accessibility, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const part of PARTS) {
        await shown(part);
        expect(await seriousFaults(page), part[0]).toEqual([]);
      }
    },
    2 * MINUTES,
  );

  it('needs no scrolling sideways in a narrow window', async () => {
    await page.setViewportSize({ width: 700, height: 900 });
    for (const part of PARTS) {
      await shown(part);
      expect(await page.evaluate<number>(BEYOND), part[0]).toBe(0);
    }
  });

  it('asked nothing of the browser that it refused', () => {
    expect(desk.complaints).toEqual([]);
  });
});

suiteNeeds(missing === null, missing ?? '')('alerts and who may change them', () => {
  const PASSWORD = 'correct horse battery';
  let folder: string;
  let here: Awaited<ReturnType<typeof serveHere>>;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-alerts-roles-'));
    const password = await hashPassword(PASSWORD);
    const users = [
      { name: 'vic', role: 'viewer' as const, password },
      { name: 'ann', role: 'analyst' as const, password },
    ];
    here = await serveHere(folder, { users });
    await here.desk.store.putAlertChannel({
      id: 'pager',
      name: 'Pager',
      kind: 'webhook',
      enabled: true,
      settings: { url: 'https://pager.example/' },
      secrets: [],
    });
    browser = await browse();
  }, 2 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await here?.end();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  async function signedIn(user: string): Promise<Visit> {
    const visited = await visit(browser, here.url);
    visited.page.setDefaultTimeout(SOON.timeout);
    await visited.page.getByLabel('Name').fill(user);
    await visited.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await visited.page.getByRole('button', { name: 'Sign in' }).click();
    await visited.page.getByRole('navigation', { name: 'Views' }).waitFor();
    return visited;
  }

  it('a viewer is told that this is not theirs to see', async () => {
    const { page, context } = await signedIn('vic');
    await goTo(page, 'alerts');
    await page.getByText('Your role may not look at this').waitFor();
    expect(await page.getByText('pager.example').count()).toBe(0);
    await context.close();
  });

  it('an analyst sees everything and is offered no change, with the reason', async () => {
    const { page, context } = await signedIn('ann');
    await skipTour(page);
    await goTo(page, 'alerts');
    await page.getByText('channels, routes and the rest are changed by administrators').waitFor();
    for (const name of ['New channel', 'Send test']) {
      const locked = page.getByRole('button', { name });
      expect([name, await locked.isDisabled()]).toEqual([name, true]);
      expect(await locked.getAttribute('title')).toContain('administrators');
    }
    await page.getByRole('link', { name: 'Pager' }).click();
    const address = page.getByRole('textbox', { name: 'Address', exact: true });
    expect([await address.inputValue(), await address.isDisabled()]).toEqual(['https://pager.example/', true]);
    expect(await seriousFaults(page)).toEqual([]);
    await goTo(page, 'alerts/policy');
    expect(await page.getByRole('textbox', { name: 'Name of this Sonde' }).isDisabled()).toBe(true);
    await goTo(page, 'alerts/document');
    expect(await page.getByRole('button', { name: 'Choose a file' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Download' }).isDisabled()).toBe(false);
    await context.close();
  });
});
