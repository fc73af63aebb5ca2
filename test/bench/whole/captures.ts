/**
 * The captures that speed is measured on. Where the folder `../shared` is there, its script makes them from real
 * captures; elsewhere the project's own generator does. They are kept in `.bench/`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
export const CACHE = join(ROOT, '.bench');
const SCRIPT = join(ROOT, '..', 'shared', 'perf', 'make-captures.sh');

export interface BenchCapture {
  name: string;
  path: string;
  /** A C program that does the least a meter can do, if there is one. */
  floor: string | undefined;
}

/** Which captures: `minute` generated ones of a tenth of the size, `quick` without the five million packets. */
export type Size = 'minute' | 'quick' | 'whole';

function generated(name: string, options: readonly string[]): string {
  const path = join(CACHE, name);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  process.stderr.write(`making ${path}\n`);
  const part = `${path}.part.pcap`;
  execFileSync(process.execPath, [join(ROOT, 'test/generator/main.ts'), ...options, '--out', part], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(part, path);
  return path;
}

/** Made of real captures: m1 and flood, and m5 if asked for. Undefined where they cannot be made. */
function real(five: boolean): BenchCapture[] | undefined {
  const at = (name: string): string => join(CACHE, name);
  const names = ['m1.pcap', 'flood.pcap', ...(five ? ['m5.pcap'] : [])];
  if (!names.every((n) => existsSync(at(n)))) {
    if (!existsSync(SCRIPT)) return undefined;
    process.stderr.write(`making ${names.join(', ')} in ${CACHE} from real captures\n`);
    const env = { ...process.env, ...(five ? { WITH_M5: '1' } : {}) };
    const ran = spawnSync('bash', [SCRIPT, CACHE], { stdio: ['ignore', 'ignore', 'inherit'], env });
    if (ran.status !== 0) {
      process.stderr.write(
        'they could not be made (a C compiler and editcap are needed); going on with generated ones\n',
      );
      return undefined;
    }
  }
  const floor = existsSync(at('floor')) ? at('floor') : undefined;
  return names.map((name) => ({ name: name.replace('.pcap', ''), path: at(name), floor }));
}

/** Makes what is missing; the first use takes minutes. */
export function captures(size: Size): BenchCapture[] {
  const own = (name: string, ...options: string[]): BenchCapture => ({
    name,
    path: generated(`${name}.pcap`, options),
    floor: undefined,
  });
  if (size === 'minute')
    return [
      own('mix-100k', '--packets', '100000', '--seed', '1'),
      own('flood-100k', '--flood', '100000', '--seed', '1'),
    ];
  return (
    real(size === 'whole') ?? [
      own('mix-1m', '--packets', '1000000', '--seed', '1'),
      own('flood-1m', '--flood', '1000000', '--seed', '1'),
      ...(size === 'whole' ? [own('mix-5m', '--packets', '5000000', '--seed', '2')] : []),
    ]
  );
}
