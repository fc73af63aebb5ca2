/** Cisco's IPsec through address translation on port 10000: the mark that stands where no security association does. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 8 && u32(data, at) === 0xfe577e2b ? YES : NO;
}

export const ciscoVpn: Inspector = {
  id: 'cisco-vpn',
  over: 'both',
  ports: [10000, 8008, 8009],
  first: [0xfe],
  service: '',
  app: 'CiscoVPN',
  probe,
};
