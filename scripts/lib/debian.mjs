/** Debian's packages: installed where we are root, else the exact command to type. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { background, tail } from './child.mjs';
import { say } from './say.mjs';

/** @typedef {{ name: string, present: () => boolean }} DebianPackage */

/** What building `cap` takes. @type {DebianPackage[]} */
export const FOR_CAPTURE = [
  { name: 'libpcap-dev', present: () => existsSync('/usr/include/pcap.h') || existsSync('/usr/include/pcap/pcap.h') },
  { name: 'build-essential', present: () => onPath('make') && onPath('g++') },
  { name: 'python3', present: () => onPath('python3') },
];

/** What the tests compare with and work with: capinfos comes with tshark. @type {DebianPackage[]} */
export const FOR_TESTS = [
  { name: 'tshark', present: () => onPath('tshark') && onPath('capinfos') },
  { name: 'chromium', present: () => onPath('chromium') },
  { name: 'tcpreplay', present: () => onPath('tcpreplay') },
  { name: 'iproute2', present: () => onPath('ip') },
  { name: 'libcap2-bin', present: () => onPath('setcap') },
];

/** @param {DebianPackage[]} packages */
export function missing(packages) {
  return packages.filter((each) => !each.present()).map((each) => each.name);
}

/** @param {string[]} names */
export function installCommand(names) {
  return `sudo apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

/**
 * Installs those of the packages that are missing. Never ends the run: says what it could not do, and the cure.
 * @param {DebianPackage[]} packages
 * @param {string} purpose what they are for
 * @returns {Promise<boolean>} whether all are there now
 */
export async function ensurePackages(packages, purpose) {
  const names = missing(packages);
  if (names.length === 0) return true;
  if (!onPath('apt-get')) {
    say(`for ${purpose}, install what Debian calls ${names.join(', ')}, then start again`);
    return false;
  }
  if (process.getuid?.() !== 0) {
    say(`for ${purpose}, type: ${installCommand(names)}`);
    return false;
  }
  say(`installing ${names.join(', ')} (for ${purpose}) …`);
  const result = await aptInstall(names);
  if (result.ok && missing(packages).length === 0) return true;
  say(`that failed:\n${tail(result.output, 4)}\nsonde: for ${purpose}, type: ${installCommand(names)}`);
  return false;
}

/** @param {string[]} names */
async function aptInstall(names) {
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, limitMs: 600_000 };
  const install = ['install', '-y', '--no-install-recommends', ...names];
  const first = await background('apt-get', install, options);
  if (first.ok) return first;
  // A new machine has no package lists, or old ones.
  await background('apt-get', ['update'], options);
  return background('apt-get', install, options);
}

/** @param {string} program */
export function onPath(program) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
