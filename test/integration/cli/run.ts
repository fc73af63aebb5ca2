/** Runs the command line as a user would, from the sources. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export const MAIN = join(import.meta.dirname, '..', '..', '..', 'src-main', 'run', 'cli', 'main.ts');

/** `sonde args…` with `input` on standard input, in the folder `cwd`. */
export function sonde(args: readonly string[], input: Uint8Array = new Uint8Array(), cwd?: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // A command that never reads its input may be gone before all of it is written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
