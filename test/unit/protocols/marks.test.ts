import { describe, expect, it } from 'vitest';
import { NO, type Inspector, type Mark, type Probe } from '../../../src-main/meter/protocols/inspector.ts';
import { inspectors } from '../../../src-main/meter/protocols/registry.ts';
import { SAMPLES } from './samples.ts';

const ROUNDS = 200;
const LONGEST = 160;

/** The same numbers in each run. */
let state = 1;
const random = (below: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

function shown(inspector: Inspector, tcp: boolean, data: Uint8Array): Probe {
  const port = inspector.ports[0] ?? 40_000;
  const fromOrig = random(2) === 0;
  const bounds = { data, at: 0, end: data.length, partial: false, other: null, otherEnd: 0 };
  return { ...bounds, tcp, fromOrig, origPort: 50_000, respPort: port, fromStart: true, tries: 0 };
}

/** Random bytes, or a message of the protocol, with another byte at the mark's place, or cut before it. */
function unmarked(base: Uint8Array | undefined, { at, bytes }: Mark): Uint8Array {
  const whole = base ? Uint8Array.from(base) : Uint8Array.from({ length: 1 + random(LONGEST) }, () => random(256));
  if (whole.length <= at) return whole;
  if (at > 0 && random(8) === 0) return whole.subarray(0, 1 + random(at));
  while (bytes.includes(whole[at]!)) whole[at] = random(256);
  return whole;
}

const MARKED = inspectors.flatMap((inspector) => {
  const { tcp, udp } = inspector.marks ?? {};
  const of = (name: string, overTcp: boolean, mark?: Mark) => (mark ? [[name, inspector, overTcp, mark] as const] : []);
  return [...of(`${inspector.id} over TCP`, true, tcp), ...of(`${inspector.id} over UDP`, false, udp)];
});

describe('marks of protocols', () => {
  it('are known of some', () => expect(MARKED.length).toBeGreaterThan(20));

  it.each(MARKED)('%s: what lacks its mark is none of it', (_name, inspector, tcp, mark) => {
    const sample = SAMPLES.find((s) => s.id === inspector.id);
    const base = sample ? Uint8Array.from(sample.payload) : undefined;
    const named: Uint8Array[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const data = unmarked(i % 2 === 0 ? base : undefined, mark);
      if (inspector.probe(shown(inspector, tcp, data)) !== NO) named.push(data);
    }
    expect(named).toEqual([]);
  });

  /** Of others the probe leaves the first byte to the list. */
  const BY_FIRST = ['redis', 'ntp', 'quic', 'rdpeudp', 'roughtime'];

  it.each(BY_FIRST)('%s begins with its first bytes', (id) => {
    const inspector = inspectors.find((i) => i.id === id)!;
    const named: Uint8Array[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const data = unmarked(undefined, { at: 0, bytes: inspector.first ?? [] });
      if (inspector.probe(shown(inspector, inspector.over !== 'udp', data)) !== NO) named.push(data);
    }
    expect(named).toEqual([]);
  });
});
