import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  LIVE_INCIDENTS,
  LIVE_SECONDS,
  liveEvent,
  type LiveDeskEvent,
} from '../../../src-shared/contract/topics/live.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { failureOf } from '../../../src-main/keep/store/failure.ts';
import { LiveHost, sessionName, type LiveStart } from '../../../src-main/run/api/live/host.ts';
import type { FromLive, LiveData, ToLive } from '../../../src-main/run/api/live/messages.ts';
import type { ThreadEvents } from '../../../src-main/run/pipeline/threads.ts';
import { incident, tick } from './examples.ts';

const CARD: LiveStart = {
  source: {
    kind: 'interface',
    name: 'eth0',
    filter: '',
    promiscuous: true,
    leaveOutOwn: true,
    processes: false,
    ring: 'off',
    ringMegabytes: 1024,
  },
  input: { kind: 'interface', name: 'eth0', filter: '', promiscuous: true, leaveOut: [], processes: false },
  ring: null,
  label: 'eth0',
  user: 'ann',
};

const STARTED = { interface: 'eth0', linkType: 'ETHERNET', engine: 'helper', kernelTimestamps: true } as const;

/** A host whose threads are played by the test. */
function makeHost() {
  const threads: { data: LiveData; events: ThreadEvents; sent: ToLive[]; tell(message: FromLive): void }[] = [];
  const captures: string[] = [];
  const told: LiveDeskEvent[] = [];
  let now = 1_000_000;
  const host = new LiveHost({
    connect: () => new MessageChannel().port1,
    now: () => now,
    onCapture: (capture, what) => void captures.push(`${what} ${capture}`),
    onSession: () => undefined,
    onBug: () => 'an error of ours',
    baselines: null,
    lists: '',
    start: (data, events) => {
      const sent: ToLive[] = [];
      threads.push({ data, events, sent, tell: (message) => events.onMessage(message) });
      return {
        send: (message) => void sent.push(message as ToLive),
        kill: () => {
          events.onEnd(new SondeError('worker-lost', 'gone', '', ''));
          return Promise.resolve();
        },
      };
    },
  });
  host.listen((event) => void told.push(liveEvent.parse(event)));
  const latest = () => threads.at(-1)!;
  return { host, threads, latest, captures, told, wait: (ms: number) => void (now += ms) };
}

async function running() {
  const made = makeHost();
  const begun = made.host.start(CARD);
  made.latest().tell({ type: 'started', started: STARTED });
  made.latest().tell({ type: 'begun', capture: 7, ringFolder: null });
  await begun;
  return made;
}

