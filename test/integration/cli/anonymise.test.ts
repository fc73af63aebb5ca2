/** Captures that are given away: nothing of who and what is left in them. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_BYTES } from '../../../src-main/keep/exports/anonymise/crypto-pan.ts';
import { Pseudonyms } from '../../../src-main/keep/exports/anonymise/pseudonyms.ts';
import { anonymise } from '../../../src-main/keep/exports/anonymise/write.ts';
import { InputError } from '../../../src-main/meter/packets/errors.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { needs } from '../../setup/skip.ts';
import { readPaths, type Packet, type Row } from '../../unit/packets/helpers.ts';
import { schemaFaults } from '../serve/desk-client.ts';
import { sonde } from './run.ts';

const SLOW = 120_000;
const DATA = join(import.meta.dirname, '../../../../shared/data');
const SAMPLE = resourcePath('sample', 'office-hour.pcapng.gz');
const KEY = new Uint8Array(KEY_BYTES).map((_, i) => 255 - i * 3);
/** Larger captures would take long and show no more. */
const LARGEST = 2_000_000;
/** A stretch of payload that is looked for, bytes, with so many different ones: zeros are everywhere. */
const STRETCH = 12;
const DIFFERENT = 6;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-anonymise-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ipBytes(text: string): Buffer | null {
  if (text.includes(':')) return null;
  const bytes = Buffer.from(text.split('.').map(Number));
  const first = bytes[0]!;
  // Nobody's: these stay.
  const isNobody = first === 127 || (first >= 224 && first < 240) || bytes.every((b) => b === 255 || b === 0);
  return isNobody ? null : bytes;
}

const isCard = (mac: string): boolean => !/^0{12}$/.test(mac) && (parseInt(mac.slice(0, 2), 16) & 1) === 0;

/** What of `row` must not stand in its packet's new bytes. `before`: its bytes as they were. */
function* traces(row: Row, before: Buffer): Generator<Buffer> {
  for (const text of [row.src, row.dst]) {
    const bytes = ipBytes(text);
    // Few different bytes (1.0.0.0) stand in any header.
    if (bytes && new Set(bytes).size === 4) yield bytes;
  }
  for (const mac of [row.srcMac, row.dstMac]) {
    const bytes = Buffer.from(mac, 'hex');
    if (isCard(mac) && new Set(bytes).size >= 4) yield bytes;
  }
  const payload = Buffer.from(row.payload, 'latin1');
  const headers = before.subarray(0, Math.max(0, before.indexOf(payload)));
  for (let at = 0; at + STRETCH <= payload.length; at += STRETCH) {
    const stretch = payload.subarray(at, at + STRETCH);
    // Odd packets repeat their own header in what they say.
    if (new Set(stretch).size >= DIFFERENT && !headers.includes(stretch)) yield stretch;
  }
}

function leaks(rows: readonly Row[], originals: readonly Packet[], packets: readonly Packet[]): string[] {
  return rows.flatMap((row) => {
    const after = Buffer.from(packets[row.packet]!.data);
    // A packet within a packet, in a tunnel or an ICMP error: the decoder calls it payload, and its own headers stay.
    const isOuter = row.proto === 1 || row.proto === 58 || row.flags.includes('HAS_INNER');
    return [...traces(isOuter ? { ...row, payload: '' } : row, Buffer.from(originals[row.packet]!.data))]
      .filter((trace) => after.includes(trace))
      .map((trace) => `packet ${row.packet}: ${trace.toString('hex')}`);
  });
}

/** Captures of the shared data that are not too large. */
function captures(): string[] {
  if (!existsSync(DATA)) return [];
  return (readdirSync(DATA, { recursive: true }) as string[])
    .filter((name) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(name))
    .map((name) => join(DATA, name))
    .filter((path) => statSync(path).size <= LARGEST)
    .toSorted();
}

interface Checked {
  packets: number;
  leaks: string[];
}

async function check(path: string, names: Pseudonyms): Promise<Checked> {
  const out = join(folder, 'out.pcapng');
  try {
    await anonymise([path], out, names, 'test');
  } catch (error) {
    // Nothing could be read, so nothing was written.
    if (error instanceof InputError) return { packets: 0, leaks: [] };
    throw error;
  }
  const [before, after] = [await readPaths([path]), existsSync(out) ? await readPaths([out]) : undefined];
  if (!after) return { packets: 0, leaks: [] };
  expect(after.packets.map(({ sec, nano, wire }) => [sec, nano, wire])).toEqual(
    before.packets.map(({ sec, nano, wire }) => [sec, nano, wire]),
  );
  return {
    packets: after.packets.length,
    leaks: leaks(before.rows, before.packets, after.packets).map((each) => `${path} ${each}`),
  };
}

