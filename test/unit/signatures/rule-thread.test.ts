/** The engine on a thread of its own finds what the engine here finds. */
import { describe, expect, it } from 'vitest';
import type { SignatureEngine } from '../../../src-main/detect/signatures/engine/contract.ts';
import { RuleEngine } from '../../../src-main/detect/signatures/engine/engine.ts';
import type { RuleSet } from '../../../src-main/detect/signatures/rules/parse.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import type { HostTable } from '../../../src-main/meter/hosts.ts';
import { makeMeter } from '../../../src-main/run/pipeline/meter.ts';
import { engineOf, RuleThread, THREAD_FROM } from '../../../src-main/run/pipeline/rules/rule-thread.ts';
import { AlertList, readAlerts } from '../../../src-main/run/pipeline/rules/rule-messages.ts';
import { batchOf, CLIENT, rulesOf, SERVER, Talk } from './talk.ts';

const TEXTS = [
  'alert tcp any any -> any any (msg:"word"; flow:established,to_server; content:"EVILWORD"; sid:1; rev:3;)',
  'alert http any any -> any any (msg:"path"; http.uri; content:"/admin"; classtype:web-application-attack; sid:2;)',
  'alert tcp any any -> any any (msg:"syn"; flags:S; sid:3;)',
  'alert tcp any any -> any any (msg:"at its end"; flow:established,to_client; content:"late"; sid:4;)',
  'alert tcp any any -> any any (nosuchkeyword; sid:5;)',
];
const FILE = 'test.rules';
const textsOf = (rules: readonly string[]): { file: string; text: string; isKnown: boolean }[] => [
  { file: FILE, text: rules.join('\n'), isKnown: false },
];

