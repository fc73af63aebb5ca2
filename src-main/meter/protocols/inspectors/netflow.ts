/** NetFlow and IPFIX (RFC 3954, RFC 7011): version, number of records, and lengths that fit. */
import { u16 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const SIZES: ReadonlyMap<number, readonly [header: number, record: number, max: number]> = new Map([
  [1, [16, 52, 24]],
  [5, [24, 48, 30]],
  [7, [24, 52, 27]],
]);
function version(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at >= 2) flow.fact('netflow.version', String(u16(data, at)));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16) return NO;
  const number = u16(data, at);
  const size = SIZES.get(number);
  const count = u16(data, at + 2);
  if (size) return !p.tcp && count > 0 && count <= size[2] && at + size[0] + count * size[1] === end ? YES : NO;
  if (number === 10) {
    if (end - at < 20 || at + count > end || count < 20) return NO;
    const set = u16(data, at + 16);
    return (set === 2 || set === 3 || set >= 256) && at + 16 + u16(data, at + 18) <= at + count ? YES : NO;
  }
  if (number !== 9 || end - at < 24 || p.tcp) return NO;
  const set = u16(data, at + 20);
  return count > 0 &&
    count < 256 &&
    (set <= 1 || set >= 256) &&
    u16(data, at + 22) >= 4 &&
    at + 20 + u16(data, at + 22) <= end
    ? YES
    : NO;
}

export const netflow: Inspector = {
  id: 'netflow',
  over: 'both',
  ports: [2055, 2056, 4739, 6363, 9995, 9996, 9025],
  first: [0x00],
  service: '',
  app: 'NetFlow',
  probe,
  open: once(version),
};
