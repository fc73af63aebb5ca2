import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../../src-main/run/paths.ts';
import type { LiveEvent, LiveIncident } from '../../../src-shared/domain/live.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { MAIN, sonde } from './run.ts';

const SAMPLE = resourcePath('sample', 'office-hour.pcapng.gz');
let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-watch-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const eventsOf = (text: string): LiveEvent[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LiveEvent);

/** The last word on each incident that stayed. */
function finalIncidents(events: readonly LiveEvent[]): unknown[] {
  const last = new Map<string, LiveIncident>();
  for (const event of events) if (event.event === 'incident') last.set(event.uid, event);
  return [...last.values()]
    .filter((event) => !event.withdrawn)
    .sort((a, b) => a.id - b.id)
    .map(({ event: _event, state: _state, latencyMs: _latency, ...incident }) => incident);
}

/** A run that is asked to stop once it has told its figures so often. */
async function stopped(
  figures: number,
  ask: (child: ChildProcess) => void,
): Promise<{ text: string; code: number | null }> {
  const child = spawn(process.execPath, [MAIN, 'watch', '--replay', SAMPLE, '--speed', '60', '--json']);
  const closed = once(child, 'close');
  let text = '';
  let asked = false;
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    text += data;
    if (asked || text.split('"event":"stats"').length <= figures) return;
    asked = true;
    ask(child);
  });
  const [code] = (await closed) as [number | null];
  return { text, code };
}

