/** Alcatel-Lucent's telephones (UA over UDP, "NOE"): the connection's offer, data and signs of life. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const CONNECT = 0;
const CONNECT_ACK = 1;
const KEEP_ALIVE = 4;
const KEEP_ALIVE_ACK = 5;
const DATA = 7;
/** Settings of a connection: version, window, size, losses, interval, quality of service. */
const SETTING_MAX = 9;

/** Settings, each a kind, a length and a value, fill the datagram. */
function settings(data: Uint8Array, at: number, end: number): boolean {
  let next = at;
  let count = 0;
  while (next + 2 <= end) {
    if (data[next]! > SETTING_MAX || data[next + 1]! < 1 || data[next + 1]! > 4) return false;
    next += 2 + data[next + 1]!;
    count++;
  }
  return next === end && count > 0;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const kind = data[at]!;
  if (kind === KEEP_ALIVE || kind === KEEP_ALIVE_ACK) return end - at === 1 ? YES : NO;
  if (kind === DATA) return end - at === 5 || (end - at >= 8 && end - at < 1500) ? YES : NO;
  if (kind === CONNECT_ACK && end - at === 1) return YES;
  return settings(data, at + 1, end) ? YES : NO;
}

export const noe: Inspector = {
  id: 'noe',
  over: 'udp',
  ports: [32000, 32512, 32513, 32640],
  portBound: true,
  first: [CONNECT, CONNECT_ACK, KEEP_ALIVE, KEEP_ALIVE_ACK, DATA],
  service: '',
  app: 'NOE',
  probe,
};
