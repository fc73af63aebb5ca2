/** Mumble's voice: the ping on its port, and the answer with version, users and bandwidth on any. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [64738];
const PING = 12;
const ANSWER = 24;
const USERS_MAX = 65_536;
/** Bits a second that a server may grant a speaker. */
const BANDWIDTH_MIN = 8_000;
const BANDWIDTH_MAX = 10_000_000;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at === PING) return usual(p, PORTS) && u32(data, at) === 0 ? YES : NO;
  if (end - at !== ANSWER || data[at + 1] !== 1) return NO;
  const users = u32(data, at + 12);
  const most = u32(data, at + 16);
  const bandwidth = u32(data, at + 20);
  return users <= most && most <= USERS_MAX && most > 0 && bandwidth >= BANDWIDTH_MIN && bandwidth <= BANDWIDTH_MAX
    ? YES
    : NO;
}

export const mumble: Inspector = {
  id: 'mumble',
  over: 'udp',
  ports: PORTS,
  first: [0x00],
  service: '',
  app: 'Mumble',
  probe,
};
