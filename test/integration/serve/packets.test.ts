import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeskClient } from '../../../src-shared/contract/index.ts';
import type { Given } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import type { ListedPacket, PacketEvent } from '../../../src-shared/contract/topics/packets.ts';
import { pcapFile } from '../../generator/write.ts';
import { Talk } from '../../unit/signatures/talk.ts';
import { at, failure, followed, importSample, testDesk, type Testing } from './desk-client.ts';

const SLOW = 60_000;
const RULE =
  'alert http any any -> any any (msg:"Evil path"; http.uri; content:"/EVIL"; classtype:web-application-attack; sid:1;)';
const ATTACK = 'GET /EVIL?<script>alert(1)</script> HTTP/1.1\r\nHost: h\r\n\r\n';

interface Looked {
  view: string;
  packets: ListedPacket[];
  since: string;
  total: number | null;
  more: boolean;
}

function look(client: DeskClient, given: Given<typeof contract.packets.look>): Promise<Looked> {
  const looked: Looked = { view: '', packets: [], since: '', total: null, more: false };
  return new Promise((resolve, reject) => {
    const next = (event: PacketEvent): void => {
      if (event.type === 'begun') looked.view = event.view;
      if (event.type === 'packets') {
        looked.packets.push(...event.packets);
        looked.since = event.since;
      }
      if (event.type === 'done') Object.assign(looked, { total: event.total, more: event.more });
    };
    client.packets.look(given, { next, error: reject, end: () => resolve(looked) });
  });
}

let folder: string;
let t: Testing;
let file: string;
let sample: number;

function attackFile(): Buffer {
  const frames = new Talk(80, 40_000).open().up(ATTACK).down('HTTP/1.1 204 No\r\n\r\n').close().frames;
  const packets = frames.map((data, k) => ({ ts: 1_700_000_000_000_000_000n + BigInt(k) * 1_000_000n, data }));
  return Buffer.from(pcapFile(packets));
}

async function imported(path: string): Promise<number> {
  const { job } = await t.client.captures.import({ sources: [at(path)] });
  return (await followed(t.client, job)).at(-1)!.capture!;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-look-'));
  t = await testDesk({ database: join(folder, 'desk.db') });
  file = join(folder, 'attack.pcap');
  writeFileSync(file, attackFile());
  writeFileSync(join(folder, 'a.rules'), RULE);
  await t.client.rules.add({ kind: 'rules', name: 'mine', sources: [at(join(folder, 'a.rules'))] });
  sample = await importSample(t.client);
}, SLOW);
afterAll(async () => {
  await t.desk.close();
  rmSync(folder, { recursive: true });
});

