/** Sun's remote procedure calls (RFC 5531): port mapper, mount and NFS. */
import { text, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import type { Words } from '../words.ts';

const NFS = 100003;
const PROGRAMS: Words = new Map([
  [100000, 'port mapper'],
  [NFS, 'NFS'],
  [100005, 'mount'],
  [100021, 'NFS locks'],
  [100024, 'NFS status'],
]);
/** Procedures of the versions in use: port mapper 2 to 4, NFS 3, mount 1 to 3. */
const PROCEDURES: ReadonlyMap<number, readonly string[]> = new Map([
  [100000, ['null', 'set', 'unset', 'get port', 'dump', 'call']],
  [100005, ['null', 'mount', 'dump', 'unmount', 'unmount all', 'exports']],
]);
const NFS_3 = [
  'null',
  'get attributes',
  'set attributes',
  'look up',
  'access',
  'read link',
  'read',
  'write',
  'create',
].concat(
  ['make directory', 'symbolic link', 'make node', 'remove', 'remove directory', 'rename', 'link', 'read directory'],
  ['read directory, all', 'file system state', 'file system facts', 'path facts', 'commit'],
);
const UNIX = 1;
const NAME_MAX = 255;
const MOUNT = 100005;
const PAYLOADS = 8;

/** Program, version and procedure of a call, and the machine and user its credentials name. */
function call(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, from: number, end: number): void {
  const at = flow.tcp ? from + 4 : from;
  const number = program(data, at, end);
  if (number === 0) return;
  const version = u32(data, at + 16);
  const procedure = u32(data, at + 20);
  flow.also('rpc.program', `${PROGRAMS.get(number) ?? number} ${version}`);
  const known = number === NFS && version === 3 ? NFS_3 : PROCEDURES.get(number);
  const word = known?.[procedure];
  flow.also('rpc.procedure', word === undefined ? String(procedure) : `${procedure} (${word})`);
  credentials(flow, number === MOUNT && word === 'mount', data, at + 24, end);
}

/** Flavour and length; UNIX credentials say a stamp, the machine's name, user and group. Then the verifier and what is mounted. */
function credentials(flow: FlowContext, mounts: boolean, data: Uint8Array, at: number, end: number): void {
  if (at + 8 > end) return;
  const stop = at + 8 + u32(data, at + 4);
  if (stop + 8 > end) return;
  if (u32(data, at) === UNIX && at + 16 <= stop) {
    const name = at + 16;
    const length = u32(data, name - 4);
    const user = name + ((length + 3) & ~3);
    if (length <= NAME_MAX && user + 4 <= stop) {
      flow.also('rpc.machine', text(data, name, name + length, 64));
      flow.also('rpc.user', String(u32(data, user)));
    }
  }
  const path = stop + 12 + u32(data, stop + 4);
  if (mounts && path <= end && path + u32(data, path - 4) <= end)
    flow.also('rpc.mounted', text(data, path, path + u32(data, path - 4), 128));
}

const NAMES: ReadonlyMap<number, readonly [service: string, app: string]> = new Map([
  [100000, ['portmapper', 'NFS']],
  [NFS, ['nfs', 'NFS']],
  [100005, ['mount', 'NFS']],
  [100021, ['', 'NFS']],
  [100024, ['', 'RPC']],
]);

/** A call's program, 0 when [at, end) is no call. */
function program(data: Uint8Array, at: number, end: number): number {
  if (end - at < 24 || u32(data, at + 4) !== 0 || u32(data, at + 8) !== 2) return 0;
  const number = u32(data, at + 12);
  return NAMES.has(number) && u32(data, at + 16) <= 4 ? number : 0;
}

let found = 0;

function probe(p: Probe): Verdict {
  found = program(p.data, p.tcp ? p.at + 4 : p.at, p.end);
  return found > 0 ? YES : NO;
}

const reading = once(call, PAYLOADS);

export const oncRpc: Inspector = {
  id: 'onc-rpc',
  over: 'both',
  ports: [111, 2049],
  marks: { tcp: { at: 8, bytes: [0] }, udp: { at: 4, bytes: [0] } },
  service: '',
  app: '',
  probe,
  open: (flow) => {
    const [service, app] = NAMES.get(found) ?? ['', ''];
    flow.name(service, app);
    return reading();
  },
};
