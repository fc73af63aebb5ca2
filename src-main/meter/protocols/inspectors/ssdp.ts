/** SSDP, the discovery of UPnP: HTTP's words in single datagrams. */
import { latin1, printable, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const STARTS = ['M-SEARCH * HTTP/1.1', 'NOTIFY * HTTP/1.1', 'HTTP/1.1 200 OK'];
const HEADER = /^(SERVER|USER-AGENT|LOCATION|ST|NT):[ \t]*([^\r\n]{1,200})/gim;
const SHOWN = 1024;

function device(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  for (const [, name = '', value = ''] of latin1(data, at, end, SHOWN).matchAll(HEADER))
    flow.fact(`ssdp.${name.toLowerCase()}`, printable(value));
}

function probe(p: Probe): Verdict {
  const first = p.data[p.at]!;
  if (first !== 0x4d && first !== 0x4e && first !== 0x48) return NO;
  for (const start of STARTS) if (startsWith(p.data, p.at, p.end, start)) return YES;
  return NO;
}

export const ssdp: Inspector = {
  id: 'ssdp',
  over: 'udp',
  ports: [1900],
  first: [0x48, 0x4d, 0x4e],
  service: '',
  app: 'SSDP',
  probe,
  open: once(device),
};
