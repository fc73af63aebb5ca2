/** Netcode, games' secure transport: the version in the request for a connection. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return startsWith(data, at + 1, end, 'NETCODE 1.0') ? YES : NO;
}

export const yojimbo: Inspector = {
  id: 'yojimbo',
  over: 'udp',
  ports: [],
  first: [0x00],
  service: '',
  app: 'Yojimbo',
  probe,
};
