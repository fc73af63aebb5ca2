/** A live capture says which kind of network it sees, and when that changes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../src-shared/domain/live.ts';
import { replay } from '../../../src-main/run/pipeline/live/replay.ts';
import { watch } from '../../../src-main/run/pipeline/live/session.ts';
import { generateToFile } from '../../generator/scenario.ts';

const START = 1_773_136_800;

let folder = '';
const files: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-live-profile-'));
  const parts = [
    { environment: 'home', hosts: 4, hours: 0.5, startSeconds: START },
    { environment: 'office', hosts: 30, hours: 1, startSeconds: START + 1800 },
  ] as const;
  for (const part of parts) {
    const path = join(folder, `${part.environment}.pcapng`);
    await generateToFile({ ...part, seed: 4, volume: 0.02 }, path);
    files.push(path);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function noticesOf(chosen?: 'home'): Promise<string[]> {
  const events: LiveEvent[] = [];
  const source = await replay({ files, speed: 'max' });
  try {
    const onEvent = (event: LiveEvent): void => void events.push(event);
    const result = await watch(source, { seed: 1, onEvent, ...(chosen ? { profile: chosen } : {}) });
    result.close();
  } finally {
    await source.close();
  }
  return events.flatMap((event) => (event.event === 'notice' && event.code === 'profile' ? [event.message] : []));
}

describe('the kind of network, live', { timeout: 120_000 }, () => {
  it('is told after ten minutes with its reason, and again once another is seen twice', async () => {
    const told = await noticesOf();
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^Kind of network: home\. Recognised by what the capture shows: \d+ hosts of yours/);
    expect(told[1]).toMatch(/^Kind of network now: office\. Recognised by what the capture shows: \d+ hosts of yours/);
  });

  it('is no news where someone chose it', async () => {
    expect(await noticesOf('home')).toEqual([]);
  });
});
