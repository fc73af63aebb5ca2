/** Who may capture here, by which engine, and if nobody may: what exactly to type. Nothing is opened to find out. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { probeHelper, type Probe } from '../client/run-helper.ts';
import { loadCap } from '../sources/cap-source.ts';
import { findDumpcap } from '../sources/dumpcap-source.ts';
import type { CaptureEngine } from '../types.ts';
import { HELPER_GROUP, INSTALLED_SETUP, type HelperPlaces } from './places.ts';

export interface Cure {
  /** In a sentence, for people. */
  text: string;
  /** To copy into a terminal; null where there is nothing to type. */
  command: string | null;
  url: string | null;
}

export interface Access {
  /** By which a capture would be made now; null where it cannot. */
  engine: CaptureEngine | null;
  /** The program of the engine, where it has one. */
  path: string | null;
  /** What is the matter, or how a capture would be made: one sentence. */
  message: string;
  /** Where a capture cannot be made, or only by a lesser engine. */
  cure: Cure | null;
  helper: Probe;
}

/** What this module asks the system, so that tests can answer. */
export interface System {
  platform: NodeJS.Platform;
  isRoot: boolean;
  user: string;
  /** Ids of the groups that this process is in. */
  groups: readonly number[];
  probe(path: string): Promise<Probe>;
  /** The line of /etc/group, taken apart; null where there is no such group. */
  group(name: string): Promise<{ id: number; members: readonly string[] } | null>;
  exists(path: string): boolean;
  readable(path: string): boolean;
  cap(): Promise<boolean>;
  dumpcap(): string | undefined;
  /** Whether this process and its children gain nothing by starting a file, whatever the file has. */
  noNewPrivileges(): boolean;
}

export function thisSystem(): System {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    user: userName(),
    groups: process.getgroups?.() ?? [],
    probe: probeHelper,
    group: readGroup,
    exists: existsSync,
    readable,
    cap: async () => !((await loadCap()) instanceof Error),
    dumpcap: findDumpcap,
    noNewPrivileges,
  };
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}

function noNewPrivileges(): boolean {
  try {
    return /^NoNewPrivs:\t1$/m.test(readFileSync('/proc/self/status', 'utf8'));
  } catch {
    return false;
  }
}

async function readGroup(name: string): Promise<{ id: number; members: readonly string[] } | null> {
  const content = await readFile('/etc/group', 'utf8').catch(() => '');
  const fields = content
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':');
  if (!fields) return null;
  return { id: Number(fields[2]), members: (fields[3] ?? '').split(',').filter((member) => member !== '') };
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const NPCAP = 'https://npcap.com/#download';
/** A word of a shell command. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
const cureOf = (text: string, command: string | null = null, url: string | null = null): Cure => ({
  text,
  command,
  url,
});

/** Finds out. */
export async function captureAccess(places: HelperPlaces, system: System = thisSystem()): Promise<Access> {
  if (system.platform !== 'linux') return withoutHelper(system, places);
  const installed = await system.probe(places.installed);
  if (installed.status === 'ready') return ready('helper', installed, 'Captures are made by the installed helper.');
  const shipped = places.shipped === null ? null : await system.probe(places.shipped);
  if (shipped?.status === 'ready') {
    const who = system.isRoot ? 'started by root; it gives that up at once' : 'which has its capability';
    return ready('helper', shipped, `Captures are made by the helper of this program, ${who}.`);
  }
  const problem = installed.status === 'missing' && shipped ? shipped : installed;
  const { message, cure } = await linuxCure(places, installed, shipped, system);
  if (system.isRoot && (await system.cap())) {
    const text = `${message} As root, captures are made by the cap package: timestamps are approximate, drops unknown.`;
    return { engine: 'cap', path: null, message: text, cure, helper: problem };
  }
  const dumpcap = system.dumpcap();
  if (dumpcap !== undefined) {
    const text = `${message} Until then captures are made by dumpcap, which does not tell of lost packets.`;
    return { engine: 'dumpcap', path: dumpcap, message: text, cure, helper: problem };
  }
  return { engine: null, path: null, message, cure, helper: problem };
}

function ready(engine: CaptureEngine, helper: Probe, message: string): Access {
  return { engine, path: helper.path, message, cure: null, helper };
}

interface Advice {
  message: string;
  cure: Cure;
}

