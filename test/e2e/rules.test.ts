/** Rules and lists in a browser: sent, searched, switched, brought up to date, tried on a capture; and what viewers see. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenDesk } from '../../src-main/run/api/desk.ts';
import { pcapFile } from '../generator/write.ts';
import { Talk } from '../unit/signatures/talk.ts';
import { browse, goTo, missing, seriousFaults, serveHere, skipTour, visit, type Visit } from './support.ts';

const MINUTES = 60_000;
const PICTURES = process.env['SONDE_PICTURES'];

const rule = (sid: number, content: string, classtype = 'web-application-attack'): string =>
  `alert http any any -> any any (msg:"Rule number ${sid}"; http.uri; content:"${content}"; classtype:${classtype}; sid:${sid}; rev:1;)`;

const sigma = (title: string, uri: string): string =>
  `title: ${title}\nlevel: medium\nlogsource:\n  product: zeek\n  service: http\ndetection:\n  s:\n    uri|contains: ${uri}\n  condition: s\n`;

function capture(): Buffer {
  const packets = Array.from({ length: 3 }, (_, i) =>
    new Talk(80, 40_000 + i)
      .open()
      .up(`GET /EVIL?${i} HTTP/1.1\r\nHost: h\r\n\r\n`)
      .down('HTTP/1.1 204 No\r\n\r\n')
      .close()
      .frames.map((data, k) => ({ ts: 1_700_000_000_000_000_000n + BigInt(i * 1000 + k) * 1_000_000n, data })),
  ).flat();
  return Buffer.from(pcapFile(packets));
}

describe.skipIf(missing !== null)('rules and lists in a browser', { timeout: 3 * MINUTES }, () => {
  let folder: string;
  let served: Awaited<ReturnType<typeof serveHere>>;
  let desk: OpenDesk;
  let browser: Browser;
  let seen: Visit;
  let page: Page;
  const file = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-rules-view-'));
    writeFileSync(file('talk.pcap'), capture());
    const many = Array.from({ length: 250 }, (_, i) =>
      rule(1000 + i, `/none-${i}`, i % 2 ? 'misc-attack' : 'trojan-activity'),
    );
    writeFileSync(file('a.rules'), [rule(1, '/EVIL'), ...many].join('\n'));
    writeFileSync(file('b.rules'), 'alert tcp any any -> any any (msg:"no"; frobnicate:1; sid:77;)');
    mkdirSync(file('sigma'));
    for (let i = 0; i < 70; i++)
      writeFileSync(file(`sigma/${i}.yml`), sigma(`Sigma ${i}`, i === 0 ? '/EVIL' : `/no-${i}`));
    writeFileSync(file('sigma/bad.yml'), sigma('Sigma bad', '/x').replace('service: http', 'service: frobnicate'));
    writeFileSync(file('bad.txt'), '# sonde: threat command\n203.0.113.77\n8.8.8.8\n');
    served = await serveHere(folder);
    ({ desk } = served);
    browser = await browse();
    seen = await visit(browser, served.url, 'light', { timezoneId: 'UTC' });
    page = seen.page;
    page.setDefaultTimeout(30_000);
    await skipTour(page);
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await served?.end();
    rmSync(folder, { recursive: true, force: true });
  }, MINUTES);

  /** For who wants to look at it: a picture in both themes. */
  async function picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(200);
      await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  const row = (name: string) => page.getByRole('row').filter({ hasText: name });

  it('is reached by its key, and begins with what there is', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'Rules & lists' }).waitFor();
    expect(page.url()).toContain('#/rules');
    await page.getByText('Yours can be added: rules in Suricata’s language').waitFor();
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Rules & lists' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('takes files that are sent, and says what was loaded and refused', async () => {
    await page.getByRole('button', { name: 'Add rules or a list' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add rules or a list' });
    await dialog
      .getByLabel('Files of rules')
      .last()
      .setInputFiles([file('a.rules'), file('b.rules')]);
    await dialog.getByLabel('Name').fill('My rules');
    await picture('add');
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('My rules: 251 rules; 1 refused.').waitFor();
    await row('My rules').getByText('251 rules').waitFor();
  });

  it('takes a folder of Sigma rules, also one of very many files', async () => {
    await page.getByRole('button', { name: 'Add rules or a list' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add rules or a list' });
    await dialog.getByText('Sigma rules', { exact: true }).click();
    await dialog.getByLabel('Folder of rules').setInputFiles(file('sigma'));
    await dialog.getByText('sigma (71 files)').waitFor();
    await picture('add-sigma');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('sigma.yml: 70 rules; 1 refused.').waitFor();
    await row('sigma.yml').getByText('70 rules').waitFor();
    await goTo(page, 'rules/refused');
    await row('sigma/bad.yml').getByText('“Sigma bad”: service frobnicate').waitFor();
    await goTo(page, 'rules');
  });

  it('takes lists, and names their doubtful entries', async () => {
    await page.getByRole('button', { name: 'Add rules or a list' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add rules or a list' });
    await dialog.getByText('Indicators').click();
    await dialog.getByLabel('Files of a list').last().setInputFiles(file('bad.txt'));
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await row('bad.txt').getByText('2 entries').waitFor();
    await row('bad.txt').getByText('1 doubtful entry').click();
    await row('bad.txt').getByText('8.8.8.8 is a public resolver').waitFor();
  });

  it('counts what a capture that is opened then shows, and leads to it', async () => {
    await desk.jobs.whenEnded(desk.importFiles([file('talk.pcap')]));
    await expect.poll(() => row('My rules').getByRole('cell').nth(5).textContent()).toBe('3');
    await picture('sets');
    await goTo(page, 'rules/all?show=hit');
    await row('Rule number 1').getByRole('cell', { name: 'web-application-attack', exact: true }).waitFor();
    await row('Sigma 0').getByRole('cell', { name: 'sigma-medium', exact: true }).waitFor();
    expect(await page.getByRole('row').count()).toBe(3);
  });

  it('shows the rule with the incident that it found, and leads back', async () => {
    const asked = { search: '', suppressed: 'show', order: 'time', limit: 100 } as const;
    const found = (await desk.readers.ask('listIncidents', [asked])).rows.find(({ title }) =>
      title.includes('number 1:'),
    )!;
    await goTo(page, `c/${found.capture}/incidents/${found.uid}`);
    const panel = page.getByRole('region', { name: 'Rules that matched' });
    await panel.getByText('content:"/EVIL"').waitFor();
    await panel.getByText('uri|contains: /EVIL').waitFor();
    await page.getByText('Alerts of Rule 1 (revision 1) “Rule number 1”').first().waitFor();
    await picture('incident');
    expect(await seriousFaults(page)).toEqual([]);
    await panel.getByRole('link', { name: 'Rule number 1' }).click();
    await page.getByRole('heading', { name: 'Rules & lists' }).waitFor();
  });

  it('shows rules page by page, and finds them', async () => {
    await goTo(page, 'rules/all?search=misc-attack');
    await page.getByText('100 of 125 are shown.').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(126);
    await picture('rules');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('Search the rules').fill('/none-77');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
  });

  it('switches rules off and on by number, and classes', async () => {
    await goTo(page, 'rules/all?search=%2FEVIL');
    await page.getByRole('checkbox', { name: 'Rule 1', exact: true }).click();
    await page.getByRole('button', { name: 'Switch off' }).click();
    await row('Rule number 1').getByRole('cell', { name: 'off', exact: true }).waitFor();
    await page.getByRole('checkbox', { name: 'Rule 1', exact: true }).click();
    await page.getByRole('button', { name: 'Switch on' }).click();
    await row('Rule number 1').getByRole('cell', { name: 'on', exact: true }).waitFor();
    await goTo(page, 'rules/classes');
    // The switch itself is hidden behind what is drawn of it.
    await row('misc-attack').locator('label').first().click();
    await expect.poll(async () => (await desk.readers.ask('ruleSources', [])).map(({ off }) => off)).toContain(125);
    await picture('classes');
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('says what was refused, and why', async () => {
    await goTo(page, 'rules/refused');
    await row('frobnicate').getByText('this keyword is not supported').waitFor();
    await row('frobnicate').getByText('b.rules').waitFor();
    await picture('refused');
    await page.getByLabel('Search what was refused').fill('no such thing');
    await page.getByText('Nothing fits').waitFor();
    await page.getByLabel('Search what was refused').fill('');
    await row('frobnicate').first().waitFor();
  });

  it('is brought up to date from other files, with what that changed', async () => {
    writeFileSync(file('a.rules'), [rule(1, '/EVIL?2'), rule(2, '/new')].join('\n'));
    await goTo(page, 'rules');
    await page.getByRole('button', { name: 'Update My rules' }).click();
    const dialog = page.getByRole('dialog', { name: 'Update My rules' });
    await dialog.getByLabel('Files of rules').last().setInputFiles(file('a.rules'));
    await dialog.getByRole('button', { name: 'Update', exact: true }).click();
    await dialog.getByText('1 new, 1 changed, 250 gone, 0 as before.').waitFor();
    await picture('update');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await row('My rules').getByText('2 rules').waitFor();
  });

  it('tries a rule: why it is none, and which flows it hits', async () => {
    await goTo(page, 'rules/try');
    const field = page.getByLabel('Rules in Suricata’s language, or a Sigma rule');
    await field.fill('alert tcp any any -> any any (content:"x"; frobnicate; sid:3;)');
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.getByText('Line 1, column 44:').waitFor();
    await picture('try-fault');
    await field.fill(rule(5, '/EVIL?1'));
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.getByText(/^1 hit of 1 rule in \d+ packets\.$/).waitFor();
    await picture('try');
    expect(await seriousFaults(page)).toEqual([]);
    await field.fill(sigma('Mine', '/EVIL').replace('uri|contains', 'frobnicate|contains'));
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.getByText('Line 8, column 5:').waitFor();
    await field.fill(sigma('Mine', '/EVIL?1'));
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await row('Mine').getByText('203.0.113.5:80').waitFor();
    await picture('try-sigma');
    await page.getByRole('link', { name: 'Show' }).click();
    await page.getByText('40001').first().waitFor();
    expect(page.url()).toContain('/flows');
  });

  it('removes a set after asking, and complains of nothing', async () => {
    await goTo(page, 'rules');
    await page.getByRole('button', { name: 'Remove My rules' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('My rules was removed.').waitFor();
    expect(seen.complaints).toEqual([]);
  });
});
