/** MPEG transport streams (ISO 13818-1) in datagrams: packets of 188 bytes that begin with the sync byte. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if ((end - at) % 188 !== 0) return NO;
  for (let i = at; i < end; i += 188) if (data[i] !== 0x47) return NO;
  return end - at >= 376 || (data[at + 1] !== 0xff && (data[at + 3]! & 0x30) !== 0) ? YES : NO;
}

export const mpegTs: Inspector = {
  id: 'mpeg-ts',
  over: 'udp',
  ports: [1234],
  first: [0x47],
  service: '',
  app: 'MPEG_TS',
  probe,
};
