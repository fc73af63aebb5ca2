import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../../src-shared/contract/index.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import type { z } from '../../../src-shared/contract/schema.ts';
import { sonde } from '../cli/run.ts';
import { needs } from '../../setup/skip.ts';
import { failure, schemaFaults, testDesk } from './desk-client.ts';

const SAMPLE = resourcePath('sample', 'office-hour.pcapng.gz');
const TSHARK = existsSync('/usr/bin/tshark');

type Totals = z.output<typeof contract.flows.totals.output>;

let folder: string;
let db: string;
let uids: Map<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-packets-'));
  db = join(folder, 'kept.db');
  const ran = await sonde(['triage', SAMPLE, '--db', db, '--json']);
  const report = JSON.parse(ran.stdout) as { incidents: { kind: string; uid: string }[] };
  uids = new Map(report.incidents.map((i) => [i.kind, i.uid]));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packets of a file: time and bytes of each. */
async function packetsOf(path: string): Promise<string[]> {
  const reader = await openCaptures([path], { hash: 'none' });
  const found: string[] = [];
  for (let batch = await reader.read(); batch; batch = await reader.read()) {
    const c = batch.columns;
    for (let i = 0; i < batch.count; i++) {
      const bytes = Buffer.from(batch.data.subarray(c.offset[i]!, c.offset[i]! + c.captured[i]!));
      found.push(`${c.sec[i]}.${c.nano[i]} ${c.wire[i]} ${c.link[i]} ${bytes.toString('latin1')}`);
    }
    reader.release(batch);
  }
  await reader.close();
  return found;
}

async function totals(filter: string): Promise<Totals> {
  const t = await testDesk({ database: db });
  try {
    const [capture] = (await t.client.captures.list({})).captures;
    return await t.client.flows.totals({ capture: capture!.id, filter });
  } finally {
    await t.desk.close();
  }
}

