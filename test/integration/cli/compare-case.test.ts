/** `sonde compare` and `sonde case` as a user would run them, on two small captures. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { pcapFile } from '../../generator/write.ts';
import { Talk } from '../../unit/signatures/talk.ts';
import { sonde } from './run.ts';

const SLOW = 180_000;
let folder: string;
let uid: string;
const at = (name: string): string => join(folder, name);

/** Requests on a day; the second has more of them, and what a rule looks for. */
function capture(day: number): Buffer {
  const start = 1_700_000_000_000_000_000n + BigInt(day) * 86_400_000_000_000n;
  const packets = Array.from({ length: 2 + 6 * day }, (_, i) =>
    new Talk(80, 40_000 + i)
      .open()
      .up(`GET /${day === 1 ? 'EVIL' : 'index'}?${i} HTTP/1.1\r\nHost: shop.example\r\n\r\n`)
      .down('HTTP/1.1 204 No\r\n\r\n')
      .close()
      .frames.map((data, k) => ({ ts: start + BigInt(i * 1000 + k) * 1_000_000n, data })),
  ).flat();
  return Buffer.from(pcapFile(packets));
}

function isValid(name: string, value: unknown): void {
  const schema = JSON.parse(readFileSync(resourcePath('schemas', `${name}.schema.json`), 'utf8')) as object;
  const valid = new Ajv().compile(schema);
  expect(valid(value), JSON.stringify(valid.errors)).toBe(true);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-compare-'));
  writeFileSync(
    at('evil.rules'),
    'alert http any any -> any any (msg:"Evil request"; http.uri; content:"EVIL"; classtype:web-application-attack; sid:1; rev:1;)',
  );
  for (const day of [0, 1]) {
    writeFileSync(at(`day${day}.pcap`), capture(day));
    const { stdout } = await sonde(['triage', at(`day${day}.pcap`), '--rules', at('evil.rules'), '--db', at('desk.db'), '--json']); // prettier-ignore
    const { incidents } = JSON.parse(stdout) as { incidents: { uid: string }[] };
    if (day === 1) uid = incidents[0]!.uid;
  }
}, SLOW);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('sonde compare', { timeout: SLOW }, () => {
  it('tells captures by file and days apart alike, as text and as JSON of its schema', async () => {
    const byFile = await sonde(['compare', at('day0.pcap'), at('day1.pcap'), '--db', at('desk.db')]);
    expect(byFile).toMatchObject({ code: 0, stderr: '' });
    expect(byFile.stdout).toContain('New incidents in B: 1');
    const days = await sonde(['compare', '2023-11-14', '2023-11-15', '--zone', 'UTC', '--db', at('desk.db'), '--json']);
    const found = JSON.parse(days.stdout) as { schema: string; a: { flows: number }; b: { flows: number } };
    expect(found).toMatchObject({ schema: 'sonde.compare/1', a: { flows: 2 }, b: { flows: 8 } });
    isValid('sonde.compare-1', found);
  });

  it('refuses what it cannot compare, and says what there is', async () => {
    expect(await sonde(['compare', '1', 'nothing', '--db', at('desk.db')])).toMatchObject({ code: 3, stderr: expect.stringContaining('There is: 2 (') as string }); // prettier-ignore
    expect(await sonde(['compare', '1', '--db', at('desk.db')])).toMatchObject({ code: 2 });
    expect(await sonde(['compare', '1', '2', '--db', at('none.db')])).toMatchObject({ code: 3 });
    expect(existsSync(at('none.db'))).toBe(false);
  });
});

