/** What an engine may try that a hostile capture has taken over, and what a page may try on its line to it. */
import { describe, expect, it } from 'vitest';
import { makeClient } from '../../../src-shared/contract/client.ts';
import { contract } from '../../../src-shared/contract/index.ts';
import { memoryLine } from '../../../src-shared/contract/double.ts';
import { EngineHost, type EngineHostOptions } from '../../../src-main/run/shell/engine-host.ts';
import type { Child } from '../../../src-main/run/shell/electron-parts.ts';
import { Granted, withGrants } from '../../../src-main/run/shell/granted.ts';
import type { FromEngine } from '../../../src-main/run/shell/messages.ts';

type Listener = (value: never) => void;

/** A process that says what the test makes it say. */
class FakeChild implements Child {
  readonly sent: unknown[] = [];
  killed = 0;
  private readonly listeners = new Map<string, Listener>();

  on(event: string, listener: Listener): void {
    this.listeners.set(event, listener);
  }

  postMessage(message: unknown): void {
    this.sent.push(structuredClone(message));
  }

  kill(): boolean {
    this.killed++;
    return true;
  }

  say(message: unknown): void {
    this.listeners.get('message')!(structuredClone(message) as never);
  }

  exit(code = 1): void {
    this.listeners.get('exit')!(code as never);
  }
}

function hosted(): {
  host: EngineHost;
  children: FakeChild[];
  heard: FromEngine[];
  log: string[];
  waits: { ms: number; work(): void }[];
  pass(ms: number): void;
} {
  const children: FakeChild[] = [];
  const heard: FromEngine[] = [];
  const log: string[] = [];
  const waits: { ms: number; work(): void }[] = [];
  let now = 0;
  const options: EngineHostOptions = {
    start: () => {
      const child = new FakeChild();
      children.push(child);
      return child;
    },
    later: (ms, work) => void waits.push({ ms, work }),
    now: () => now,
  };
  const host = new EngineHost(options, {
    onMessage: (message) => void heard.push(message),
    onLost: () => undefined,
    onGivenUp: (error) => void log.push(`given up: ${error?.message ?? 'no word'}`),
    onNonsense: () => void log.push('nonsense'),
  });
  return { host, children, heard, log, waits, pass: (ms) => void (now += ms) };
}

describe('an engine that says what it never says', () => {
  it.each([
    ['nothing', undefined],
    ['a text', 'ready'],
    ['a message of no kind', { type: 'quit' }],
    ['a kind from the prototype', { type: '__proto__' }],
    ['a job that is a path', { type: 'opened', job: '/etc/passwd' }],
    ['progress beyond the end', { type: 'working', names: [], share: 7 }],
    ['names without end', { type: 'working', names: Array.from({ length: 1001 }, () => 'x'), share: null }],
    [
      'a code of no error',
      { type: 'failed', error: { code: 'constructor', message: '', where: '', cure: '', at: null } },
    ],
    [
      'a severity of no kind',
      {
        type: 'finished',
        name: '',
        capture: 1,
        incidents: 1,
        failed: null,
        first: { uid: 'a', title: '', severity: 'x' },
      },
    ],
  ])('is not believed: %s', (_name, message) => {
    const { host, children, heard, log } = hosted();
    host.start();
    children[0]!.say(message);
    expect(heard).toEqual([]);
    expect(log).toEqual(['nonsense']);
  });

  it('answers no question that was not asked, and none twice', async () => {
    const { host, children } = hosted();
    host.start();
    children[0]!.say({ type: 'answered', request: 1, error: null });
    children[0]!.say({ type: 'ready' });
    const asked = host.ask({ what: 'save', id: 'a', to: '/b' });
    await Promise.resolve();
    children[0]!.say({ type: 'answered', request: 99, error: null });
    const { request } = children[0]!.sent.at(-1) as { request: number };
    const error = { code: 'not-found', message: 'gone', where: '', cure: '', at: null };
    children[0]!.say({ type: 'answered', request, error });
    children[0]!.say({ type: 'answered', request, error: null });
    await expect(asked).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is not heard any more once it is gone', () => {
    const { host, children, heard, waits } = hosted();
    host.start();
    children[0]!.exit();
    waits.shift()!.work();
    children[0]!.say({ type: 'ready' });
    expect(heard).toEqual([]);
    expect(children).toHaveLength(2);
  });
});

