import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../src-shared/contract/index.ts';
import { makeDouble } from '../../../src-shared/contract/double.ts';
import type { Transport } from '../../../src-shared/contract/wire.ts';
import { formatSure } from '../../../src-shared/domain/amounts.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { ago, axisTime, dateTime, secondsOf, timeTicks, zoneOf } from '../../../src-renderer/lib/clock.ts';
import { Connection } from '../../../src-renderer/lib/connection.ts';
import { brief, counted, measured, score } from '../../../src-renderer/lib/numbers.ts';
import { Queries } from '../../../src-renderer/lib/queries.ts';
import { tokenOf } from '../../../src-renderer/lib/sign-in.ts';

const tick = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 10));

describe('regions that scroll', () => {
  // What is placed within them (.sr-only) would make the document longer than the window otherwise.
  it.each([
    ['styles/shell.css', 'view'],
    ['styles/shell.css', 'side'],
    ['styles/parts.css', 'table-scroll'],
    ['features/lab/lab.css', 'lab-tall'],
    ['features/lab/lab.css', 'lab-values'],
    ['features/hosts/hosts.css', 'host-scroll'],
  ])('%s: .%s holds what is placed in it', (file, name) => {
    const css = readFileSync(new URL(`../../../src-renderer/${file}`, import.meta.url), 'utf8');
    const rule = new RegExp(`^\\.${name} \\{([^}]*)\\}`, 'm').exec(css)?.[1] ?? '';
    expect(rule).toMatch(/overflow(-[xy])?: auto/);
    expect(rule).toContain('position: relative');
  });
});

describe('times', () => {
  it('are exact and in the chosen zone', () => {
    expect(secondsOf('2026-03-10T09:22:00.123456789Z')).toBeCloseTo(1773134520.123456, 6);
    expect(dateTime(1773134520, 'UTC')).toBe('2026-03-10 09:22:00');
    expect(dateTime(1773134520, 'Asia/Tokyo')).toBe('2026-03-10 18:22:00');
    expect(axisTime(1773134520, 3600, 'UTC')).toBe('09:22');
    expect(axisTime(1773134520, 3 * 86_400, 'UTC')).toBe('03-10 09:22');
    expect(axisTime(1773134520, 900 * 86_400, 'UTC')).toBe('2026-03-10');
    expect(zoneOf('No/Where')).toBeUndefined();
  });

  it('have round ticks', () => {
    expect(timeTicks(100, 700, 5)).toEqual([120, 240, 360, 480, 600]);
    expect(timeTicks(0, 0.1, 5)).toHaveLength(6);
  });

  it('say how long ago', () => {
    expect(ago(0, 59_000)).toBe('just now');
    expect(ago(0, 2 * 3_600_000)).toBe('2 hours ago');
  });
});

describe('numbers', () => {
  it('are short on axes and never claim more than they are', () => {
    expect([brief(0), brief(950), brief(1234), brief(45_000), brief(3_000_000)]).toEqual([
      '0',
      '950',
      '1.2k',
      '45k',
      '3M',
    ]);
    expect([brief(0.00085), brief(-0.00085)]).toEqual(['8.5e−4', '−8.5e−4']);
    expect([score(0.997), score(1), score(0.5)]).toEqual(['0.99', '1.00', '0.50']);
    // In reports as on the desk.
    for (const value of [0, 0.29, 0.985, 0.987, 0.994, 0.999, 1])
      expect(formatSure(value)).toBe(`${Math.round(Number(score(value)) * 100)} %`);
    expect([formatSure(0.985), formatSure(0.999)]).toEqual(['98 %', '99 %']);
    expect([counted(1, 'flow'), counted(2000, 'flow')]).toEqual(['1 flow', '2,000 flows']);
    expect([measured(768, 'bytes'), measured(2.8, 's'), measured(5, 'logins')]).toEqual(['768 B', '2.8 s', '5 logins']);
    expect(measured(1433, 'port')).toBe('port 1433');
  });
});

