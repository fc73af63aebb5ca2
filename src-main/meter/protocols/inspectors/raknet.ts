/** RakNet, many games' transport: unconnected messages with the library's magic. */
import { findText } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const MAGIC = '\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return findText(data, MAGIC, at + 1, Math.min(end, at + 36)) > at ? YES : NO;
}

export const raknet: Inspector = {
  id: 'raknet',
  over: 'udp',
  ports: [19132, 19133],
  first: [0x01, 0x02, 0x05, 0x06, 0x07, 0x08, 0x11, 0x12, 0x14, 0x19, 0x1c],
  service: '',
  app: 'RakNet',
  probe,
};
