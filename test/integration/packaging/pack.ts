/**
 * A real pack of the checkout by electron-builder, offline: a folder of stand-in files takes the place of Electron's
 * runtime. The stand-in program has a fuse wire as Electron's has (nine bytes of head, then a digit a fuse), so that
 * electron-builder flips the fuses of electron-builder.yml in it.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

interface Ran {
  code: number | null;
  output: string;
}

interface Archive {
  listPackage(file: string): string[];
  statFile(file: string, name: string): { unpacked?: boolean; files?: object };
  extractFile(file: string, name: string): Buffer;
}

const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** Electron's own defaults, the opposite of ours in most. */
const DEFAULT_FUSES = '10110001';

function standIn(folder: string): void {
  const files = ['chrome-sandbox', 'LICENSE', 'LICENSES.chromium.html', join('locales', 'en-US.pak')];
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `stand-in for ${file}\n`);
  }
  const wire = Buffer.from([1, DEFAULT_FUSES.length, ...Buffer.from(DEFAULT_FUSES)]);
  const program = Buffer.concat([Buffer.from(`stand-in ${SENTINEL}`), wire, Buffer.from(' end')]);
  writeFileSync(join(folder, 'electron'), program, { mode: 0o755 });
}

/** Packs into `folder`/out; `target`: dir or deb. */
export function pack(folder: string, target: 'dir' | 'deb'): Promise<Ran> {
  const electron = join(folder, 'electron');
  standIn(electron);
  return run(
    [
      join(ROOT, 'node_modules', 'electron-builder', 'cli.js'),
      ...['--linux', target, `--${process.arch}`, '--publish', 'never'],
      `-c.electronDist=${electron}`,
      `-c.directories.output=${join(folder, 'out')}`,
      '-c.deb.compression=gz',
    ],
    { CUSTOM_FPM_PATH: join(ROOT, 'scripts', 'pack-fpm.mjs'), SOURCE_DATE_EPOCH: '1790000000' },
  );
}

function run(args: string[], env: Record<string, string>): Promise<Ran> {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env, PATH: path } });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

const require = createRequire(import.meta.url);
const asar = require('@electron/asar') as Archive;

/** Files of an archive with forward slashes and no first one; those that lie beside it, unpacked, apart. */
export function archived(file: string): { inside: string[]; unpacked: string[] } {
  const inside: string[] = [];
  const unpacked: string[] = [];
  for (const path of asar.listPackage(file)) {
    const name = path.replaceAll('\\', '/').slice(1);
    const stat = asar.statFile(file, name);
    if (stat.files === undefined) (stat.unpacked === true ? unpacked : inside).push(name);
  }
  return { inside, unpacked };
}

export function readArchived(file: string, name: string): string {
  return asar.extractFile(file, name).toString('utf8');
}

/** Names of the packages in a list of paths: `node_modules/@a/b/lib/c.js` is of `@a/b`. */
export function packagesOf(paths: readonly string[]): string[] {
  const names = paths.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** Packages that a program names: bare specifiers of imports, static and not, without Node's own. */
export function importedPackages(source: string): string[] {
  const named = source.matchAll(/\b(?:from|import|import\()\s*["']([@a-z][^"'\n:]*)["']/g);
  return [...named].map(([, name]) => /^(?:@[^/]+\/)?[^/]+/.exec(name!)![0]);
}