describe('sonde case', { timeout: SLOW }, () => {
  it('takes an incident of the newest capture that holds it, says so, or of the one that is named', async () => {
    await copyFile(at('desk.db'), at('twice.db'));
    await sonde(['triage', 'day1.pcap', '--rules', at('evil.rules'), '--db', at('twice.db')], undefined, folder);
    const of = (...more: string[]) =>
      sonde(['case', 'export', '--db', at('twice.db'), '--incident', uid, '--json', ...more]);
    const capture = ({ stdout }: { stdout: string }): unknown =>
      (JSON.parse(stdout) as { captures: { capture: number; packets: number }[] }).captures;
    const newest = await of('--out', at('newest.sondecase'));
    // It was read by a name that leads to it from another folder only: its packets are found all the same.
    expect(capture(newest)).toMatchObject([{ capture: 3, packets: 64 }]);
    expect(newest.stderr).toBe(`sonde: incident ${uid} is in captures 2, 3: of the newest it was taken; --capture N names another.\n`); // prettier-ignore
    const named = await of('--out', at('named.sondecase'), '--capture', '2');
    expect([capture(named), named.stderr]).toMatchObject([[{ capture: 2 }], '']);
    expect(await of('--out', at('none.sondecase'), '--capture', '1')).toMatchObject({ code: 3, stderr: expect.stringContaining('It is in captures 2, 3.') as string }); // prettier-ignore
  });

  it('exports, verifies and opens; what was changed is refused', async () => {
    const out = at('evil.sondecase');
    const made = await sonde(['case', 'export', '--db', at('desk.db'), '--incident', uid, '--out', out, '--json']);
    const manifest = JSON.parse(made.stdout) as { sha256: string; captures: { packets: number }[] };
    isValid('sonde.case-1', manifest);
    expect(manifest.captures[0]!.packets).toBeGreaterThan(0);
    expect(await sonde(['case', 'verify', out, '--sha256', manifest.sha256])).toMatchObject({ code: 0 });
    expect(await sonde(['case', 'verify', out, '--sha256', '0'.repeat(64)])).toMatchObject({ code: 3 });
    const again = await sonde(['case', 'export', '--db', at('desk.db'), '--incident', uid, '--out', out]);
    expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('is there already') as string });
    expect(await sonde(['case', 'verify', out, '--sha256', manifest.sha256])).toMatchObject({ code: 0 });
    const opened = await sonde(['case', 'open', out]);
    expect(opened.stdout).toContain(`sonde serve --db ${at('evil')}/database.sqlite`);
    const packets = await sonde(['export-packets', at('evil/packets/1.pcapng'), '--db', at('evil/database.sqlite'), '--incident', uid, '--out', at('again.pcapng')]); // prettier-ignore
    expect(packets).toMatchObject({ code: 0, stdout: expect.stringContaining(`Wrote ${manifest.captures[0]!.packets} packets`) as string }); // prettier-ignore
    expect(await sonde(['serve', out])).toMatchObject({ code: 4, stderr: expect.stringContaining('It was opened before: sonde serve --db') as string }); // prettier-ignore
    const bytes = readFileSync(out);
    writeFileSync(at('cut.sondecase'), bytes.subarray(0, bytes.length - 40));
    const refused = await sonde(['case', 'verify', at('cut.sondecase')]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/its part \S+ (cannot be read|is missing)/);
  });

  it('says what is missing', async () => {
    const db = at('desk.db');
    expect(await sonde(['case'])).toMatchObject({ code: 2 });
    expect(await sonde(['case', 'export', '--db', db, '--incident', 'no', '--out', at('no.sondecase')])).toMatchObject({ code: 3 }); // prettier-ignore
    expect(await sonde(['case', 'export', '--db', db, '--incident', uid, '--out', at('no.zip')])).toMatchObject({ code: 2 }); // prettier-ignore
    expect(await sonde(['case', 'verify', at('nowhere.sondecase')])).toMatchObject({ code: 3 });
    expect(await sonde(['case', 'open', at('nowhere.sondecase'), '--out', at('x')])).toMatchObject({ code: 2, stderr: expect.stringContaining('Write --to FOLDER.') as string }); // prettier-ignore
    expect(existsSync(at('no.sondecase'))).toBe(false);
  });
});
