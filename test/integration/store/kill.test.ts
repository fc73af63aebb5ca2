import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src-main/keep/store/client.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';

const POINTS = 20;
/** Flows the writer puts into a capture before it calls it complete. */
const WHOLE = 4000;

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function writeUntilKilled(path: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  await sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}

describe('a process killed while it writes', () => {
  it(`leaves, at each of ${POINTS} moments, a sound database with whole captures complete and the last one incomplete`, async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-kill-'));
    const path = join(folder, 'kept.db');
    let seed = 42;
    for (let point = 0; point < POINTS; point++) {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      await writeUntilKilled(path, seed % 160);
      const store = await openStore(path, workerUrl('keep/store/store.worker'));
      const captures = await store.captures();
      expect(await store.check()).toEqual([]);
      expect(captures.length).toBeGreaterThan(point);
      for (const c of captures) {
        if (c.status === 'complete') expect(c.flows).toBe(WHOLE);
        else expect(c.status).toBe('incomplete');
      }
      // The kill came while a capture was open, or in the instant between two.
      const open = captures.filter((c) => c.status === 'incomplete');
      expect(open.length).toBeGreaterThanOrEqual(1);
      await store.close();
    }
  }, 120_000);
});
