import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../src-shared/domain/live.ts';
import { replay } from '../../../src-main/run/pipeline/live/replay.ts';
import { watch } from '../../../src-main/run/pipeline/live/session.ts';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import { concat } from '../../generator/bytes.ts';
import { ethernet, frame, ipv4, tcp } from '../../generator/frames.ts';
import { pcapFile } from '../../generator/write.ts';

const T0 = 1_700_000_000_000_000_000n;
/** HTTP/2 with a table of fields of the largest size, filled with 2,048 empty ones: 192 KiB of 64 MiB. */
const FIELDS = concat([0x3f, 0xe1, 0xff, 0x03], ...Array.from({ length: 2048 }, () => [0x40, 0, 0]));
const OPENING = concat('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [
  0,
  FIELDS.length >> 8,
  FIELDS.length & 255,
  1,
  4,
  0,
  0,
  0,
  1,
]);

/** A capture of so many connections that open like this and do not end. */
function capture(count: number): Uint8Array {
  const packets = Array.from({ length: count }, (_, i) => {
    const ip = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' });
    const open = tcp({ sport: 1024 + i, dport: 80, flags: 'S', seq: 100 });
    const say = tcp({ sport: 1024 + i, dport: 80, flags: 'PA', seq: 101 });
    const ts = T0 + BigInt(i) * 1_000_000n;
    return [
      { ts, data: frame(ethernet(), ip, open) },
      { ts, data: frame(ethernet(), ip, say, concat(OPENING, FIELDS)) },
    ];
  });
  return pcapFile(packets.flat());
}

const folder = mkdtempSync(join(tmpdir(), 'sonde-bound-'));
const [many, few] = [join(folder, 'many.pcap'), join(folder, 'few.pcap')];

beforeAll(() => {
  writeFileSync(many, capture(500));
  writeFileSync(few, capture(100));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('more connections than there is memory to look into', { timeout: 60_000 }, () => {
  it('are all counted and named, and the report says that some were read less far', async () => {
    const result = await triage({ files: [many], seed: 1, threads: 1 });
    const [warning, ...others] = result.report.inputs.flatMap((input) => input.warnings);
    expect(others).toEqual([]);
    expect(warning?.code).toBe('inspection-bounded');
    expect(warning?.count).toBeGreaterThan(100);
    expect(warning?.count).toBeLessThan(200);
    expect(result.partial).toBe(false);
    const apps = [...result.flows()].flatMap(({ batch }) => batch.meta.slice(0, batch.count).map((meta) => meta?.app));
    expect(apps).toEqual(Array(500).fill('HTTP2'));
    result.close();
  });

  it('are told of once while they are watched', async () => {
    const events: LiveEvent[] = [];
    const source = await replay({ files: [many], speed: 'max' });
    try {
      const result = await watch(source, { seed: 1, onEvent: (event) => void events.push(event) });
      result.close();
    } finally {
      await source.close();
    }
    const notices = events.filter((event) => event.event === 'notice');
    expect(notices.filter(({ code }) => code === 'inspection-bounded')).toHaveLength(1);
  });

  it('are not spoken of where the memory is enough', async () => {
    const result = await triage({ files: [few], seed: 1, threads: 1 });
    expect(result.report.inputs.flatMap((input) => input.warnings)).toEqual([]);
    result.close();
  });
});
