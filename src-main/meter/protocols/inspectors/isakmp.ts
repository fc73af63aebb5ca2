/** IKE (RFC 7296, RFC 2408): the header whose length is the datagram's; also behind the marker of RFC 3948. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, end } = p;
  let { at } = p;
  if (end - at >= 32 && (p.respPort === 4500 || p.origPort === 4500) && u32(data, at) === 0) at += 4;
  if (end - at < 28) return NO;
  const version = data[at + 17]!;
  if (version !== 0x10 && version !== 0x20) return NO;
  return u32(data, at + 24) === end - at && (u32(data, at) !== 0 || u32(data, at + 4) !== 0) ? YES : NO;
}

export const isakmp: Inspector = {
  id: 'isakmp',
  over: 'udp',
  ports: [500, 4500],
  service: '',
  app: 'IPSec',
  probe,
};