describe('watch --replay', { timeout: 60_000 }, () => {
  it('gives the flows, scores and incidents of a causal triage', async () => {
    const [causal, live] = [join(folder, 'causal.ndjson'), join(folder, 'live.ndjson')];
    const triaged = await sonde(['triage', SAMPLE, '--causal', '--json', '--flows', causal]);
    const watched = await sonde(['watch', '--replay', SAMPLE, '--speed', 'max', '--json', '--flows', live]);
    const report = JSON.parse(triaged.stdout) as TriageReport;
    const events = eventsOf(watched.stdout);
    expect(watched.code).toBe(0);
    expect(report.incidents.length).toBeGreaterThan(5);
    expect(finalIncidents(events)).toEqual(report.incidents);
    expect(readFileSync(live).equals(readFileSync(causal))).toBe(true);
    expect(events[0]).toMatchObject({ event: 'started', engine: 'replay', linkType: 'ETHERNET' });
    expect(events.at(-1)).toMatchObject({
      event: 'ended',
      reason: 'end-of-file',
      stats: { received: report.inputs[0]?.packets, flows: report.flows.count, droppedKernel: 0, shed: 0 },
    });
  });

  it('says nothing that its schema does not know', async () => {
    const schema = JSON.parse(readFileSync(resourcePath('schemas', 'sonde.watch-1.schema.json'), 'utf8')) as object;
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    const ring = join(folder, 'ring');
    const { stdout } = await sonde(['watch', '--replay', SAMPLE, '--speed', '2000', '--json', '--ring', ring]);
    const events = eventsOf(stdout);
    const wrong = events.filter((event) => !validate(event));
    expect(wrong).toEqual([]);
    // A notice, too, where this machine could not keep up.
    const kinds = new Set(events.map(({ event }) => event).filter((event) => event !== 'notice'));
    expect([...kinds].sort()).toEqual(['ended', 'incident', 'started', 'stats']);
    const others: LiveEvent[] = [
      { event: 'notice', ts: '2026-11-21T09:00:00.000000000Z', code: 'slept', message: 'The clock went on.' },
      { event: 'mark', ts: '2026-11-21T09:00:00.000000000Z', note: 'here' },
      { event: 'error', code: 'interface-gone', message: 'Interface eth0 is gone.' },
    ];
    const last = events.at(-1);
    if (last?.event === 'ended') others.push({ ...last, suppressed: 3 });
    expect(others).toHaveLength(4);
    for (const event of others) expect(validate(event)).toBe(true);
    expect(validate({ event: 'stats', received: 1 })).toBe(false);
  });

  it('keeps packets in a ring that can be read again', async () => {
    const ring = join(folder, 'kept');
    await sonde(['watch', '--replay', SAMPLE, '--speed', '600', '--no-models', '--ring', ring, '--json']);
    const files = readdirSync(ring).map((name) => join(ring, name));
    expect(files.length).toBeGreaterThan(5);
    const of = async (paths: readonly string[]): Promise<unknown> => {
      const { stdout } = await sonde(['triage', ...paths, '--no-models', '--json']);
      const { inputs, flows, incidents } = JSON.parse(stdout) as TriageReport;
      const packets = inputs.reduce((sum, input) => sum + input.packets, 0);
      return { packets, flows, incidents: incidents.map(({ uid, severity }) => `${uid} ${severity}`).sort() };
    };
    expect(await of(files)).toEqual(await of([SAMPLE]));
  });

  it('judges by the settings of a file as the desk does, and leaves out what they suppress', async () => {
    const path = join(folder, 'settings.json');
    const write = (settings: object): void =>
      writeFileSync(path, JSON.stringify({ schema: 'sonde.settings/1', ...settings }));
    const watched = async (...args: string[]): Promise<{ events: LiveEvent[]; found: LiveIncident[] }> => {
      const { stdout, code } = await sonde(['watch', '--replay', SAMPLE, '--speed', 'max', '--json', ...args]);
      expect(code).toBe(0);
      return { events: eventsOf(stdout), found: finalIncidents(eventsOf(stdout)) as LiveIncident[] };
    };
    const plain = await watched('--no-models');
    const scan = plain.found.find(({ kind, severity }) => kind === 'port-scan' && severity !== 'info');
    const scanner = scan?.sources[0] ?? '';
    expect(scanner).not.toBe('');
    write({ suppressions: [{ scope: { kind: 'port-scan', source: scanner } }], devices: [], budget: 1 });
    const silent = await watched('--no-models', '--settings', path);
    const uids = ({ found }: typeof plain): string[] => found.map(({ uid }) => uid);
    const left = plain.found.filter(
      ({ kind, sources }) => kind !== 'port-scan' || !sources.every((s) => s === scanner),
    );
    expect(uids(silent)).toEqual(left.map(({ uid }) => uid));
    expect(silent.events.at(-1)).toMatchObject({ event: 'ended', suppressed: plain.found.length - left.length });
    write({ devices: [{ address: scanner, name: 'nessus', role: 'vulnerability scanner' }] });
    const known = await watched('--no-models', '--settings', path);
    expect(known.found.find(({ uid }) => uid === scan?.uid)?.severity).toBe('info');
  });

  it.each([
    [['--ring-size', '1G'], 'without --ring'],
    [['--ring', 'x', '--ring-size', '1M'], 'not a size of 4M or more'],
    [['--ring', 'x', '--ring-mode', 'none'], 'not one of'],
    [['--ring', MAIN], 'packets cannot be kept there'],
    [['--wait', '5'], '--wait is for --interface'],
    [['--baselines', 'x', '--no-models'], 'contradict each other'],
    [['--profile', 'castle'], 'not one of auto, home, office, enterprise'],
    [['--budget', 'x'], 'not a number up to 1000'],
    [['--settings', MAIN], 'not JSON'],
    [['--settings', MAIN, '--flows', MAIN], '--flows'],
  ])('refuses %j', async (args, words) => {
    const { stderr, code } = await sonde(['watch', '--replay', SAMPLE, ...args]);
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });

  it('opens an incident before it closes it', async () => {
    const { stdout } = await sonde(['watch', '--replay', SAMPLE, '--speed', 'max', '--no-models', '--json']);
    const incidents = eventsOf(stdout).filter((e) => e.event === 'incident');
    for (const uid of new Set(incidents.map((e) => e.uid))) {
      const states = incidents.filter((e) => e.uid === uid).map((e) => e.state);
      expect(states[0]).toBe('open');
      expect(states.at(-1)).toBe('closed');
    }
  });

  it('keeps to the clock of the packets, tells figures every second, and ends cleanly when it is stopped', async () => {
    const { text, code } = await stopped(2, (child) => child.kill('SIGINT'));
    const events = eventsOf(text);
    const stats = events.filter((e) => e.event === 'stats');
    const [first, second] = stats.map((e) => Date.parse(e.ts) / 1000);
    // A minute of packets a second, on a machine that may be busy.
    expect(second! - first!).toBeGreaterThan(20);
    expect(second! - first!).toBeLessThan(240);
    expect(events.at(-1)).toMatchObject({ event: 'ended', reason: 'signal' });
    expect(code).toBe(0);
  });

  it('takes a signal that comes twice, from the system and from the launcher, as one', async () => {
    const { text, code } = await stopped(1, (child) => {
      child.kill('SIGTERM');
      setImmediate(() => child.kill('SIGTERM'));
    });
    expect(code).toBe(0);
    expect(eventsOf(text).at(-1)).toMatchObject({ event: 'ended', reason: 'signal' });
  });

  it('leaves in its database what it saw when it is killed', async () => {
    const path = join(folder, 'killed.db');
    const child = spawn(process.execPath, [
      MAIN,
      'watch',
      '--replay',
      SAMPLE,
      '--speed',
      '120',
      '--json',
      '--db',
      path,
    ]);
    const closed = once(child, 'close');
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      const told = text.includes('"event":"incident"');
      text += data;
      // Some figures after the first incident: seconds in which both are stored.
      if (!told && text.includes('"event":"incident"')) setTimeout(() => child.kill('SIGKILL'), 4000);
    });
    await closed;
    const db = new Database(path, { readonly: true });
    const count = (table: string): number => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    for (const table of ['flows', 'hosts', 'incidents', 'incident_flows'])
      expect(count(table), table).toBeGreaterThan(0);
    expect(db.prepare('SELECT status FROM captures').pluck().all()).toEqual(['incomplete']);
    db.close();
  });

  it('says before it begins that flows cannot be written where they are to go', async () => {
    const { code, stdout, stderr } = await sonde(['watch', '--replay', SAMPLE, '--flows', join(folder, 'no', 'f.csv')]);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain('its folder does not exist');
  });

  it('ends after the duration that was asked for', async () => {
    const { stdout, code } = await sonde(['watch', '--replay', SAMPLE, '--duration', '1', '--json']);
    expect(eventsOf(stdout).at(-1)).toMatchObject({ event: 'ended', reason: 'duration' });
    expect(code).toBe(0);
  });

  it('says of a file that is no capture what triage says', async () => {
    const { stderr, code } = await sonde(['watch', '--replay', MAIN]);
    expect(stderr).toContain('not a packet capture');
    expect(code).toBe(3);
  });
});