describe('the token of the first visit', () => {
  it('is read from the fragment alone', () => {
    expect(tokenOf('#token=aB-9_x')).toBe('aB-9_x');
    expect(tokenOf('#/open?token=x')).toBeNull();
  });
});

describe('questions', () => {
  const desk = (answers: () => { captures: [] }) => makeDouble(contract, { captures: { list: answers } }).client;

  it('are asked once for two who look, and again after a change', async () => {
    let asked = 0;
    const queries = new Queries();
    queries.connect(desk(() => (asked++, { captures: [] })));
    const load = (client: ReturnType<typeof desk>) => client.captures.list({});
    queries.watch('k', ['captures'], load, () => undefined);
    const leave = queries.watch('k', ['captures'], load, () => undefined);
    await tick();
    expect([asked, queries.read('k').data]).toEqual([1, { captures: [] }]);
    queries.invalidate('settings');
    queries.invalidate('captures');
    await tick();
    expect(asked).toBe(2);
    leave();
  });

  it('are shown anew only where the answer is another one', async () => {
    const answers = [[], [], [{ id: 1 }]];
    let shown = 0;
    const queries = new Queries();
    queries.connect(desk(() => ({ captures: [] })));
    queries.watch(
      'k',
      ['captures'],
      () => Promise.resolve({ captures: answers.shift() }),
      () => shown++,
    );
    await tick();
    const first = queries.read('k').data;
    queries.invalidate('captures');
    await tick();
    expect([shown, queries.read('k').data === first]).toEqual([1, true]);
    queries.invalidate('captures');
    await tick();
    expect([shown, queries.read('k').data]).toEqual([2, { captures: [{ id: 1 }] }]);
  });

  it('keep the last answer beside an error, and are asked again on a new connection', async () => {
    let fail = false;
    const answers = (): { captures: [] } => {
      if (fail) throw new SondeError('worker-lost', 'the worker ended', '', '');
      return { captures: [] };
    };
    const queries = new Queries();
    queries.connect(desk(answers));
    queries.watch(
      'k',
      ['captures'],
      (client) => client.captures.list({}),
      () => undefined,
    );
    await tick();
    fail = true;
    queries.reload('k');
    await tick();
    expect([queries.read('k').data, queries.read('k').error?.code]).toEqual([{ captures: [] }, 'worker-lost']);
    fail = false;
    queries.connect(desk(answers));
    await tick();
    expect(queries.read('k').error).toBeUndefined();
  });
});

describe('the connection', () => {
  const silent: Transport = {
    send: () => undefined,
    onMessage: () => undefined,
    onClose: () => undefined,
    close: () => undefined,
  };

  it('comes back by itself, waiting longer each time, and counts how often', async () => {
    const sockets: { open(): void; close(): void }[] = [];
    const waits: { ms: number; work(): void }[] = [];
    const connection = new Connection({
      open: (on) => (sockets.push(on), silent),
      alive: () => Promise.resolve(false),
      later: (ms, work) => (waits.push({ ms, work }), () => undefined),
    });
    connection.start();
    sockets[0]!.open();
    expect(connection.current()).toMatchObject({ state: 'open', generation: 1 });
    sockets[0]!.close();
    await tick();
    expect(connection.current().state).toBe('lost');
    waits[0]!.work();
    sockets[1]!.close();
    await tick();
    expect(waits.map(({ ms }) => ms)).toEqual([500, 1000]);
    waits[1]!.work();
    sockets[2]!.open();
    expect(connection.current()).toMatchObject({ state: 'open', generation: 2 });
  });

  it('tells a program that does not know us from one that is gone', async () => {
    const sockets: { close(): void }[] = [];
    const connection = new Connection({
      open: (on) => (sockets.push(on), silent),
      alive: () => Promise.resolve(true),
      later: () => () => undefined,
    });
    connection.start();
    sockets[0]!.close();
    await tick();
    expect(connection.current().state).toBe('signed-out');
  });
});
