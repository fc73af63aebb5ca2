/** Genshin Impact: the datagram of 20 bytes that opens, confirms or ends a connection. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at !== 20) return NO;
  const begin = u32(data, at);
  const last = u32(data, at + 16);
  return (begin === 0x000000ff && last === 0xffffffff) ||
    (begin === 0x00000145 && last === 0x14514545) ||
    (begin === 0x00000194 && last === 0x19419494)
    ? YES
    : NO;
}

export const genshin: Inspector = {
  id: 'genshin',
  over: 'udp',
  ports: [22101, 22102],
  first: [0x00],
  service: '',
  app: 'GenshinImpact',
  probe,
};
