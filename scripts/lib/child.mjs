/** Child processes: either in the foreground as if they were this process, or in the background with a log. */
import { spawn } from 'node:child_process';

const FORWARDED = /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGINT']);
const PARENT_CHECK_MS = 500;

/**
 * @typedef {object} Foreground
 * @property {(child: import('node:child_process').ChildProcess) => void} [onSpawn]
 * @property {boolean} [endBySignal] false: where a signal that was not sent here ends it, that is exit code 1
 */

/**
 * Runs a command on this process's standard streams and ends as it ends: the same exit code, or the same signal.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & Foreground} [options]
 * @returns {Promise<number>} its exit code; never where a signal ended it, since this process then ends too
 */
export function foreground(command, args, { onSpawn, endBySignal = true, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    onSpawn?.(child);
    let asked = false;
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      asked = true;
      // A terminal sends Ctrl-C to both processes: twice would mean "at once" to a program that is ending cleanly.
      if (signal !== 'SIGINT' || !onTerminal()) child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const unwatch = whenParentEnds(() => child.kill('SIGTERM'));
    const release = () => {
      unwatch();
      FORWARDED.forEach((signal) => process.off(signal, forward));
    };
    child.on('error', (error) => {
      release();
      reject(error);
    });
    child.on('exit', (code, signal) => {
      release();
      if (signal === null || !(endBySignal || asked)) resolve(code ?? 1);
      else endBy(signal);
    });
  });
}

/**
 * A command that npm started ends with npm, even where npm was killed and could tell nobody.
 * @param {() => void} then
 * @returns {() => void} stops watching
 */
export function whenParentEnds(then) {
  if (process.env['npm_lifecycle_event'] === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, PARENT_CHECK_MS).unref();
  return () => clearInterval(timer);
}

function onTerminal() {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}

/** @param {NodeJS.Signals} signal */
function endBy(signal) {
  process.kill(process.pid, signal);
  // Signals that Node cannot be ended by (or a platform without them): the shell's convention.
  setTimeout(() => process.exit(1), 1000);
}

/**
 * Runs a command out of sight.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { limitMs?: number }} [options] limitMs: killed after so long
 * @returns {Promise<{ ok: boolean, output: string }>} output: both streams as they came
 */
export function background(command, args, { limitMs, ...options } = {}) {
  return new Promise((resolve) => {
    const group = process.platform !== 'win32';
    // Its output goes into messages and logs.
    const env = { ...(options.env ?? process.env), NO_COLOR: '1', FORCE_COLOR: undefined };
    const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'], detached: group });
    let output = '';
    const collect = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-1_000_000);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const kill = () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      if (group) process.kill(-child.pid, 'SIGKILL');
      else child.kill();
    };
    const stop = (/** @type {NodeJS.Signals} */ signal) => {
      kill();
      endBy(signal);
    };
    for (const signal of FORWARDED) process.once(signal, stop);
    const timer = limitMs === undefined ? undefined : setTimeout(kill, limitMs);
    const end = (/** @type {boolean} */ ok) => {
      clearTimeout(timer);
      for (const signal of FORWARDED) process.off(signal, stop);
      resolve({ ok, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

/**
 * The last lines of a command's output, for a message about its failure.
 * @param {string} output
 */
export function tail(output, lines = 15) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}
