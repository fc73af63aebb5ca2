/** AnyDesk's search for its like in the local network. Its connections are TLS: see `certificate-hint.ts`. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  return p.end - p.at > 6 && u16(p.data, p.at) === 0x3ed1 ? YES : NO;
}

export const anydesk: Inspector = {
  id: 'anydesk',
  over: 'udp',
  ports: [50001, 50002, 50003],
  portBound: true,
  first: [0x3e],
  service: '',
  app: 'AnyDesk',
  probe,
};
