import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { resourcePath } from '../../../src-main/run/paths.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'src-main', 'run', 'cli', 'main.ts');
/** A process that waits for its standard input would stay until that ends: here for ever. */
const AT_ONCE_MS = 3000;

it.each([
  ['nothing at all', 0, /stopped before anything was read/],
  ['part of a capture', 3_000_000, /reading was stopped before the end/],
])(
  'Ctrl-C ends it at once while standard input gave %s and stays open',
  async (_, bytes, words) => {
    const child = spawn(process.execPath, [MAIN, 'triage', '-', '--no-models', '--progress'], { stdio: 'pipe' });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    const whole = gunzipSync(readFileSync(resourcePath('sample', 'office-hour.pcapng.gz')));
    if (bytes > 0) child.stdin.write(whole.subarray(0, bytes));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const asked = performance.now();
    child.kill('SIGINT');
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect([code, signal]).toEqual([4, null]);
    expect(performance.now() - asked).toBeLessThan(AT_ONCE_MS);
    child.stdin.destroy();
    expect((await said).join('')).toMatch(words);
  },
  30_000,
);