async function linuxCure(
  places: HelperPlaces,
  installed: Probe,
  shipped: Probe | null,
  system: System,
): Promise<Advice> {
  const path = quoted(places.installed);
  switch (installed.status) {
    case 'not-executable':
      return groupAdvice(path, system);
    case 'not-allowed':
      return {
        message: 'The capture helper may not have its capability, cap_net_raw, where Sonde runs.',
        cure: cureOf('Allow it: a container by --cap-add=NET_RAW, a service of systemd by its CapabilityBoundingSet.'),
      };
    case 'ready':
    case 'no-capability':
      if (system.noNewPrivileges()) return noNewPrivilegesAdvice();
      return {
        message: 'The installed capture helper has lost its capability.',
        cure: cureOf('Give it back.', `sudo setcap cap_net_raw=ep ${path}`),
      };
    case 'refused':
    case 'broken':
    case 'wrong-version':
      return {
        message: `The installed capture helper is not run: ${installed.why}.`,
        cure: installCure(places, shipped, 'Install it again.'),
      };
    case 'missing':
      return {
        message: 'Capturing needs a helper that root has installed, and there is none yet.',
        cure: installCure(places, shipped, 'Install it; you are asked for an administrator\u2019s password.'),
      };
  }
}

/** Set for this process and for good; a file's capability is then worth nothing. */
function noNewPrivilegesAdvice(): Advice {
  return {
    message: 'The capture helper gets no capability, since Sonde was started with no_new_privs.',
    cure: cureOf(
      'Start it without: a container without --security-opt no-new-privileges, a service of systemd without NoNewPrivileges.',
    ),
  };
}

/** The helper may be run by members of a group, and this user is not, or not yet. */
async function groupAdvice(path: string, system: System): Promise<Advice> {
  const group = await system.group(HELPER_GROUP);
  if (group?.members.includes(system.user) && !system.groups.includes(group.id)) {
    return {
      message: `You were let into the group ${HELPER_GROUP}, which counts from the next login on.`,
      cure: cureOf('Log out and in again, or start Sonde from a shell with the group.', `newgrp ${HELPER_GROUP}`),
    };
  }
  const setup = system.exists(INSTALLED_SETUP);
  const add = `sudo usermod --append --groups ${HELPER_GROUP} ${quoted(system.user)}`;
  return {
    message: `Only members of the group ${HELPER_GROUP} may run ${path}.`,
    cure: cureOf('Join it, then log out and in again.', setup ? `pkexec ${INSTALLED_SETUP}` : add),
  };
}

/** The command is for a terminal in any folder. */
function installCure(places: HelperPlaces, shipped: Probe | null, text: string): Cure {
  if (places.shipped === null || places.installer === null) return cureOf('Install the package of Sonde again.');
  if (shipped === null || shipped.status === 'missing') {
    return cureOf('Build it: in the folder of Sonde, once its development packages are there.', 'npm run setup');
  }
  return cureOf(text, `sudo sh ${quoted(places.installer)} ${quoted(places.shipped)}`);
}

/** Windows and macOS, where users can be let open devices, and others. */
async function withoutHelper(system: System, places: HelperPlaces): Promise<Access> {
  const helper: Probe = { status: 'missing', path: places.installed, why: 'the helper is for Linux' };
  const cap = await system.cap();
  const mac = system.platform === 'darwin';
  const may = system.isRoot || (mac ? system.readable('/dev/bpf0') : cap);
  if (cap && may) {
    const message = 'Captures are made by the cap package: timestamps are approximate, drops unknown.';
    return { engine: 'cap', path: null, message, cure: null, helper };
  }
  const dumpcap = system.dumpcap();
  const { message, cure } = mac ? macAdvice(cap) : windowsAdvice(system);
  if (dumpcap !== undefined && !mac) {
    return { engine: 'dumpcap', path: dumpcap, message: 'Captures are made by dumpcap.', cure: null, helper };
  }
  return { engine: null, path: null, message, cure, helper };
}

function macAdvice(cap: boolean): Advice {
  if (!cap) return { message: 'The cap package does not load.', cure: cureOf('Build it.', 'npm run setup') };
  const text =
    'Install ChmodBPF, which comes with Wireshark and lets the group access_bpf read devices; or, until the next start:';
  return {
    message: 'This user may not read network devices.',
    cure: cureOf(
      text,
      'sudo chgrp admin /dev/bpf* && sudo chmod g+rw /dev/bpf*',
      'https://www.wireshark.org/download.html',
    ),
  };
}

function windowsAdvice(system: System): Advice {
  if (system.platform === 'win32' && !system.exists('C:\\Windows\\System32\\Npcap\\wpcap.dll')) {
    return {
      message: 'Capturing on Windows needs Npcap, which is not installed.',
      cure: cureOf('Install Npcap from its own page; leave “WinPcap API-compatible mode” ticked.', null, NPCAP),
    };
  }
  return { message: 'The cap package does not load.', cure: cureOf('Build it.', 'npm run setup') };
}