async function exported(...args: string[]): Promise<{ flows: number; packets: number; out: string }> {
  const out = join(folder, `out-${Math.random()}.pcapng`);
  const ran = await sonde(['export-packets', SAMPLE, '--db', db, '--out', out, '--json', ...args]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  expect(schemaFaults('sonde.export-packets-1', JSON.parse(ran.stdout))).toBeNull();
  return JSON.parse(ran.stdout) as { flows: number; packets: number; out: string };
}

describe('the packets of a filter', () => {
  it.each([
    'service == dns',
    'proto == tcp && conn_state == S0',
    'proto == icmp',
    'id.resp_p == 443 && orig_bytes > 1kB',
  ])(
    '%s: exactly those of its flows, bit for bit',
    async (filter) => {
      const { flows, packets, out } = await exported('--filter', filter);
      const sum = await totals(filter);
      expect([flows, packets]).toEqual([sum.flows, sum.packets]);
      const all = new Set(await packetsOf(SAMPLE));
      const written = await packetsOf(out);
      expect(written).toHaveLength(packets);
      expect(written.filter((p) => !all.has(p))).toEqual([]);
    },
    60_000,
  );

  it('are in the order of the capture', async () => {
    const { out } = await exported('--filter', 'service == ssh');
    const written = await packetsOf(out);
    const wanted = new Set(written);
    expect((await packetsOf(SAMPLE)).filter((p) => wanted.has(p))).toEqual(written);
  }, 60_000);

  it('give the same flows when they are read again', async () => {
    const { flows, out } = await exported('--filter', 'service == ssh');
    const again = await sonde(['triage', out, '--no-models', '--json']);
    expect((JSON.parse(again.stdout) as { flows: { count: number } }).flows.count).toBe(flows);
  }, 60_000);
});

describe('the packets of an incident', () => {
  it('lead to the same kind of incident when they are read again', async () => {
    const { out, packets } = await exported('--incident', uids.get('brute-force') ?? uids.get('port-scan')!);
    expect(packets).toBeGreaterThan(20);
    const again = await sonde(['triage', out, '--no-models', '--json']);
    const kinds = (JSON.parse(again.stdout) as { incidents: { kind: string }[] }).incidents.map((i) => i.kind);
    expect(kinds).toContain(uids.has('brute-force') ? 'brute-force' : 'port-scan');
  }, 60_000);

  needs(TSHARK, 'tshark is not installed')(
    'are read by tshark',
    async () => {
      const { out, packets } = await exported('--filter', 'service == dns');
      const lines = execFileSync('tshark', ['-r', out, '-T', 'fields', '-e', 'dns.id'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(lines.split('\n').slice(0, -1)).toHaveLength(packets);
      expect(lines.split('\n').filter((l) => l.startsWith('0x')).length).toBeGreaterThan(packets * 0.9);
    },
    60_000,
  );

  needs(TSHARK, 'tshark is not installed')(
    'of an incident name it, on the file and on the first packet',
    async () => {
      const [kind, uid] = [...uids][0]!;
      const { out } = await exported('--incident', uid);
      const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] } satisfies ExecFileSyncOptions;
      const said = execFileSync('tshark', ['-r', out, '-T', 'fields', '-e', 'frame.comment'], options).split('\n');
      expect(said[0]).toContain(`Packets of incident ${uid}: `);
      expect(said[0]).toContain(`(${kind}, `);
      expect(said.slice(1).filter((line) => line !== '')).toEqual([]);
      const ofFile = execFileSync('capinfos', ['-k', out], options);
      expect(ofFile).toContain(`Packets of incident ${uid}`);
    },
    60_000,
  );

  it('in ARP have the forged answers, from the command line and from the desk', async () => {
    const incident = uids.get('arp-spoofing')!;
    // The sender's card and address, behind the operation (2: an answer).
    const forged = (packet: string): boolean =>
      ['c0a80a01', 'c0a80a34'].some((address) =>
        Buffer.from(packet, 'latin1').toString('hex').includes(`0002a483e7c9a52c${address}`),
      );
    const all = (await packetsOf(SAMPLE)).filter(forged);
    expect(all).toHaveLength(300);
    const { out } = await exported('--incident', incident);
    expect((await packetsOf(out)).filter(forged)).toEqual(all);
    const t = await testDesk({ database: db });
    try {
      const [capture] = (await t.client.captures.list({})).captures;
      const made = await t.client.exports.packets({ capture: capture!.id, incident });
      expect((await packetsOf(t.desk.downloads.get(made.download).path)).filter(forged)).toEqual(all);
    } finally {
      await t.desk.close();
    }
  }, 60_000);

  it('are not to be had of flow records, which is said as it is', async () => {
    const log = join(folder, 'eve.json');
    const ends = { src_ip: '10.0.0.1', src_port: 40_000, dest_ip: '10.0.0.2', dest_port: 80, proto: 'TCP' };
    const flow = { pkts_toserver: 3, pkts_toclient: 2, bytes_toserver: 300, bytes_toclient: 200 };
    const time = '2026-03-10T09:00:00.000000+0000';
    const record = { timestamp: time, event_type: 'flow', ...ends, flow: { ...flow, start: time, end: time } };
    writeFileSync(log, `${JSON.stringify(record)}\n`);
    const kept = join(folder, 'records.db');
    expect((await sonde(['triage', log, '--no-models', '--db', kept])).code).toBe(0);
    const ran = await sonde([
      'export-packets',
      log,
      '--db',
      kept,
      '--filter',
      'proto == tcp',
      '--out',
      join(folder, 'x.pcapng'),
    ]);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('eve.json: holds flow records of another sensor, and no packets. Use the capture');
    const t = await testDesk({ database: kept });
    try {
      const [capture] = (await t.client.captures.list({})).captures;
      const none = await failure(t.client.exports.packets({ capture: capture!.id, filter: '' }));
      const message = `${log}: holds flow records of another sensor, and no packets`;
      expect(none).toMatchObject({ code: 'not-a-capture', message });
    } finally {
      await t.desk.close();
    }
  }, 60_000);

  it('are not those of another capture or incident', async () => {
    const other = join(folder, 'other.pcap');
    writeFileSync(other, Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'));
    const out = join(folder, 'none.pcapng');
    const wrong = await sonde(['export-packets', other, '--db', db, '--filter', 'anomalous', '--out', out]);
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('does not hold')]);
    const nobody = await sonde(['export-packets', SAMPLE, '--db', db, '--incident', 'nobody', '--out', out]);
    expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining('has no incident nobody')]);
    const fault = await sonde(['export-packets', SAMPLE, '--db', db, '--filter', 'prto == tcp', '--out', out]);
    expect([fault.code, fault.stderr]).toEqual([2, expect.stringContaining('  prto == tcp\n  ^^^^\n')]);
    expect(existsSync(out)).toBe(false);
  }, 60_000);
});
