/**
 * A command in a root folder under the limits that an engine would set: namespaces, user, capabilities, read-only root,
 * volumes. What an engine adds to that (seccomp profile, cgroups, AppArmor) is not here.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { quoted } from './build-root.mjs';

/**
 * @typedef {object} Limits
 * @property {string} network `none`, or the network namespace that stands for the machine's
 * @property {string[]} [bounding] capabilities that a file can give at all: `--cap-add` after `--cap-drop=ALL`
 * @property {string[]} [ambient] capabilities that the command begins with; Podman gives those of `--cap-add` to a user
 * @property {boolean} [noNewPrivileges]
 * @property {string} [user] `--user`
 * @property {{ from: string, to: string, readOnly?: boolean }[]} [volumes]
 */
/** @typedef {import('./build-root.mjs').Image} Image */

/**
 * @param {Image} image
 * @param {string[]} command
 * @param {Limits} limits
 * @returns {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, import('node:stream').Readable>}
 */
export function start(image, command, limits) {
  const inside = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--ipc', '--uts'];
  const namespaced =
    limits.network === 'none' ? [...inside, '--net'] : ['ip', 'netns', 'exec', limits.network, ...inside];
  const [program, ...args] = [...namespaced, 'sh', '-c', script(image, command, limits)];
  // The environment of the machine ends here: what runs inside gets the image's.
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } });
}

/**
 * @param {Image} image
 * @param {string[]} command
 * @param {Limits} limits
 */
function script(image, command, { network, bounding = [], ambient = [], noNewPrivileges = false, user, volumes = [] }) {
  const lines = ['set -e', 'mount --make-rprivate /', `mount --bind ${quoted(image.root)} ${quoted(image.root)}`];
  lines.push(`cd ${quoted(image.root)}`, 'mount -t proc proc proc', 'mount -t tmpfs -o mode=755,nosuid tmpfs dev');
  lines.push('for d in null zero full random urandom; do : > dev/$d; mount --bind /dev/$d dev/$d; done');
  lines.push('mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs tmp', 'mount -t sysfs -o ro sysfs sys');
  for (const { from, to, readOnly } of volumes) {
    mkdirSync(join(image.root, to), { recursive: true });
    lines.push(`mount --bind ${quoted(from)} .${quoted(to)}`);
    if (readOnly) lines.push(`mount -o remount,bind,ro .${quoted(to)}`);
  }
  // --read-only
  lines.push('mount -o remount,bind,ro .');
  if (network === 'none') lines.push('ip link set lo up');
  const [uid, gid = uid] = (user ?? image.user).split(':');
  const only = (/** @type {string[]} */ names) => ['-all', ...names.map((name) => `+${name}`)].join(',');
  const words = ['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  words.push(`--bounding-set=${only(bounding)}`, `--inh-caps=${only(ambient)}`, `--ambient-caps=${only(ambient)}`);
  if (noNewPrivileges) words.push('--no-new-privs');
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...image.env };
  words.push(
    '/usr/bin/env',
    '-i',
    '-C',
    image.workdir,
    ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
  );
  lines.push(`exec chroot . ${[...words, ...command].map(quoted).join(' ')}`);
  return lines.join('\n');
}

/**
 * @typedef {object} Ended
 * @property {number | null} status
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * @param {ReturnType<typeof start>} child
 * @param {string} [input]
 * @returns {Promise<Ended>}
 */
export function ended(child, input = '') {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (/** @type {Buffer} */ chunk) => (stdout += chunk.toString()));
  child.stderr.on('data', (/** @type {Buffer} */ chunk) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/**
 * The kernel's account of what runs in a root folder, as seen from outside.
 * @param {Image} image
 * @returns {{ pid: number, name: string, status: Record<string, string> }[]}
 */
export function processesIn(image) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/root`) !== image.root) return [];
        const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n');
        const status = /** @type {Record<string, string>} */ ({});
        for (const line of lines) status[line.split(':', 1)[0] ?? ''] = line.slice(line.indexOf(':') + 1).trim();
        return [{ pid: Number(pid), name: String(status['Name']), status }];
      } catch {
        return [];
      }
    });
}
