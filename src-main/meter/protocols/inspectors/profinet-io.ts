/** PROFINET's context management: remote calls over UDP of its own interfaces. */
import { hex } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

/** dea0000x-6c97-11d1-8271-00a02442df7d, in either byte order. */
const LITTLE = '00a0de976cd111827100a02442df7d';
const BIG = 'dea0000';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 80) return NO;
  const id = hex(data, at + 24, at + 40, 16);
  return id.slice(2) === LITTLE || (id.startsWith(BIG) && id.endsWith('827100a02442df7d')) ? YES : NO;
}

export const profinetIo: Inspector = {
  id: 'profinet-io',
  over: 'udp',
  ports: [34964],
  first: [0x04],
  service: '',
  app: 'DCERPC.PROFINET_IO',
  probe,
};
