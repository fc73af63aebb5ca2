/** Runs one program of this machine for an alert: no shell, nothing inherited, bounded in time and output. */
import { spawn, type ChildProcess } from 'node:child_process';
import { DeliveryError } from '../../types.ts';

export interface Run {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly output: string;
}

/** Of what it prints, characters; the rest is read and dropped. */
const OUTPUT_MAX = 4096;
/** How long its output is waited for when it has ended, ms. */
const GRACE_MS = 500;
const WINDOWS = process.platform === 'win32';

/**
 * With what it started and what stayed in its group, which it leads where the system has groups. What began a session or
 * group of its own (`setsid`, daemons) is out of reach.
 */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (WINDOWS) child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** What a system says when it cannot start a program, in words. */
function startTrouble(error: NodeJS.ErrnoException, program: string): DeliveryError {
  const why = error.code === 'ENOENT' ? 'is not there' : error.code === 'EACCES' ? 'may not be run' : 'cannot be run';
  const passing = error.code === 'EAGAIN' || error.code === 'ENOMEM' || error.code === 'EMFILE';
  return new DeliveryError(`${program} ${why} (${error.code ?? error.message})`, passing, undefined, { cause: error });
}

/** Both streams of output as one bounded text. */
function heard(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < OUTPUT_MAX) output = (output + text).slice(0, OUTPUT_MAX);
    });
  }
  return () => output;
}

/** @throws DeliveryError for what Node tells at once, e.g. arguments that are too long together */
function started({ program, arguments: args, environment }: Run): ChildProcess {
  try {
    return spawn(program, [...args], {
      env: environment,
      cwd: WINDOWS ? undefined : '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      shell: false,
      detached: !WINDOWS,
      windowsHide: true,
    });
  } catch (error) {
    throw startTrouble(error as NodeJS.ErrnoException, program);
  }
}

/** Calls `done` once: when it has ended and said all, or a little after its end. */
function whenOver(child: ChildProcess, done: (code: number | null) => void): void {
  child.once('exit', (code) => {
    // What it started and left behind may keep its output open: that is not waited for, nor listened to.
    const left = setTimeout(() => {
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      done(code);
    }, GRACE_MS);
    child.once('close', () => {
      clearTimeout(left);
      done(code);
    });
  });
}

/**
 * Until it ends. Whether its code means success is for who asked.
 * @throws DeliveryError where it cannot be started or takes too long
 */
export async function run(options: Run): Promise<Ended> {
  const { program, input, limit, signal } = options;
  if (signal.aborted) throw new DeliveryError(`${program} was not started: no time was left`, true);
  const child = started(options);
  const output = heard(child);
  const late = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  const end = (): void => kill(child);
  late.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(startTrouble(error, program)));
      whenOver(child, resolve);
      // It may end without reading what it is given.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
    if (late.aborted) throw new DeliveryError(`${program} took too long and was ended`, true);
    return { code, output: output() };
  } finally {
    late.removeEventListener('abort', end);
  }
}