/** Conversations that begin in one batch and end in another. */
function frames(): Uint8Array[] {
  const talks = Array.from({ length: 40 }, (_, i) => {
    const talk = new Talk(80, 41_000 + i).open();
    talk.up(
      i % 3 === 0 ? 'xxEVILWORDxx' : `GET /${i % 2 === 0 ? 'admin' : 'home'} HTTP/1.1\r\nHost: a.example\r\n\r\n`,
    );
    talk.down(i % 5 === 0 ? 'it came late' : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    // Some say goodbye, others are over when the capture is.
    return i % 4 === 0 ? talk : talk.close();
  });
  const all: Uint8Array[] = [];
  const longest = Math.max(...talks.map((talk) => talk.frames.length));
  for (let i = 0; i < longest; i++) for (const talk of talks) if (talk.frames[i]) all.push(talk.frames[i]!);
  return all;
}

interface Seen {
  found: Map<string, Finding>;
  /** Alerts that were known after each batch. */
  steps: number[];
  report: ReturnType<SignatureEngine['report']>;
}

async function look(make: (hosts: HostTable) => SignatureEngine, sizes: readonly number[]): Promise<Seen> {
  const meter = makeMeter();
  const engine = make(meter.hosts);
  const [found, steps] = [new Map<string, Finding>(), [] as number[]];
  const note = (): void => {
    for (const [key, finding] of engine.findings()) found.set(key, finding);
    steps.push(engine.report().signatures.reduce((sum, { count }) => sum + count, 0));
  };
  meter.onSegments = (packets, segments, table) => engine.packets(packets, segments, table);
  const all = frames();
  try {
    for (let from = 0, i = 0; from < all.length; from += sizes[i % sizes.length]!, i++) {
      engine.observe(meter.push(batchOf(all.slice(from, from + sizes[i % sizes.length]!), from)));
      note();
      await engine.settled?.();
    }
    engine.observe(meter.finish());
    note();
    await engine.finish();
    note();
    return { found, steps, report: engine.report() };
  } finally {
    await engine.close?.();
  }
}

const here = (set: RuleSet) => (hosts: HostTable) => new RuleEngine({ set, hosts });
const apart = (set: RuleSet) => (hosts: HostTable) => new RuleThread(set, textsOf(TEXTS), hosts);

describe('rules on a thread of their own', () => {
  it.each([[[7]], [[1, 60, 3]], [[1000]]])('find what they find here: batches of %s packets', async (sizes) => {
    const set = rulesOf(...TEXTS);
    const alone = await look(here(set), sizes);
    const threaded = await look(apart(set), sizes);
    expect(threaded.report).toEqual(alone.report);
    expect(threaded.found).toEqual(alone.found);
    expect(alone.report.signatures.map(({ sid }) => sid).sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
    expect(alone.report.rules.refused).toHaveLength(1);
  });

  it('tell after a fixed number of batches, however fast they are', async () => {
    const set = rulesOf(...TEXTS);
    const alone = await look(here(set), [7]);
    const threaded = await look(apart(set), [7]);
    const behind = 8;
    // All but what is told when there are no more packets.
    for (let i = behind + 1; i < alone.steps.length - 2; i++)
      expect(threaded.steps[i]).toBe(alone.steps[i - behind - 1]);
    expect(threaded.steps.at(-1)).toBe(alone.steps.at(-1));
    expect(threaded.steps[behind]).toBe(0);
  });

  it('see a batch after which no flow was looked for', async () => {
    const set = rulesOf(...TEXTS);
    const meter = makeMeter();
    const thread = apart(set)(meter.hosts);
    meter.onSegments = (packets, segments, table) => thread.packets(packets, segments, table);
    const all = frames();
    const half = all.length >> 1;
    meter.push(batchOf(all.slice(0, half), 0));
    thread.observe(meter.push(batchOf(all.slice(half), half)));
    await thread.finish();
    expect([...thread.findings()].length).toBeGreaterThan(0);
    expect(thread.report()).toEqual((await look(here(set), [half])).report);
    await thread.close();
  });

  it('end the run with what went wrong', async () => {
    const set = rulesOf(...TEXTS);
    const broken = (hosts: HostTable): SignatureEngine => new RuleThread(set, textsOf(TEXTS.slice(1)), hosts);
    await expect(look(broken, [7])).rejects.toThrow('read 3 rules, and not 4');
  });

  it('have one where it pays', async () => {
    const set = rulesOf(...TEXTS);
    const { hosts } = makeMeter();
    const loaded = { set, texts: textsOf(TEXTS) };
    const large = engineOf(loaded, hosts, { threads: 2, bytes: THREAD_FROM });
    expect(large).toBeInstanceOf(RuleThread);
    await large.close?.();
    expect(engineOf(loaded, hosts, { threads: 2, bytes: THREAD_FROM - 1 })).toBeInstanceOf(RuleEngine);
    expect(engineOf(loaded, hosts, { threads: 2, bytes: NaN })).toBeInstanceOf(RuleEngine);
    expect(engineOf(loaded, hosts, { threads: 1, bytes: THREAD_FROM })).toBeInstanceOf(RuleEngine);
    expect(engineOf({ set }, hosts, { threads: 2, bytes: THREAD_FROM })).toBeInstanceOf(RuleEngine);
    const none = rulesOf();
    expect(engineOf({ set: none, texts: [] }, hosts, { threads: 2, bytes: THREAD_FROM })).toBeInstanceOf(RuleEngine);
  });

  it('say what they told as it was', () => {
    const list = new AlertList();
    const words = Uint32Array.from([0, 0, 0xffff, 0xc0a8010a, 0xffffffff, 1, 2, 3]);
    const told = { src: words, srcAt: 0, dst: words, dstAt: 4, now: 1_700_000_000.123456, port: 443 };
    const ways = ['client', 'server', null] as const;
    for (let i = 0; i < 100; i++) list.add(i, { ...told, way: ways[i % 3]!, flow: i === 99 ? -1 : 2 ** 40 + i });
    const read: unknown[] = [];
    readAlerts(list.take(), (order, { src, srcAt, dst, dstAt, now, port, way, flow }) =>
      read.push({
        order,
        src: [...src.slice(srcAt, srcAt + 4)],
        dst: [...dst.slice(dstAt, dstAt + 4)],
        now,
        port,
        way,
        flow,
      }),
    );
    expect(read).toHaveLength(100);
    expect(read[99]).toEqual({
      order: 99,
      src: [0, 0, 0xffff, 0xc0a8010a],
      dst: [0xffffffff, 1, 2, 3],
      now: told.now,
      port: 443,
      way: 'client',
      flow: -1,
    });
    expect(read[1]).toMatchObject({ order: 1, way: 'server', flow: 2 ** 40 + 1 });
    expect(read[2]).toMatchObject({ way: null });
    expect(list.take()).toHaveLength(0);
  });

  it('name both ends by their addresses', async () => {
    const { found } = await look(apart(rulesOf(...TEXTS)), [7]);
    const titles = [...found.values()].map(({ title }) => title);
    expect(titles).toContain(`word: ${CLIENT} to ${SERVER}`);
  });
});
