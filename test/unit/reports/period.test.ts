import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SuppressionInFile } from '../../../src-shared/contract/topics/suppression-file.ts';
import { SAMPLE_SHA256 } from '../../../src-shared/domain/sample.ts';
import { captureReportFile } from '../../../src-main/keep/exports/report/capture-file.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { periodFile, type ReportFormat } from '../../../src-main/keep/exports/report/period-file.ts';
import { openReaders, type Readers } from '../../../src-main/keep/store/readers.ts';
import type { PeriodFacts, PeriodQuestion } from '../../../src-main/keep/store/queries/period/index.ts';
import type { Store } from '../../../src-main/keep/store/types.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { BERLIN, capture, fillTwoWeeks, found, judged, NOW, opened, WEEK } from './history.ts';

const SLOW = 60_000;

let folder: string;
let store: Store;
let readers: Readers;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-period-'));
  const path = join(folder, 'kept.db');
  store = await opened(path);
  readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
}, SLOW);
afterEach(async () => {
  await readers.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const asked = (change: Partial<PeriodQuestion> = {}): Promise<PeriodFacts> =>
  readers.ask('periodOf', [{ ...WEEK, zone: BERLIN, inFull: 100, ...change }]);

async function file(
  format: ReportFormat,
  now = NOW,
  period = WEEK,
  suppressions: readonly SuppressionInFile[] = [],
): Promise<Buffer> {
  const about = { ...period, zone: BERLIN, now, sensor: 'attic', suppressions };
  return Buffer.from((await periodFile(readers, about, format)).data);
}

describe('the sums of a week', { timeout: SLOW }, () => {
  it('are those of the incidents that began in it, beside the week before', async () => {
    await fillTwoWeeks(store);
    const facts = await asked();
    expect(facts.now.counts).toEqual({ critical: 2, warning: 3, info: 1 });
    expect(facts.before.counts).toEqual({ critical: 1, warning: 1, info: 1 });
    expect([facts.before.from, facts.before.to]).toEqual([WEEK.from - 7 * 86_400_000, WEEK.from]);
    expect(facts.days.map(({ counts }) => counts.critical + counts.warning + counts.info)).toEqual([
      2, 1, 1, 1, 0, 0, 1,
    ]);
    expect(facts.kinds.map(({ kind, count, before, isNew }) => [kind, count, before, isNew])).toEqual([
      ['data-exfiltration', 1, 0, true],
      ['brute-force', 1, 1, false],
      ['port-scan', 3, 1, false],
      ['host-sweep', 1, 1, false],
    ]);
    expect(facts.now.alarms).toEqual({ falseAlarms: 1, expected: 0, confirmed: 1, notJudged: 3 });
    expect([facts.open, facts.openCritical, facts.earlierTotal, facts.silenced]).toEqual([3, 1, 1, 1]);
    expect(facts.silences).toMatchObject([{ reason: 'software update', author: 'ann', incidents: 1 }]);
    // Of the last day, one hour before it and five after it are not in it.
    expect(facts.now.seconds).toBe(7 * 86_400 - 3600);
    expect(facts.hosts[0]).toMatchObject({
      address: '192.168.10.23',
      asSource: 4,
      counts: { critical: 2, warning: 2 },
    });
    expect(facts.budget).toBe(1);
  });

  it('leave out the sample that ships with Sonde, and say so', async () => {
    await fillTwoWeeks(store);
    const { samples: _, ...without } = await asked();
    const strange = [
      found('2026-11-17T09:00:00Z', 'data-exfiltration', { uid: 'd'.repeat(32) }),
      found('2026-11-01T09:00:00Z', 'command-and-control', { uid: 'e'.repeat(32) }),
    ];
    await capture(store, 'Sample', ['2026-11-01T08:00:00Z', '2026-11-23T04:00:00Z'], strange, NOW, SAMPLE_SHA256);
    const { samples, ...facts } = await asked();
    expect(samples).toEqual([{ name: 'Sample', incidents: 2 }]);
    expect(facts).toEqual(without);
    const html = (await file('html')).toString();
    expect(html).toContain('1 capture of the built-in sample, not counted either');
    expect(html).toContain('Sample: 2 incidents');
  });

  it('know the sample by what is in its file', () => {
    const bytes = readFileSync(resourcePath('sample', 'office-hour.pcapng.gz'));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(SAMPLE_SHA256);
  });

  it('end with the last moment of the zone’s Sunday', async () => {
    await fillTwoWeeks(store);
    const utc = await asked({ from: WEEK.from + 3_600_000, to: WEEK.to + 3_600_000, zone: 'UTC' });
    expect(utc.days).toHaveLength(7);
    expect(utc.days[6]!.counts.warning).toBe(1);
    const early = await asked({ to: WEEK.to - 1000 });
    expect(early.now.counts.warning).toBe(2);
  });

  it('count an incident once though its traffic was read twice, and believe who judged it', async () => {
    const scan = found('2026-11-17T10:00:00Z', 'port-scan');
    const hours: [string, string] = ['2026-11-17T00:00:00Z', '2026-11-18T00:00:00Z'];
    const first = await capture(store, 'eth0', hours, [scan]);
    await judged(store, first, scan, 'false-alarm');
    await capture(store, 'again.pcap', hours, [scan]);
    const facts = await asked();
    expect(facts.total).toBe(1);
    expect(facts.now.alarms.falseAlarms).toBe(1);
    expect(facts.open).toBe(0);
    expect(facts.now.seconds).toBe(86_401);
  });

  it('leave out captures of another time, and say so', async () => {
    const old = found('2019-05-01T10:00:00Z', 'ddos');
    await capture(store, 'old.pcap', ['2019-05-01T00:00:00Z', '2019-05-02T00:00:00Z'], [old], WEEK.from + 1000);
    const facts = await asked();
    expect(facts.total).toBe(0);
    expect(facts.elsewhere).toEqual([{ name: 'old.pcap', incidents: 1 }]);
    expect((await file('html')).toString()).toContain('old.pcap: 1 incident');
  });

  it('tell what had begun earlier and goes on', async () => {
    const long = found('2026-11-14T10:00:00Z', 'command-and-control', { lastTs: '2026-11-17T10:00:00.000000000Z' });
    await capture(store, 'eth0', ['2026-11-14T00:00:00Z', '2026-11-18T00:00:00Z'], [long]);
    const facts = await asked();
    expect([facts.goingOnTotal, facts.earlierCritical, facts.total]).toEqual([1, 1, 0]);
    expect((await file('html')).toString()).toContain(
      '1 critical incident is open, from before this time, and needs action.',
    );
  });

  it('of a quiet week say that what is open is older, and what to do of it first', async () => {
    const long = { lastTs: '2026-11-10T11:00:00.000000000Z' };
    const before = ['2026-11-10T00:00:00Z', '2026-11-11T00:00:00Z'] as [string, string];
    const old = ['command-and-control', 'data-exfiltration', 'port-scan'] as const;
    const incidents = old.map((kind, i) => found(`2026-11-10T1${i}:00:00Z`, kind, long));
    await capture(store, 'eth0', before, incidents);
    await capture(store, 'eth0', ['2026-11-16T00:00:00Z', '2026-11-18T00:00:00Z'], []);
    const [page = ''] = (await file('html')).toString().split('<div class="page">');
    expect(page).toContain(
      '2 critical incidents are open, all from before this time, and need action. 1 warning waits',
    );
    const first = page.slice(page.indexOf('What to do first'));
    expect(first).toContain(incidents[0]!.title);
    expect(first).toContain('Open since 2026-11-10 ');
    const fresh = found('2026-11-17T10:00:00Z', 'ddos');
    await capture(store, 'eth1', ['2026-11-17T00:00:00Z', '2026-11-18T00:00:00Z'], [fresh]);
    expect((await file('html')).toString()).toContain(
      '3 critical incidents are open, 2 of them from before this time, and need action.',
    );
  });

  it('of some hours are titled by when they begin and end', async () => {
    const from = Date.parse('2026-11-17T11:00:00Z');
    const html = (await file('html', NOW, { from, to: from + 3_600_000 })).toString();
    expect(html).toMatch(/<h1>What happened from [^<]*12:00[^<]* to [^<]*13:00[^<]*<\/h1>/);
    expect(html).not.toContain('in a time');
  });

  it('of an empty database are none, and nothing is claimed', async () => {
    const facts = await asked();
    expect(facts).toMatchObject({ total: 0, since: null, hosts: [], days: { length: 7 } });
    const html = (await file('html')).toString();
    expect(html).toContain('No traffic was watched in this time, so nothing can be said of it.');
    expect(html).toContain('there is no earlier traffic to tell by');
    expect((await file('pdf')).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('compare some hours with the same hours of the day before', async () => {
    await fillTwoWeeks(store);
    const noon = Date.parse('2026-11-17T11:00:00Z');
    const facts = await asked({ from: noon - 24 * 3_600_000, to: noon });
    expect(facts.now.counts).toEqual({ critical: 1, warning: 1, info: 0 });
    expect(facts.before).toMatchObject({ from: noon - 48 * 3_600_000, to: noon - 24 * 3_600_000 });
  });
});

describe('what settings suppress', { timeout: SLOW }, () => {
  const exfiltration: SuppressionInFile = {
    scope: { kind: 'data-exfiltration', source: '192.168.10.23' },
    expiresAt: NOW + 1,
    enabled: true,
  };

  it('is left out with its reason, as what the database silences is', async () => {
    await fillTwoWeeks(store);
    const html = (await file('html', NOW, WEEK, [{ ...exfiltration, reason: 'the backup' }])).toString();
    const [page, rest = ''] = html.split('<div class="page">');
    expect(page).toContain('Nothing critical is open. 3 warnings wait for a look');
    expect(page).not.toContain('data exfiltration');
    expect(page).toContain('2 incidents that someone expects');
    expect(rest).toContain('<td>the backup</td><td>the settings</td>');
    expect(rest).toContain('<td>software update</td><td>ann</td>');
    expect(rest).not.toContain('data-exfiltration');
  });

  it.each([
    ['has expired', { expiresAt: NOW }],
    ['is switched off', { enabled: false }],
    ['fits another host', { scope: { kind: 'data-exfiltration', source: '192.168.10.24' } }],
  ] as const)('is told where it %s', async (_, change) => {
    await fillTwoWeeks(store);
    const html = (await file('html', NOW, WEEK, [{ ...exfiltration, ...change }])).toString();
    expect(html).toContain('1 critical incident is open and needs action.');
    expect(html).toContain('1 incident that someone expects');
  });

  it('is left out of the time before, too, and makes no kind known', async () => {
    await fillTwoWeeks(store);
    const silences = [{ scope: { kind: 'port-scan', source: '192.168.10.23' }, reason: '', author: '', expiresAt: null }] as const; // prettier-ignore
    const facts = await asked({ silences });
    expect(facts.before.counts).toEqual({ critical: 1, warning: 0, info: 1 });
    expect(facts.earlierTotal).toBe(0);
    // That of 192.168.10.40.
    expect(facts.kinds.find(({ kind }) => kind === 'port-scan')).toMatchObject({ count: 1, before: 0, isNew: true });
    expect(facts.silences.map(({ incidents }) => incidents)).toEqual([2, 1]);
  });
});

describe('page one without a past', { timeout: SLOW }, () => {
  const hours: [string, string] = ['2026-11-17T00:00:00Z', '2026-11-18T00:00:00Z'];

  it('calls no kind new, says what was not watched, and claims no judgement', async () => {
    const scan = found('2026-11-17T10:00:00Z', 'port-scan');
    const id = await capture(store, 'eth0', hours, [scan, found('2026-11-17T11:00:00Z', 'brute-force')]);
    const [page = ''] = (await file('html')).toString().split('<div class="page">');
    expect(page).toContain('there is no earlier traffic to tell by');
    expect(page).not.toContain('(new)');
    expect(page).toMatch(/<td class="right">1<\/td><td class="right">–<\/td>/);
    expect(page).toContain('–: no traffic was watched the week before.');
    expect(page).toMatch(/<span>False alarms a day<\/span><b>–<\/b><span>none judged yet; budget 1 a day<\/span>/);
    expect(page).toContain('2 alarms, none judged yet; the budget is 1 a day');
    await judged(store, id, scan, 'closed');
    const [after = ''] = (await file('html')).toString().split('<div class="page">');
    expect(after).toMatch(/<b>0<\/b><span>as judged; budget 1 a day<\/span>/);
  });

  it('has numbers beside a watched time before', async () => {
    await fillTwoWeeks(store);
    const html = (await file('html')).toString();
    expect(html).not.toContain('–: no traffic');
    expect(html).toContain('<td class="right">0</td>');
  });
});

describe('the report of a week', { timeout: SLOW }, () => {
  it.each(['html', 'pdf'] as const)('is the same file for the same database and time: %s', async (format) => {
    await fillTwoWeeks(store);
    const one = await file(format);
    expect((await file(format)).equals(one)).toBe(true);
    expect((await file(format, NOW + 1000)).equals(one)).toBe(false);
  });

  it('says on page one what a manager needs, and behind it what an engineer does', async () => {
    await fillTwoWeeks(store);
    const html = (await file('html')).toString();
    const [page, rest = ''] = html.split('<div class="page">');
    expect(page).toContain('<h1>What happened in a week</h1>');
    expect(page).toContain('Mon 16 Nov 2026 to Sun 22 Nov 2026 · time zone Europe/Berlin · attic');
    expect(page).toContain(
      '<strong>1 critical incident is open and needs action. 3 warnings wait for a look.</strong>',
    );
    expect(page).toContain('1 the week before');
    expect(page).toContain('Possible data exfiltration (new)');
    expect(page).toContain('1 false alarm and 0 expected, at least 0.1 a day; the budget is 1 a day; 3 not judged yet');
    expect(rest).toContain('ports that were tried');
    expect(rest).toContain('false alarm, by ann, 2026-11-23 06:00:00 +01:00: our own scanner');
    expect(rest).toContain('2026-11-17 03:00:00 +01:00');
    expect(rest).toContain('software update');
    expect(rest).toContain('Open from the time before');
    // Heads of columns break between words alone, and what is too wide then scrolls.
    expect(html).toMatch(/\nth \{[^}]*overflow-wrap: normal/);
    expect(html.split('<table>').length - 1).toBe(html.split('<div class="wide"><table>').length - 1);
    expect(html).not.toMatch(/<script|<link|<img|src=|https?:/);
  });

  it('is not steered by what stands in traffic', async () => {
    const title = '<img src=x onerror=alert(1)>\u202egpj.exe\u0007';
    const evil = found('2026-11-17T10:00:00Z', 'port-scan', { title, sources: ['<b>'], summary: title });
    await capture(store, '<script>', ['2026-11-17T00:00:00Z', '2026-11-18T00:00:00Z'], [evil]);
    const html = (await file('html')).toString();
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<script');
    expect(html).not.toContain('\u202e');
    expect(html).toContain('&lt;img src=x');
  });

  it('tells a hundred in full and lists the others', async () => {
    const many = Array.from({ length: 130 }, (_, n) =>
      found('2026-11-17T10:00:00Z', 'port-scan', { uid: n.toString(16).padStart(32, '0'), title: `scan ${n}` }),
    );
    await capture(store, 'eth0', ['2026-11-17T00:00:00Z', '2026-11-18T00:00:00Z'], many);
    const html = (await file('html')).toString();
    expect(html.match(/<h3>[^]*?scan \d+/g)?.length).toBeGreaterThanOrEqual(100);
    const further = html.slice(html.indexOf('Further incidents'));
    expect(further).toContain('<td class="right">101</td>');
    expect(further).toContain('scan 129');
  });
});

describe('the report of one capture', { timeout: SLOW }, () => {
  it('is of what that capture holds, whenever it was, without what is silenced', async () => {
    await fillTwoWeeks(store);
    const old = [found('2019-03-01T10:00:00Z', 'port-scan'), found('2019-03-01T10:05:00Z', 'brute-force')];
    const id = await capture(store, 'old.pcap', ['2019-03-01T09:00:00Z', '2019-03-01T11:00:00Z'], old, NOW);
    const week = (await file('html')).toString();
    expect(week).not.toContain('2019-03-01 10:05');
    const report = await readers.ask('captureReport', [id]);
    expect(report.incidents.map(({ uid }) => uid)).toEqual(old.map(({ uid }) => uid));
    const html = Buffer.from(await captureReportFile(report, 'html')).toString();
    expect(html).toContain('old.pcap');
    expect(html).toContain('2019-03-01 09:00:00 UTC to 2019-03-01 11:00:00 UTC');
    expect(
      Buffer.from(await captureReportFile(report, 'pdf'))
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
    const late = await readers.ask('captureReport', [2]);
    expect([late.incidents.length, late.suppressed]).toEqual([6, 1]);
    await expect(readers.ask('captureReport', [99])).rejects.toThrow('no longer there');
  });
});
