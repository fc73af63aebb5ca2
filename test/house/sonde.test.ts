import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suiteNeeds } from '../setup/skip.ts';
import { Tree } from './tree.ts';

const MAIN = `
const [what, value] = process.argv.slice(2);
if (what === 'exit') process.exitCode = Number(value);
if (what === 'echo') process.stdin.pipe(process.stdout);
if (what === 'arguments') console.log(JSON.stringify(process.argv.slice(2)));
if (what === 'wait' || what === 'clean') {
  if (what === 'clean') process.on(value as 'SIGTERM', () => { console.log('ended cleanly'); process.exit(0); });
  console.log('waiting');
  setInterval(() => undefined, 1000);
}
`;

// As on a Node that cannot run the product itself: the command in a process of its own.
const SPAWNING = `
import { foreground } from './lib/child.mjs';
import { cliEntry } from './lib/bundle.mjs';
import { ROOT } from './lib/project.mjs';
process.exitCode = await foreground(process.execPath, [cliEntry(ROOT), ...process.argv.slice(2)]);
`;

let tree: Tree;
beforeAll(() => {
  tree = new Tree({ 'src-main/run/cli/main.ts': MAIN, 'scripts/spawning.mjs': SPAWNING });
});
afterAll(() => tree.remove());

function start(script: string, args: string[]): ChildProcess {
  return spawn(process.execPath, [tree.path('scripts', script), ...args], { cwd: '/', stdio: 'pipe' });
}

async function end(child: ChildProcess) {
  const [out, err, [code, signal]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { out, err, code: code as number | null, signal: signal as string | null };
}

it('builds on the first start, also of several at once, with nothing of its own on standard output', async () => {
  const starts = Array.from({ length: 4 }, (_, n) => end(start('sonde.mjs', ['arguments', `${n}`])));
  for (const [n, { out, code }] of (await Promise.all(starts)).entries()) {
    expect(code).toBe(0);
    expect(out).toBe(`["arguments","${n}"]\n`);
  }
  expect((await end(start('sonde.mjs', ['arguments']))).err).toBe('');
});

describe.each(['sonde.mjs', 'spawning.mjs'])('the command ends as the program does (%s)', (script) => {
  it('passes arguments with spaces, quotes and nothing in them', async () => {
    const args = ['arguments', '', 'a b', `"c'`, '--', '*'];
    expect(JSON.parse((await end(start(script, args))).out)).toEqual(args);
  });

  it('passes standard input', async () => {
    const child = start(script, ['echo']);
    child.stdin!.end('packets');
    expect(await end(child)).toEqual({ out: 'packets', err: '', code: 0, signal: null });
  });

  it.each([0, 2, 3, 4, 5])('with exit code %i', async (code) => {
    expect(await end(start(script, ['exit', String(code)]))).toMatchObject({ code, signal: null });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s', async (signal) => {
    const child = start(script, ['wait']);
    const ended = end(child);
    await once(child.stdout!, 'data');
    child.kill(signal);
    expect(await ended).toMatchObject({ code: null, signal });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('in its own time after %s', async (signal) => {
    const child = start(script, ['clean', signal]);
    const ended = end(child);
    await once(child.stdout!, 'data');
    child.kill(signal);
    expect(await ended).toEqual({ out: 'waiting\nended cleanly\n', err: '', code: 0, signal: null });
  });
});

it('runs a TypeScript file of the project', async () => {
  tree.write('test/bench/main.ts', `const n: number = 42; console.log(n, process.argv[2]); process.exitCode = 3;`);
  const ended = await end(start('run-ts.mjs', [tree.path('test/bench/main.ts'), 'x']));
  expect(ended).toMatchObject({ out: '42 x\n', code: 3 });
});

suiteNeeds(process.platform !== 'win32', 'the shell of Windows has no exec')('through npm', () => {
  function npm(args: string[]): ChildProcess {
    return spawn('npm', ['run', '--silent', 'sonde', '--', ...args], { cwd: tree.root, stdio: 'pipe' });
  }

  it('gives the exit code and nothing but the output', async () => {
    expect(await end(npm(['exit', '4']))).toMatchObject({ out: '', code: 4 });
    expect((await end(npm(['arguments', 'a b']))).out).toBe('["arguments","a b"]\n');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends in its own time after %s', async (signal) => {
    const child = npm(['clean', signal]);
    const ended = end(child);
    await once(child.stdout!, 'data');
    child.kill(signal);
    expect(await ended).toMatchObject({ out: 'waiting\nended cleanly\n', code: 0 });
  });

  it('ends when npm is killed', async () => {
    const child = npm(['clean', 'SIGTERM']);
    const ended = end(child);
    await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    // The pipe ends only once the program does, too.
    expect(await ended).toMatchObject({ out: 'waiting\nended cleanly\n', signal: 'SIGKILL' });
  });
});
