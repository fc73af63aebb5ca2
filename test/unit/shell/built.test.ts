/** The desktop's programs as they are built, bundled and all. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureBundle } from '../../../scripts/lib/bundle.mjs';
import { ensureRenderer } from '../../../scripts/lib/renderer.mjs';
import { appRoot } from '../../../src-main/run/paths.ts';
import { preloadScript } from './double/desktop.ts';

const root = appRoot();
const built = (name: string): string => join(root, 'dist', 'src-main', 'run', 'shell', name);
let folder: string;

beforeAll(async () => {
  await ensureBundle(root);
  await ensureRenderer(root);
  folder = mkdtempSync(join(tmpdir(), 'sonde-built-'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('open a window on the built page, and a line to the built engine on the user’s own database', async () => {
  const env = { ...process.env, XDG_DATA_HOME: join(folder, 'data'), XDG_STATE_HOME: join(folder, 'state') };
  const program = join(import.meta.dirname, 'double', 'run-built.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, root, folder], { env, timeout: 60_000 });
  expect(JSON.parse(stdout)).toEqual({
    schemes: [
      {
        scheme: 'app',
        privileges: { standard: true, secure: true, supportFetchAPI: true, bypassCSP: false, corsEnabled: false },
      },
    ],
    page: 200,
    engine: built('engine.js'),
    line: { ok: true, value: null },
    code: 0,
  });
  expect(existsSync(join(folder, 'data', 'sonde', 'desk.db'))).toBe(true);
});

it('hold the preload script that the other tests run', async () => {
  expect(readFileSync(built('preload.cjs'), 'utf8')).toBe(await preloadScript());
});
