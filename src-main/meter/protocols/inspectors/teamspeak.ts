/** TeamSpeak 3: the mark of the packets that open a connection. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (startsWith(data, at, end, 'TS3INIT1')) return YES;
  return end - at >= 16 && data[at] === 0xf4 && startsWith(data, at, end, '\xf4\xbe\x03\0') ? YES : NO;
}

export const teamspeak: Inspector = {
  id: 'teamspeak',
  over: 'udp',
  ports: [9987],
  first: [0x54, 0xf4],
  service: '',
  app: 'TeamSpeak',
  probe,
};