describe('a live session of the desk', () => {
  it('starts when packets can come, and is named after its source and its time', async () => {
    const { host, threads, captures } = await running();
    expect(host.session()).toMatchObject({
      session: 1,
      state: 'running',
      startedBy: 'ann',
      capture: 7,
      started: STARTED,
    });
    expect(host.session()?.name).toMatch(/^Live eth0 1 Jan \d\d:\d\d$/);
    expect(threads).toHaveLength(1);
    expect(captures).toEqual(['capture 7']);
    expect(host.isWriting(7)).toBe(true);
    expect(host.isWriting(8)).toBe(false);
  });

  it('refuses a second one while it runs', async () => {
    const { host } = await running();
    expect(() => host.start(CARD)).toThrow(/a session runs already: Live eth0/);
  });

  it('says why it could not start, and leaves the way free for the next try', async () => {
    const { host, latest } = makeHost();
    const begun = host.start(CARD);
    const refused = new SondeError('not-permitted', 'this user may not capture', 'eth0', 'Install the helper.');
    latest().tell({ type: 'failed', failure: failureOf(refused, 'eth0') });
    latest().events.onEnd(null);
    await expect(begun).rejects.toMatchObject({ code: 'not-permitted', cure: 'Install the helper.' });
    expect(host.session()).toMatchObject({ state: 'failed', error: { message: 'this user may not capture' } });
    const again = host.start(CARD);
    latest().tell({ type: 'started', started: STARTED });
    await expect(again).resolves.toMatchObject({ session: 2, state: 'running' });
  });

  it('passes on ticks and incidents, and tells all of it to a desk that is opened in the middle', async () => {
    const { host, latest, told, captures } = await running();
    latest().tell({ type: 'incident', event: incident('a') });
    latest().tell({
      type: 'tick',
      tick: tick(1, { droppedKernel: 3, droppedInterface: 0 }),
      heat: [['10.0.0.5', 900]],
    });
    latest().tell({
      type: 'tick',
      tick: tick(2, { droppedKernel: 5, droppedInterface: 0 }),
      heat: [['10.0.0.7', 100]],
    });
    latest().tell({ type: 'stored', uids: [] });
    expect(told.map(({ type }) => type).slice(-3)).toEqual(['incident', 'tick', 'tick']);
    expect(captures.at(-1)).toBe('incidents 7');
    const { points, tick: last, heat, incidents } = host.snapshot();
    expect(points.map(({ dropped, opened }) => [dropped, opened.critical])).toEqual([
      [3, 1],
      [2, 0],
    ]);
    expect(last?.tick).toBe(2);
    expect(heat).toEqual([
      { address: '10.0.0.5', values: [900, 0] },
      { address: '10.0.0.7', values: [0, 100] },
    ]);
    expect(incidents.map(({ incident: { uid } }) => uid)).toEqual(['a']);
  });

  it('remembers no more than it shows, whatever comes', async () => {
    const { host, latest } = await running();
    for (let n = 1; n <= LIVE_SECONDS + 50; n++) {
      const heat = Array.from({ length: 20 }, (_, i): [string, number] => [`10.0.${n % 256}.${i}`, n]);
      latest().tell({ type: 'tick', tick: tick(n), heat });
    }
    for (let n = 0; n < LIVE_INCIDENTS + 50; n++) latest().tell({ type: 'incident', event: incident(`uid ${n}`) });
    const { points, heat, incidents } = host.snapshot();
    expect(points).toHaveLength(LIVE_SECONDS);
    expect(heat).toHaveLength(40);
    expect(heat.every(({ values }) => values.length === LIVE_SECONDS)).toBe(true);
    expect(incidents).toHaveLength(LIVE_INCIDENTS);
  });

  it('is kept when it is stopped', async () => {
    const { host, latest, captures } = await running();
    const over = host.stop(true);
    expect(latest().sent).toEqual([{ type: 'stop', keep: true }]);
    expect(host.session()?.state).toBe('stopping');
    latest().tell({ type: 'ended', end: 'signal' });
    latest().tell({ type: 'done', kept: true });
    latest().events.onEnd(null);
    await expect(over).resolves.toMatchObject({ state: 'ended', end: 'signal', capture: 7 });
    expect(captures.at(-1)).toBe('capture 7');
    expect(host.active).toBe(false);
    expect(() => host.stop(true)).toThrow(/no session runs/);
  });

  it('leaves nothing when it is thrown away', async () => {
    const { host, latest, captures } = await running();
    const over = host.stop(false);
    latest().tell({ type: 'done', kept: false });
    latest().events.onEnd(null);
    await expect(over).resolves.toMatchObject({ state: 'ended', capture: null });
    // The row that was there is gone: lists are asked again.
    expect(captures.at(-1)).toBe('capture 7');
  });

  it('ends with the card that went away, and says so', async () => {
    const { host, latest } = await running();
    latest().tell({ type: 'error', code: 'interface-gone', message: 'eth0 is gone' });
    latest().tell({ type: 'ended', end: 'interface-gone' });
    latest().tell({ type: 'done', kept: true });
    latest().events.onEnd(null);
    expect(host.session()).toMatchObject({ state: 'ended', end: 'interface-gone', error: { message: 'eth0 is gone' } });
  });

  it('goes on in another thread when its own dies, three times in five minutes at most', async () => {
    const { host, threads, latest, told } = await running();
    latest().tell({ type: 'incident', event: incident('a') });
    for (const n of [1, 2, 3]) {
      await host.kill();
      expect(host.session()).toMatchObject({ session: n, state: 'failed', error: { code: 'worker-lost' } });
      await expect.poll(() => threads.length, { timeout: 3000 }).toBe(n + 1);
      latest().tell({ type: 'started', started: STARTED });
    }
    expect(host.snapshot().notices.map(({ code }) => code)).toEqual(['restarted', 'restarted', 'restarted']);
    // What the first thread watched, nobody watches any more.
    expect(host.snapshot().incidents.map(({ state }) => state)).toEqual(['closed']);
    await host.kill();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(threads).toHaveLength(4);
    expect(told.at(-1)).toMatchObject({ type: 'session', session: { state: 'failed' } });
  });

  it('does not begin again once it was told to stop', async () => {
    const { host, threads } = await running();
    await host.kill();
    await expect(host.stop(true)).resolves.toMatchObject({ state: 'failed' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(threads).toHaveLength(1);
  });

  it('keeps marks with who made them', async () => {
    const { host, told } = await running();
    host.mark('router restarted', 'ann');
    expect(told.at(-1)).toMatchObject({ notice: { id: 1, code: 'mark', message: 'router restarted', user: 'ann' } });
  });

  it('tells people the name of a file, not where it is stored', async () => {
    const { host, latest } = makeHost();
    const file = { kind: 'file', path: '/var/x/0123-a.pcap', speed: 1 } as const;
    const source = { kind: 'file', file: { kind: 'sample' }, speed: 1 } as const;
    const begun = host.start({ ...CARD, source, input: file, label: 'a.pcap' });
    latest().tell({ type: 'started', started: { ...STARTED, interface: file.path, engine: 'replay' } });
    await begun;
    latest().tell({ type: 'notice', code: 'network', message: `what ${file.path} sees` });
    expect(host.session()?.started?.interface).toBe('a.pcap');
    expect(host.snapshot().notices[0]?.message).toBe('what a.pcap sees');
    expect(host.session()?.name).toMatch(/^Replay of a\.pcap /);
  });

  it('ends and keeps what runs when the program ends', async () => {
    const { host, latest } = await running();
    const closed = host.close(5000);
    expect(latest().sent).toEqual([{ type: 'stop', keep: true }]);
    latest().tell({ type: 'done', kept: true });
    latest().events.onEnd(null);
    await closed;
    expect(host.session()?.state).toBe('ended');
    expect(() => host.start(CARD)).toThrow(/the program ends/);
  });
});

describe('sessionName', () => {
  it('has day, month and time', () => {
    const at = new Date(2026, 10, 21, 8, 40).getTime();
    expect(sessionName(CARD.source, 'eth0', at)).toBe('Live eth0 21 Nov 08:40');
  });
});