describe('packets of a flow', () => {
  it(
    'are listed, taken apart and put together, with what matched marked, and audited',
    async () => {
      const capture = await imported(file);
      const [flow] = (await t.client.flows.page({ capture })).rows;
      const { view, packets, total, more } = await look(t.client, { capture, flow: flow!.id });
      expect([packets.length, more]).toEqual([total, false]);
      expect(packets.map((p) => p.flags).slice(0, 3)).toEqual(['SYN', 'SYN ACK', 'ACK']);
      const attack = packets.find((p) => p.summary.startsWith('GET /EVIL'))!;
      expect(attack).toMatchObject({ fromOrig: true, protocol: 'HTTP', payload: ATTACK.length, flow: flow!.id });

      const one = await t.client.packets.one({ view, frame: attack.frame });
      const bytes = Buffer.from(one.bytes, 'base64');
      const uri = one.layers.flatMap(({ fields }) => fields).find(({ id }) => id === 'http.request.uri')!;
      expect(bytes.subarray(uri.from, uri.to).toString()).toBe('/EVIL?<script>alert(1)</script>');

      const stream = await t.client.packets.stream({ view, frame: attack.frame });
      const sent = stream.chunks.filter((c) => c.fromOrig).map((c) => Buffer.from(c.bytes, 'base64').toString());
      expect(sent.join('')).toBe(ATTACK);
      // A rule that comes with Sonde found the script besides.
      expect(stream.marks).toContainEqual({ fromOrig: true, from: 4, to: 9, label: 'rule 1: Evil path' });
      expect(stream.searched).toContainEqual({ label: 'rule 1: Evil path', found: 1 });
      const { rows } = await t.client.audit.list({ actions: ['open'] });
      expect(rows[0]).toMatchObject({ user: 'ann', detail: `packets of capture ${capture}, flow ${flow!.id}` });
    },
    SLOW,
  );

  it(
    'are for analysts, and a look is for who made it',
    async () => {
      const capture = sample;
      const viewer = t.as({ user: 'vic', role: 'viewer' });
      expect(await failure(look(viewer, { capture, flow: 0 }))).toMatchObject({ code: 'not-allowed' });
      const { view, packets } = await look(t.client, { capture, flow: 0 });
      const other = t.as({ user: 'bob', role: 'analyst' });
      const { frame } = packets[0]!;
      expect(await failure(other.packets.one({ view, frame }))).toMatchObject({ code: 'not-found' });
      expect(await failure(viewer.packets.one({ view, frame }))).toMatchObject({ code: 'not-allowed' });
      expect((await t.client.packets.one({ view, frame })).frame).toBe(frame);
      expect(await failure(t.client.packets.one({ view, frame: 10_000_000 }))).toMatchObject({ code: 'not-found' });
    },
    SLOW,
  );

  it(
    'are bounded: the first 2,000 of them, then those behind',
    async () => {
      const capture = sample;
      const first = await look(t.client, { capture });
      const behind = await look(t.client, { capture, skip: 2000 });
      expect([first.packets.length, first.more, behind.packets.length]).toEqual([2000, true, 2000]);
      expect(behind.packets[0]!.frame).toBeGreaterThan(first.packets.at(-1)!.frame);
      const last = await look(t.client, { capture, skip: first.total! - 10 });
      expect([last.packets.length, last.more]).toEqual([10, false]);
      // Three looks a user: the one that was asked longest ago gives way.
      const frameOf = ({ view, packets }: Looked) => ({ view, frame: packets[0]!.frame });
      expect((await t.client.packets.one(frameOf(first))).frame).toBe(first.packets[0]!.frame);
      await look(t.client, { capture, flow: 0 });
      expect(await failure(t.client.packets.one(frameOf(behind)))).toMatchObject({ code: 'not-found' });
      expect((await t.client.packets.one(frameOf(first))).frame).toBe(first.packets[0]!.frame);
    },
    SLOW,
  );

  it(
    'behind the first 2,000 lead to the whole stream of both directions, and times count from the first of all',
    async () => {
      const long = new Talk(80, 40_002).open().up(ATTACK);
      for (let k = 0; k < 2100; k++) long.down(`${k},`);
      const path = join(folder, 'long.pcap');
      const begin = 1_700_000_100_000_000_000n;
      writeFileSync(
        path,
        pcapFile(long.close().frames.map((data, k) => ({ ts: begin + BigInt(k) * 1_000_000n, data }))),
      );
      const capture = await imported(path);
      const first = await look(t.client, { capture });
      const { view, packets, since } = await look(t.client, { capture, skip: 2000 });
      expect(first.since).toBe(first.packets[0]!.ts);
      expect([since, packets[0]!.frame]).toEqual([first.since, 2001]);
      for (const at of [
        { view: first.view, frame: 1 },
        { view, frame: packets[0]!.frame },
      ]) {
        const { chunks, notes, searched } = await t.client.packets.stream(at);
        const text = (fromOrig: boolean): string =>
          chunks.flatMap((c) => (c.fromOrig === fromOrig ? Buffer.from(c.bytes, 'base64').toString() : [])).join('');
        expect(text(true)).toBe(ATTACK);
        expect([text(false).startsWith('0,1,2,'), text(false).endsWith('2098,2099,'), notes]).toEqual([true, true, []]);
        expect(searched).toContainEqual({ label: 'rule 1: Evil path', found: 1 });
      }
      rmSync(path);
      const { notes } = await t.client.packets.stream({ view, frame: packets[0]!.frame });
      expect(notes[0]).toMatch(/^From \d+ of the \d+ packets of this flow\.$/);
    },
    SLOW,
  );

  it(
    'that were found stay when reading is called off',
    async () => {
      let [view, end] = ['', (): void => undefined];
      const frame = await new Promise<number>((resolve, reject) => {
        const next = (event: PacketEvent): void => {
          if (event.type === 'begun') ({ view } = event);
          if (event.type === 'packets') resolve(event.packets[0]!.frame);
        };
        end = t.client.packets.look({ capture: sample, filter: 'service == ssh' }, { next, error: reject });
      });
      end();
      expect((await t.client.packets.one({ view, frame })).frame).toBe(frame);
    },
    SLOW,
  );

  it(
    'of a name that a behaviour of DNS found have that name marked',
    async () => {
      const { rows } = await t.client.incidents.list({ capture: sample });
      const incident = rows.find(({ kind }) => kind === 'dns-tunnel')!.uid;
      const { view, packets } = await look(t.client, { capture: sample, incident });
      const { marks, searched } = await t.client.packets.stream({ view, frame: packets[0]!.frame });
      expect(searched[0]).toMatchObject({ label: 'name metric-sync.info' });
      expect(marks.filter(({ label }) => label === 'name metric-sync.info')).not.toHaveLength(0);
    },
    SLOW,
  );

  it(
    'of an incident are those of its flows',
    async () => {
      const capture = sample;
      const [incident] = (await t.client.incidents.list({ capture })).rows;
      const flows = new Set((await t.client.flows.page({ capture, incident: incident!.uid })).rows.map(({ id }) => id));
      const { packets } = await look(t.client, { capture, incident: incident!.uid });
      expect(packets.length).toBeGreaterThan(0);
      expect(packets.filter((p) => p.flow !== null && !flows.has(p.flow) && flows.size < 200)).toEqual([]);
    },
    SLOW,
  );

  it(
    'of an incident in ARP hold the forged answers',
    async () => {
      const { rows } = await t.client.incidents.list({ capture: sample });
      const incident = rows.find(({ kind }) => kind === 'arp-spoofing')!.uid;
      const { packets } = await look(t.client, { capture: sample, incident });
      const told = packets.map(({ summary }) => summary);
      for (const address of ['192.168.10.1', '192.168.10.52'])
        expect(told.filter((line) => line.includes(`${address} is at a4:83:e7:c9:a5:2c`))).toHaveLength(150);
    },
    SLOW,
  );

  it(
    'end with their capture',
    async () => {
      const capture = await imported(file);
      const { view, packets } = await look(t.client, { capture, flow: 0 });
      await t.client.captures.remove({ capture });
      expect(await failure(t.client.packets.one({ view, frame: packets[0]!.frame }))).toMatchObject({
        code: 'not-found',
        cure: 'Read them again.',
      });
    },
    SLOW,
  );
});

describe('there are none, and it says why', () => {
  it(
    'when the file has changed, also after it was looked at',
    async () => {
      const path = join(folder, 'changing.pcap');
      writeFileSync(path, attackFile());
      const capture = await imported(path);
      await look(t.client, { capture });
      appendFileSync(path, 'x');
      const changed = await failure(look(t.client, { capture }));
      expect(changed).toMatchObject({ code: 'not-found', message: `${path}: is no longer the file that was imported` });
      rmSync(path);
      const missing = await failure(look(t.client, { capture }));
      expect(missing.message).toContain('is not where it was when it was imported');
    },
    SLOW,
  );

  it(
    'when only records of flows were imported',
    async () => {
      const path = join(folder, 'conn.log');
      const head = '#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto';
      writeFileSync(path, `${head}\n1700000000.5\tC1\t10.0.0.1\t40000\t10.0.0.2\t80\ttcp\n`);
      const capture = await imported(path);
      const none = await failure(look(t.client, { capture }));
      expect(none).toMatchObject({
        code: 'not-a-capture',
        message: 'conn.log: holds flow records of another sensor, and no packets',
      });
    },
    SLOW,
  );
});