describe('an engine that dies', () => {
  it('is started again with growing waits, then given up; each wait begins anew after a while', async () => {
    const { host, children, log, waits, pass } = hosted();
    host.start();
    const waiting = host.whenReady();
    for (const ms of [200, 1000, 5000]) {
      children.at(-1)!.exit();
      expect(waits.at(-1)!.ms).toBe(ms);
      waits.at(-1)!.work();
    }
    children.at(-1)!.say({ type: 'ready' });
    await waiting;
    pass(60_000);
    children.at(-1)!.exit();
    expect(waits.at(-1)!.ms).toBe(200);
    for (let n = 0; n < 3; n++) {
      waits.at(-1)!.work();
      children.at(-1)!.exit();
    }
    expect(log).toEqual(['given up: no word']);
    await expect(host.whenReady()).rejects.toMatchObject({ code: 'worker-lost' });
    host.retry();
    expect(children).toHaveLength(8);
  });

  it('fails what was asked of it', async () => {
    const { host, children } = hosted();
    host.start();
    children[0]!.say({ type: 'ready' });
    const asked = host.ask({ what: 'protect', path: '/a' });
    await Promise.resolve();
    children[0]!.exit();
    await expect(asked).rejects.toMatchObject({ code: 'worker-lost' });
  });

  it('that says why is believed, and not tried again by itself', () => {
    const { host, children, log, waits } = hosted();
    host.start();
    const error = { code: 'database-busy', message: 'another desk has it', where: '', cure: '', at: null };
    children[0]!.say({ type: 'failed', error });
    children[0]!.exit();
    expect([log, waits]).toEqual([['given up: another desk has it'], []]);
  });

  it('at the end is waited for, then killed', async () => {
    const { host, children, waits } = hosted();
    host.start();
    children[0]!.say({ type: 'ready' });
    const closed = host.close();
    expect(children[0]!.sent).toEqual([{ type: 'close' }]);
    expect(waits.at(-1)!.ms).toBe(25_000);
    waits.at(-1)!.work();
    await closed;
    expect(children[0]!.killed).toBe(1);
  });

  it('that is just starting at the end is closed as soon as it can be', async () => {
    const { host, children } = hosted();
    host.start();
    const closed = host.close();
    children[0]!.say({ type: 'ready' });
    expect(children[0]!.sent).toEqual([{ type: 'close' }]);
    children[0]!.exit(0);
    await closed;
    await expect(host.whenReady()).rejects.toThrow();
  });
});

describe('a page on its line', () => {
  function line(granted: string[]): {
    send(message: unknown): void;
    passed: unknown[];
    back: unknown[];
    reading: string[][];
  } {
    const [near, far] = memoryLine();
    const known = new Granted();
    known.add(granted);
    const [passed, back, reading]: [unknown[], unknown[], string[][]] = [[], [], []];
    withGrants(far, known, (paths) => void reading.push(paths)).onMessage((message) => void passed.push(message));
    near.onMessage((message) => void back.push(message));
    return { send: (message) => near.send(message), passed, back, reading };
  }
  const call = (sources: unknown, more: object = {}): object => {
    return { type: 'call', id: 1, name: 'captures.import', input: { sources, ...more } };
  };
  const settle = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));

  it.each([
    ['another file', [{ kind: 'path', path: '/etc/passwd' }]],
    ['another way to write it', [{ kind: 'path', path: '/srv/x/../a.pcap' }]],
    [
      'another one beside it',
      [
        { kind: 'path', path: '/srv/a.pcap' },
        { kind: 'path', path: '/srv/b.pcap' },
      ],
    ],
  ])('has %s not read', async (_name, sources) => {
    const { send, passed, back, reading } = line(['/srv/a.pcap']);
    send(call(sources));
    await settle();
    expect(passed).toEqual([]);
    expect(reading).toEqual([]);
    expect(back).toMatchObject([{ type: 'error', id: 1, error: { code: 'not-allowed' } }]);
  });

  it('has played live only what the user chose', async () => {
    const play = (path: string): object => {
      const input = { kind: 'file', file: { kind: 'path', path }, speed: 'max' };
      return { type: 'call', id: 1, name: 'live.start', input };
    };
    const { send, passed, back } = line(['/srv/a.pcap']);
    send(play('/etc/passwd'));
    await settle();
    expect(passed).toEqual([]);
    expect(back).toMatchObject([{ type: 'error', id: 1, error: { code: 'not-allowed' } }]);
    send(play('/srv/a.pcap'));
    await settle();
    expect(passed).toEqual([play('/srv/a.pcap')]);
  });

  it('has read what the user chose, the sample and uploads', async () => {
    const { send, passed, reading } = line(['/srv/a.pcap']);
    const sources = [{ kind: 'path', path: '/srv/a.pcap' }, { kind: 'sample' }, { kind: 'upload', id: 'x' }];
    send(call(sources));
    await settle();
    expect(passed).toHaveLength(1);
    expect(reading).toEqual([['/srv/a.pcap']]);
  });

  it('gets no further by a message that does not fit: the contract refuses it', async () => {
    const [near, far] = memoryLine();
    const seen: unknown[] = [];
    const { makeDispatcher } = await import('../../../src-shared/contract/dispatch.ts');
    const { captures } = contract;
    const handlers = { captures: new Proxy({}, { get: () => (input: unknown) => seen.push(input) }) };
    makeDispatcher({ captures }, handlers as never).serve(
      withGrants(far, new Granted(), () => undefined),
      {
        user: 'ann',
        role: 'admin',
        host: 'desktop',
      },
    );
    const client = makeClient({ captures }, near);
    for (const input of [
      { sources: [{ kind: 'path', path: '/etc/passwd', more: 1 }] },
      { sources: [{ kind: 'path', path: ['/etc/passwd'] }] },
      { sources: { 0: { kind: 'path', path: '/etc/passwd' }, length: 1 } },
      { sources: [{ kind: 'path', path: '/etc/passwd' }], more: 1 },
      { sources: [JSON.parse('{"kind":"path","path":"/etc/passwd","__proto__":{}}')] },
    ])
      await expect(client.captures.import(input as never)).rejects.toMatchObject({
        code: expect.stringMatching(/^(bad-request|not-allowed)$/),
      });
    expect(seen).toEqual([]);
  });

  it('cannot fill the memory with files that were chosen', () => {
    const granted = new Granted();
    granted.add(Array.from({ length: 5000 }, (_, n) => `/${n}`));
    expect(granted.list()).toHaveLength(4096);
    expect([granted.has('/0'), granted.has('/4999')]).toEqual([false, true]);
  });
});
