/** collectd's network protocol: the host's name as first part, or a signed or encrypted part on its port. */
import { u16, isAsciiText, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';
import { usual } from '../ports.ts';

const PORTS = [25826];
function host(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const length = u16(data, at + 2);
  if (u16(data, at) === 0 && length > 5 && at + length <= end)
    flow.fact('collectd.host', text(data, at + 4, at + length - 1));
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 10) return NO;
  const kind = u16(data, at);
  const length = u16(data, at + 2);
  if (length < 5 || at + length > end) return NO;
  if (kind === 0x200 || kind === 0x210) return usual(p, PORTS) ? YES : NO;
  if (kind !== 0 || data[at + length - 1] !== 0 || !isAsciiText(data, at + 4, at + length - 1)) return NO;
  if (at + length + 4 > end) return NO;
  const next = u16(data, at + length);
  return (next === 1 || next === 2 || next === 8 || next === 9) && u16(data, at + length + 2) >= 5 ? YES : NO;
}

export const collectd: Inspector = {
  id: 'collectd',
  over: 'udp',
  ports: PORTS,
  first: [0x00, 0x02],
  service: '',
  app: 'collectd',
  probe,
  open: once(host),
};
