/** Records to what the meter of packets would give: flows, events, seconds and windows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecords } from '../../../src-main/keep/imports/open-records.ts';
import { RecordReader } from '../../../src-main/keep/imports/reader.ts';
import { CONN_STATES, FLOW_EVENT } from '../../../src-main/meter/flows/types.ts';
import { formatAddress } from '../../../src-main/meter/hosts.ts';
import { RecordSource } from '../../../src-main/run/pipeline/record-source.ts';
import { LINE, nfFile, nfRecord, zeekLog, type Nf } from './records.ts';

let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-maker-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Seen {
  flows: string[];
  events: string[];
  /** Seconds with a pulse: packets in. */
  pulses: Map<number, number>;
  /** Windows of 60 s: packets out of the first host, by start. */
  windows: Map<number, number>;
  order: number[];
}

const NAMES = { [FLOW_EVENT.OPEN]: 'open', [FLOW_EVENT.ANSWERED]: 'answered', [FLOW_EVENT.REFUSED]: 'refused' };

async function run(content: string | Uint8Array): Promise<Seen> {
  const path = join(folder, 'in');
  writeFileSync(path, content);
  const reader = await openRecords([path]);
  if (!(reader instanceof RecordReader)) throw new Error('no records');
  const source = new RecordSource(reader);
  const seen: Seen = { flows: [], events: [], pulses: new Map(), windows: new Map(), order: [] };
  for (let last = false; !last;) {
    const next = await source.next();
    last = next === null;
    const { flows, events, pulses, windows, now } = next?.observations ?? source.finish();
    seen.order.push(now);
    for (let i = 0; i < events.count; i++) {
      const { kind, tcpFlags, sec } = events.columns;
      seen.events.push(`${NAMES[kind[i] as 1]} ${tcpFlags[i]} ${sec[i]! - T / 1000}`);
    }
    for (let i = 0; i < flows.count; i++) {
      const c = flows.columns;
      const [from, to] = [formatAddress(c.orig, i * 4), formatAddress(c.resp, i * 4)];
      const state = CONN_STATES[c.connState[i]!];
      seen.flows.push(`${from} > ${to} ${c.origPkts[i]}/${c.respPkts[i]} ${state} ${c.lastSec[i]! - c.sec[i]!}s`);
    }
    for (let i = 0; i < pulses.count; i++) {
      const { second, packetsIn } = pulses.columns;
      seen.pulses.set(second[i]!, (seen.pulses.get(second[i]!) ?? 0) + packetsIn[i]!);
    }
    for (let i = 0; i < windows.count; i++) {
      const { host, start, length, packetsOut } = windows.columns;
      if (host[i] === 1 && length[i] === 60) seen.windows.set(start[i]!, packetsOut[i]!);
    }
  }
  await source.close();
  return seen;
}

const T = 1_700_000_040_000;
const half = (nf: Partial<Nf>): Uint8Array =>
  nfRecord({ first: T, last: T, src: '10.0.0.5', dst: '10.0.0.9', sport: 40000, dport: 80, ...nf });
const answer: Partial<Nf> = { src: '10.0.0.9', dst: '10.0.0.5', sport: 80, dport: 40000 };

describe('halves of flows', () => {
  it('become one, answered when the second half began', async () => {
    const { flows, events } = await run(
      nfFile([half({ ...answer, first: T + 2000, last: T + 4000, flags: 0x1b, packets: 3 }), half({ last: T + 5000, flags: 0x1b, packets: 4 })]), // prettier-ignore
    );
    expect(flows).toEqual(['10.0.0.5 > 10.0.0.9 4/3 SF 5s']);
    expect(events).toEqual(['open 2 0', 'answered 18 2']);
  });

  it('that came at the same moment are told apart by who has the higher port', async () => {
    const { flows } = await run(nfFile([half({ ...answer, flags: 0x12 }), half({ flags: 2 })]));
    expect(flows).toEqual(['10.0.0.5 > 10.0.0.9 1/1 S1 0s']);
  });

  it('that are answers to nothing seen have their ends exchanged', async () => {
    const { flows } = await run(nfFile([half({ ...answer, flags: 0x18, packets: 2 })]));
    expect(flows).toEqual(['10.0.0.5 > 10.0.0.9 0/2 OTH 0s']);
  });

  it('that a router cut off at its timeout are one flow again', async () => {
    const parts = [0, 1, 2, 3].map((i) => half({ first: T + i * 60_000, last: T + i * 60_000 + 59_000, flags: i === 0 ? 2 : 16 })); // prettier-ignore
    expect((await run(nfFile(parts))).flows).toEqual(['10.0.0.5 > 10.0.0.9 4/0 S0 239s']);
  });

  it('that begin anew with a SYN, or after a long silence, are other flows', async () => {
    const again = half({ first: T + 10_000, last: T + 10_000, flags: 2 });
    expect((await run(nfFile([half({ flags: 2 }), again]))).flows).toHaveLength(2);
    const late = half({ first: T + 61_000, last: T + 61_000, proto: 17 });
    expect((await run(nfFile([half({ proto: 17 }), late]))).flows).toHaveLength(2);
  });

  it('with RST alone are refusals', async () => {
    const { events } = await run(
      nfFile([half({ flags: 2 }), half({ ...answer, first: T + 1, last: T + 1, flags: 0x14 })]),
    );
    expect(events).toEqual(['open 2 0', 'refused 20 0']);
  });
});

const zeek = (start: number, duration: string, pkts: number, state = 'SF', history = 'ShADadFf'): string =>
  LINE.replace('1591367999.305988', String(T / 1000 + start))
    .replace('0.066852', duration)
    .replace(' udp dns ', ' tcp - ')
    .replace(' SF 0 Dd 2 118 2 197', ` ${state} 0 ${history} ${pkts} ${pkts * 60} 0 0`);

describe('the time of a flow', () => {
  it('is that of its packets, spread evenly: a flood is one in every second of it', async () => {
    const { pulses } = await run(zeekLog([zeek(0, '9.5', 5000)]));
    expect(pulses.size).toBe(10);
    expect([...pulses.values()].every((packets) => packets === 500)).toBe(true);
  });

  it('beyond ten minutes makes no burst of what lay in many seconds, and no packet is lost', async () => {
    const { pulses, windows } = await run(zeekLog([zeek(0, '7199', 7200 * 5)]));
    expect(pulses.size).toBe(0);
    expect([...windows.values()].reduce((sum, packets) => sum + packets, 0)).toBe(36_000);
    expect(Math.max(...windows.values())).toBeLessThanOrEqual(301);
  });

  it('in years costs no more than one in minutes', async () => {
    const { flows, order } = await run(zeekLog([zeek(0, '300000000', 2 ** 45)]));
    expect(flows).toHaveLength(1);
    expect(order.length).toBeLessThan(1000);
  });

  it('never runs backwards', async () => {
    const { order, flows } = await run(zeekLog([zeek(500, '1', 1), zeek(3, '1000', 9), zeek(100, '1', 1)]));
    expect(flows).toHaveLength(3);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('tells what began a flow by the first letter of its history', async () => {
    const { events } = await run(
      zeekLog([zeek(0, '1', 1, 'OTH', 'F'), zeek(1, '1', 1, 'S0', 'S'), zeek(2, '1', 1, 'SH', '^hR')]),
    );
    expect(events).toEqual(['open 1 0', 'open 2 1', 'open 18 2']);
  });
});