describe('anonymised captures', () => {
  needs(existsSync(DATA), 'no ../shared/data')(
    'of others hold no address, no card and no stretch of payload of the original',
    async () => {
      const names = new Pseudonyms(KEY);
      let packets = 0;
      for (const path of captures()) {
        const found = await check(path, names);
        expect(found.leaks.slice(0, 5)).toEqual([]);
        packets += found.packets;
      }
      expect(packets).toBeGreaterThan(100_000);
    },
    20 * SLOW,
  );

  it(
    'have the same flows: as many, of the same sizes, between as many hosts',
    async () => {
      const out = join(folder, 'sample.pcapng');
      const ran = await sonde(['anonymise', SAMPLE, '--out', out, '--json']);
      expect(ran.stderr).toBe('');
      expect(ran.code).toBe(0);
      expect(schemaFaults('sonde.anonymise-1', JSON.parse(ran.stdout))).toBeNull();
      const flowsOf = async (path: string): Promise<Record<string, unknown>[]> => {
        const to = join(folder, 'flows.ndjson');
        await sonde(['triage', path, '--no-models', '--flows', to]);
        return readFileSync(to, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      };
      const sizes = (flows: Record<string, unknown>[]): string[] =>
        flows
          .map((f) =>
            [f['ts_ns'], f['id.orig_p'], f['id.resp_p'], f['orig_bytes'], f['resp_bytes'], f['orig_pkts']].join(),
          )
          .toSorted();
      const hosts = (flows: Record<string, unknown>[]): number =>
        new Set(flows.flatMap((flow) => [flow['id.orig_h'], flow['id.resp_h']])).size;
      const [before, after] = [await flowsOf(SAMPLE), await flowsOf(out)];
      expect(sizes(after)).toEqual(sizes(before));
      expect(hosts(after)).toBe(hosts(before));
    },
    SLOW,
  );

  it(
    'agree where they are made by the same key, and the map stays with whoever asked for it',
    async () => {
      const [key, one, two, map] = ['key', 'one.pcapng', 'two.pcapng', 'map.csv'].map((name) => join(folder, name));
      expect((await sonde(['anonymise', SAMPLE, '--out', one!, '--key', key!, '--map', map!])).code).toBe(0);
      expect((await sonde(['anonymise', SAMPLE, '--out', two!, '--key', key!])).code).toBe(0);
      expect(readFileSync(one!).equals(readFileSync(two!))).toBe(true);
      const lines = readFileSync(map!, 'utf8').trim().split('\n');
      expect(lines[0]).toBe('original,pseudonym');
      expect(lines.length).toBeGreaterThan(10);
      if (process.platform !== 'win32') {
        for (const path of [key!, one!, map!]) expect(statSync(path).mode & 0o077).toBe(0);
      }
      const other = join(folder, 'other.pcapng');
      await sonde(['anonymise', SAMPLE, '--out', other]);
      expect(readFileSync(other).equals(readFileSync(one!))).toBe(false);
    },
    SLOW,
  );

  it(
    'are refused where something would be lost, with what to do',
    async () => {
      const notKey = join(folder, 'not-a-key');
      writeFileSync(notKey, 'secret');
      const bad = await sonde(['anonymise', SAMPLE, '--out', join(folder, 'x.pcapng'), '--key', notKey]);
      expect(bad.code).toBe(2);
      expect(bad.stderr).toContain('not a key');
      expect(existsSync(join(folder, 'x.pcapng'))).toBe(false);
      expect((await sonde(['anonymise', SAMPLE, '--out', SAMPLE])).code).toBe(2);
      const kept = join(folder, 'kept.pcapng');
      writeFileSync(kept, 'something of mine');
      const refused = await sonde(['anonymise', SAMPLE, '--out', kept]);
      expect(refused.code).toBe(4);
      expect(refused.stderr).toMatch(/kept\.pcapng is there already.*--force/s);
      expect(readFileSync(kept, 'utf8')).toBe('something of mine');
      const unread = await sonde(['anonymise', join(folder, 'none'), '--out', kept, '--force']);
      expect(unread.code).toBe(3);
      expect(readFileSync(kept, 'utf8')).toBe('something of mine');
      const replaced = await sonde(['anonymise', SAMPLE, '--out', kept, '--force']);
      expect(replaced.code).toBe(0);
      expect(replaced.stdout).toContain(`to ${kept}, in place of what was there:`);
      expect(readFileSync(kept).subarray(0, 4).toString('hex')).toBe('0a0d0d0a');
      for (const name of ['wrong.pcap', 'wrong', 'wrong.pcapng.gz']) {
        const wrong = await sonde(['anonymise', SAMPLE, '--out', join(folder, name)]);
        expect(wrong.code).toBe(2);
        expect(wrong.stderr).toContain('what is written is pcapng, and the name says otherwise');
        expect(existsSync(join(folder, name))).toBe(false);
      }
      expect((await sonde(['anonymise', SAMPLE])).code).toBe(2);
      expect((await sonde(['anonymise', join(folder, 'none'), '--out', join(folder, 'y.pcapng')])).code).toBe(3);
      const again = await sonde(['anonymise', SAMPLE, '--out', join(folder, 'z.pcapng'), '--map', notKey]);
      expect(again.code).toBe(4);
      expect(again.stderr).toContain('is there already');
      // What cannot be led back is not written.
      expect(existsSync(join(folder, 'z.pcapng'))).toBe(false);
      expect(readFileSync(notKey, 'utf8')).toBe('secret');
      const same = ['--out', join(folder, 'w.pcapng'), '--map', join(folder, 'w.pcapng')];
      expect((await sonde(['anonymise', SAMPLE, ...same])).code).toBe(2);
      // One file by two ways: through a linked folder, and before it is there.
      const [home, way] = [join(folder, 'home'), join(folder, 'way')];
      mkdirSync(home);
      symlinkSync(home, way, process.platform === 'win32' ? 'junction' : 'dir');
      const two = ['--out', join(home, 'v.pcapng'), '--key', join(way, 'v.pcapng'), '--force'];
      const shared = await sonde(['anonymise', SAMPLE, ...two]);
      expect([shared.code, shared.stdout]).toEqual([2, '']);
      expect(shared.stderr).toContain('is named for two things');
      expect(readdirSync(home)).toEqual([]);
      expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
    },
    SLOW,
  );
});
