/** Short calls of the helper that need no privilege and no device: its version, its list, a filter's check. */
import { execFile } from 'node:child_process';
import { CaptureError, LIMITS } from '../types.ts';
import { FAILURE, PROTOCOL_VERSION, text } from './protocol.ts';
import { checkTrust } from './trust.ts';

const LIMIT_MS = 8000;
const OUTPUT_MAX = 1 << 18;

interface Ran {
  /** Exit code; null where it did not start or was killed. */
  code: number | null;
  /** Why it did not start (an errno's name). */
  errno: string;
  output: string;
  complaint: string;
}

/** Nothing of our environment goes with it: neither what loads code (LD_PRELOAD …) nor a secret. */
export function run(path: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: {}, cwd: '/', timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_MAX } as const;
    const tell = (error: Error | null, output: string, complaint: string): void => {
      const failure: unknown = error && 'code' in error ? error.code : null;
      const code = error === null ? 0 : typeof failure === 'number' ? failure : null;
      const errno = typeof failure === 'string' ? failure : '';
      resolve({ code, errno, output, complaint: text(Buffer.from(complaint), 300).replace(/^sonde-capture: /, '') });
    };
    try {
      execFile(path, args, options, tell).stdin?.end();
    } catch (error) {
      // Node tells of some reasons not to start (EPERM among them) at once rather than later.
      tell(error instanceof Error ? error : new Error(String(error)), '', '');
    }
  });
}

export interface HelperVersion {
  version: string;
  protocol: number;
  /** Whether it may open devices, by its own account. */
  capture: boolean;
}

export type Probe =
  | { status: 'ready'; path: string; version: HelperVersion }
  | { status: 'no-capability'; path: string; version: HelperVersion }
  | {
      status: 'missing' | 'refused' | 'not-executable' | 'not-allowed' | 'broken' | 'wrong-version';
      path: string;
      why: string;
    };

/** Looks at a helper without capturing: is it there, may it be trusted, may we run it, does it speak our protocol? */
export async function probeHelper(path: string): Promise<Probe> {
  const trust = await checkTrust(path);
  if (!trust.ok) return { status: trust.missing ? 'missing' : 'refused', path, why: trust.why };
  const { code, errno, output, complaint } = await run(trust.path, ['--version']);
  // The kernel starts no file that is to have a capability which nothing here may have.
  if (errno === 'EPERM') return { status: 'not-allowed', path, why: `nothing here may have the capability of ${path}` };
  if (errno === 'EACCES') {
    return { status: 'not-executable', path, why: `this user may not run ${path}` };
  }
  const found = /^sonde-capture (\S{1,32}) protocol (\d{1,4}) capture (yes|no)\n$/.exec(output);
  if (code !== 0 || !found) {
    return { status: 'broken', path, why: complaint || `${path} does not run here${errno && ` (${errno})`}` };
  }
  const version = { version: found[1] ?? '', protocol: Number(found[2]), capture: found[3] === 'yes' };
  if (version.protocol !== PROTOCOL_VERSION) {
    const why = `${path} speaks version ${version.protocol} of the protocol, and this program ${PROTOCOL_VERSION}`;
    return { status: 'wrong-version', path, why };
  }
  return { status: version.capture ? 'ready' : 'no-capability', path, version };
}

export interface ListedInterface {
  name: string;
  loopback: boolean;
  up: boolean;
  running: boolean;
  description: string;
}

/** The interfaces as the helper sees them. @throws CaptureError */
export async function listByHelper(path: string): Promise<ListedInterface[]> {
  const trust = await checkTrust(path);
  if (!trust.ok) throw new CaptureError('helper-refused', trust.why, 'See: sonde interfaces');
  const { code, output, complaint } = await run(trust.path, ['--list']);
  if (code !== 0) throw new CaptureError('capture-failed', `interfaces cannot be listed: ${complaint}`, 'Try again.');
  return output
    .split('\n')
    .slice(0, 4096)
    .flatMap((line) => {
      const [name = '', flagText = '', description = ''] = line.split('\t');
      const flags = Number(flagText);
      if (name === '' || Buffer.byteLength(name) > LIMITS.interface || !Number.isInteger(flags)) return [];
      const bits = { loopback: (flags & 1) !== 0, up: (flags & 2) !== 0, running: (flags & 4) !== 0 };
      return [{ name, ...bits, description: description.slice(0, 256) }];
    });
}

/**
 * What the real compiler says to a BPF filter, for a link type; null where it is fine.
 * @throws CaptureError where that cannot be found out
 */
export async function checkFilterByHelper(path: string, filter: string, link = 1): Promise<string | null> {
  if (filter.trim() === '') return null;
  if (Buffer.byteLength(filter) > LIMITS.filter) return `a filter has ${LIMITS.filter} bytes at most`;
  if (/[\0-\x1f\x7f]/.test(filter)) return 'a filter has no control characters';
  const trust = await checkTrust(path);
  if (!trust.ok) throw new CaptureError('helper-refused', trust.why, 'See: sonde interfaces');
  const { code, complaint } = await run(trust.path, ['--check-filter', filter, '--link-type', String(link)]);
  if (code === 0) return null;
  if (code === FAILURE.FILTER) return complaint;
  if (code === null) return 'the filter takes too long to compile (does it name hosts that cannot be looked up?)';
  throw new CaptureError('capture-failed', `the filter cannot be checked: ${complaint}`, 'Try again.');
}
