/** Sun's remote procedure calls (RFC 5531): port mapper, mount and NFS. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const NFS = 100003;
const NAMES: ReadonlyMap<number, readonly [service: string, app: string]> = new Map([
  [100000, ['portmapper', 'RPC']],
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

export const oncRpc: Inspector = {
  id: 'onc-rpc',
  over: 'both',
  ports: [111, 2049],
  service: '',
  app: '',
  probe,
  open: (flow) => {
    const [service, app] = NAMES.get(found) ?? ['', ''];
    flow.name(service, app);
    flow.finish();
    return {};
  },
};
