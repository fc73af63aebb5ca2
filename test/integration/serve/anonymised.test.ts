/** Anonymised copies that a desk makes: what the shell would write, and nothing where it fails. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Given } from '../../../src-shared/contract/define.ts';
import type { contract, DeskClient } from '../../../src-shared/contract/index.ts';
import type { AnonymisedEvent } from '../../../src-shared/contract/topics/exports.ts';
import { pcapFile } from '../../generator/write.ts';
import { readPaths } from '../../unit/packets/helpers.ts';
import { CLIENT, SERVER, Talk } from '../../unit/signatures/talk.ts';
import { sonde } from '../cli/run.ts';
import { at, failure, followed, testDesk, type Testing } from './desk-client.ts';

const SLOW = 120_000;
const SAID = 'GET /secret-plans HTTP/1.1\r\nHost: intranet.example\r\n\r\n';

type Made = Extract<AnonymisedEvent, { type: 'done' }>;
type Asked = Given<typeof contract.exports.anonymised>;

let folder: string;
let t: Testing;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-anonymised-'));
  t = await testDesk({ database: join(folder, 'desk.db') });
}, SLOW);
afterAll(async () => {
  await t.desk.close();
  rmSync(folder, { recursive: true });
});

function make(client: DeskClient, asked: Asked): Promise<Made> {
  return new Promise((resolve, reject) => {
    let made: Made | undefined;
    const end = (): void => (made ? resolve(made) : reject(new Error('it ended with nothing')));
    client.exports.anonymised(asked, {
      next: (event) => void (event.type === 'done' && (made = event)),
      error: reject,
      end,
    });
  });
}

/** Two connections to one server. */
async function talks(name: string, times = 1): Promise<{ file: string; capture: number }> {
  const frames = [40_000, 40_001].flatMap((port) => {
    const talk = new Talk(80, port).open();
    for (let i = 0; i < times; i++) talk.up(times === 1 ? SAID : 'nothing that a rule looks at');
    return talk.close().frames;
  });
  const packets = frames.map((data, k) => ({ ts: 1_700_000_000_000_000_000n + BigInt(k) * 1_000_000n, data }));
  const file = join(folder, name);
  writeFileSync(file, pcapFile(packets));
  return { file, capture: await imported(file) };
}

async function imported(file: string): Promise<number> {
  const { job } = await t.client.captures.import({ sources: [at(file)] });
  return (await followed(t.client, job)).at(-1)!.capture!;
}

const pathOf = ({ download }: { download: string }): string => t.desk.downloads.get(download).path;
const left = (): string[] => (existsSync(t.desk.downloads.folder) ? readdirSync(t.desk.downloads.folder) : []);

describe('an anonymised copy from the desk', () => {
  it(
    'is byte for byte what the shell writes by the same key, under a name that tells nothing, and its map leads back',
    async () => {
      const { file, capture } = await talks('customer.pcap');
      const analyst = t.as({ role: 'analyst' });
      const made = await make(analyst, { capture, map: true });
      expect(made).toMatchObject({ name: `sonde-anonymised-capture-${capture}.pcapng`, key: 'desk.db.pseudonyms.key' });
      const [out, map] = [join(folder, 'shell.pcapng'), join(folder, 'shell.csv')];
      const key = join(folder, 'desk.db.pseudonyms.key');
      expect((await sonde(['anonymise', file, '--out', out, '--map', map, '--key', key])).code).toBe(0);
      expect(readFileSync(pathOf(made)).equals(readFileSync(out))).toBe(true);
      expect(readFileSync(pathOf(made.map!), 'utf8')).toBe(readFileSync(map, 'utf8'));
      expect(readFileSync(map, 'utf8')).toContain(`\n${CLIENT},`);
      const bytes = readFileSync(pathOf(made)).toString('latin1');
      expect(bytes).not.toContain('secret');
      expect(bytes).not.toContain('intranet');
      expect((await t.client.audit.list({ actions: ['export'] })).rows[0]).toMatchObject({
        action: 'export',
        object: `capture ${capture}`,
        detail: expect.stringMatching(/packets, anonymised, with a map$/) as string,
      });
    },
    SLOW,
  );

  it(
    'is of the selected flows alone where some are selected',
    async () => {
      const { capture } = await talks('part.pcap');
      const whole = await make(t.client, { capture });
      const one = await make(t.client, { capture, filter: 'id.orig_p == 40001' });
      expect(one).toMatchObject({ packets: whole.packets / 2, map: null, notes: [] });
      const { rows } = await readPaths([pathOf(one)]);
      expect(new Set(rows.map(({ srcPort, dstPort }) => Math.max(srcPort, dstPort)))).toEqual(new Set([40_001]));
      expect(rows.flatMap(({ src, dst }) => [src, dst]).filter((each) => each === CLIENT || each === SERVER)).toEqual(
        [],
      );
      expect(rows.filter(({ payload }) => payload !== '')).toEqual([]);
    },
    SLOW,
  );

  it(
    'is not made of a file that is gone or another now, nor for viewers, and leaves nothing',
    async () => {
      const { file, capture } = await talks('moved.pcap');
      const before = left();
      expect(await failure(make(t.as({ role: 'viewer' }), { capture }))).toMatchObject({ code: 'not-allowed' });
      renameSync(file, `${file}.away`);
      expect(await failure(make(t.client, { capture, map: true }))).toMatchObject({
        code: 'not-found',
        message: `${file}: the capture is not where it was when it was imported`,
      });
      copyFileSync(`${file}.away`, file);
      appendFileSync(file, Buffer.alloc(3));
      expect(await failure(make(t.client, { capture, map: true }))).toMatchObject({
        code: 'not-found',
        message: `${file}: is no longer the file that was imported`,
      });
      expect(left()).toEqual(before);
    },
    SLOW,
  );

  it(
    'can be called off, and then nothing of it stays',
    async () => {
      const { capture } = await talks('long.pcap', 40_000);
      const before = left();
      await new Promise<void>((resolve, reject) => {
        const end = t.client.exports.anonymised(
          { capture, map: true },
          {
            next: ({ type }) => {
              if (type === 'done') return reject(new Error('it was done before it was called off'));
              queueMicrotask(() => {
                end();
                resolve();
              });
            },
            error: reject,
          },
        );
      });
      await expect.poll(left, { timeout: 20_000 }).toEqual(before);
    },
    SLOW,
  );
});
