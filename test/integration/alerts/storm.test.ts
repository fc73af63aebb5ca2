/** Storm control over the live path of the desk: one thing that grows is one incident, and few alerts. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemorySecrets } from '../../../src-main/keep/alerts/secrets.ts';
import type { Alert } from '../../../src-main/keep/alerts/types.ts';
import { openDesk, type OpenDesk } from '../../../src-main/run/api/desk.ts';
import { makeClient } from '../../../src-shared/contract/client.ts';
import { memoryLine } from '../../../src-shared/contract/double.ts';
import { contract, type DeskClient } from '../../../src-shared/contract/index.ts';
import { ethernet, frame, ipv4, tcp } from '../../generator/frames.ts';
import { pcapFile } from '../../generator/write.ts';
import { calm, scan } from '../cli/captures.ts';

const SLOW = 300_000;
const SECOND = 1_000_000_000n;
const HOUR = 3_600_000;
const [ACTOR, TARGET] = ['10.0.0.66', '10.0.0.9'];

type Packets = { ts: bigint; data: Uint8Array }[];

const START = scan(1)[0]!.ts;
const later = (packets: Packets, seconds: number): Packets =>
  packets.map(({ ts, data }) => ({ ts: ts + BigInt(seconds) * SECOND, data }));

/** A connection that is opened and reset at once: a hint, not yet a scan. */
function probe(dport: number): Packets {
  const there = ipv4({ src: ACTOR, dst: TARGET });
  const back = ipv4({ src: TARGET, dst: ACTOR });
  const sport = 40_000 + dport;
  return [
    frame(ethernet(), there, tcp({ sport, dport, flags: 'S', seq: 1 })),
    frame(ethernet(), back, tcp({ sport: dport, dport: sport, flags: 'SA', seq: 9, ack: 2 })),
    frame(ethernet(), there, tcp({ sport, dport, flags: 'R', seq: 2 })),
  ].map((data, i) => ({ ts: START + BigInt(i) * 1_000_000n, data }));
}

/** Probes, then a scan that comes back for more ports every 15 seconds: one actor, one kind, one target. */
function attack(): Packets {
  // A probe is one when its connection is over.
  const between = [8, 14, 20].flatMap((at) => later(calm(), at));
  const scans = [30, 45, 60, 75, 90, 105].flatMap((at, n) => later(scan(300 * (n + 1)).slice(600 * n), at));
  return [...probe(2222), ...later(probe(8080), 1), ...later(probe(8443), 2), ...between, ...scans];
}

let folder: string;
let server: Server;
let taken: Alert[];
let ahead: number;
let onTaken: (alert: Alert) => void;
let desk: OpenDesk;
let client: DeskClient;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-storm-'));
  [taken, ahead, onTaken] = [[], 0, () => undefined];
  server = createServer((request, answer) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      taken.push(JSON.parse(body) as Alert);
      onTaken(taken.at(-1)!);
      answer.writeHead(200).end('noted');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  desk = await openDesk({
    paths: true,
    database: join(folder, 'desk.db'),
    secrets: new MemorySecrets(),
    now: () => Date.now() + ahead,
  });
  const [near, far] = memoryLine();
  desk.dispatcher.serve(far, { user: 'ann', role: 'admin', host: 'desktop' });
  client = makeClient(contract, near);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const settings = { url, allowPrivate: true };
  const { id } = await client.alerts.setChannel({ name: 'Ops', kind: 'webhook', settings });
  await client.alerts.setRoutes({ routes: [{ channels: [id], severity: 'info', kinds: ['port-scan'] }] });
}, SLOW);
afterEach(async () => {
  await desk.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}, SLOW);

async function play(): Promise<number> {
  const path = join(folder, 'attack.pcap');
  writeFileSync(path, pcapFile(attack()));
  await client.live.start({ kind: 'file', file: { kind: 'path', path }, speed: 10 });
  await expect.poll(() => desk.live.session()?.state, { timeout: SLOW - 60_000 }).toBe('ended');
  await expect.poll(async () => (await client.alerts.queue({})).channels[0]?.waiting, { timeout: 30_000 }).toBe(0);
  return desk.live.session()?.capture ?? 0;
}

describe('one actor that does the same to one target over and over', { timeout: SLOW }, () => {
  it('is one incident that grows; told as it opens, as it worsens, and again after the quiet time', async () => {
    await client.alerts.setPolicy({ quietMinutes: 60, hourlyCeiling: 1000 });
    // The quiet time passes as soon as it was told that it had worsened.
    onTaken = ({ reason }) => {
      if (reason === 'worsened') ahead += HOUR;
    };
    const capture = await play();
    const { rows } = await client.incidents.list({ capture, kinds: ['port-scan'], suppressed: 'show' });
    expect(rows.map(({ kind, sources, targets }) => [kind, sources, targets])).toEqual([
      ['port-scan', [ACTOR], [TARGET]],
    ]);
    expect(taken.map(({ reason, severity }) => `${reason} ${severity}`)).toEqual([
      'opened info',
      'worsened warning',
      'goes-on warning',
    ]);
    expect(new Set(taken.map(({ incident }) => incident?.uid))).toEqual(new Set([rows[0]?.uid]));
    expect(new Set(taken.map(({ key }) => key)).size).toBe(3);
    const ports = taken.map(({ incident }) => incident?.portsTotal ?? 0);
    expect(ports).toEqual(ports.toSorted((a, b) => a - b));
    // Of a capture that is played: its own times, and when it was told.
    expect(taken[0]?.text).toContain('First seen 2023-11-14T22:13:20Z');
    expect(taken[0]?.text).toContain("These are the traffic's own times; this was found at 20");
  });

  it('is told of twice where nothing passes but the time it takes', async () => {
    await client.alerts.setPolicy({ quietMinutes: 60, hourlyCeiling: 1000 });
    await play();
    expect(taken.map(({ reason }) => reason)).toEqual(['opened', 'worsened']);
  });

  it('is one line of a digest, as it was last', async () => {
    await client.alerts.setPolicy({ digest: 'hourly', digestExcept: 'none' });
    const capture = await play();
    const [row] = (await client.incidents.list({ capture, kinds: ['port-scan'], suppressed: 'show' })).rows;
    expect(taken).toEqual([]);
    expect((await client.alerts.queue({})).channels[0]).toMatchObject({ held: 1, delivered: 0 });
    ahead += HOUR;
    await expect.poll(() => taken.length, { timeout: 60_000 }).toBe(1);
    expect(taken[0]).toMatchObject({ reason: 'digest', severity: 'warning', digest: { counts: { warning: 1 } } });
    expect(taken[0]?.digest?.incidents).toMatchObject([{ uid: row?.uid, severity: 'warning' }]);
    expect((await client.alerts.queue({})).channels[0]).toMatchObject({ held: 0, delivered: 1 });
  });
});
