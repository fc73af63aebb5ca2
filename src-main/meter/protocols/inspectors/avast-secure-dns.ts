/** Avast's encrypted lookups (without a specification): the name of the service where DNS has its first label. */
import { u32, startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const NAME = 15;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 34 || data[at + 13] !== 0x32 || u32(data, at + 11) !== 0x00013209) return NO;
  return startsWith(data, at + NAME, end, 'SECUREDNS', true) ? YES : NO;
}

export const avastSecureDns: Inspector = {
  id: 'avast-secure-dns',
  over: 'udp',
  ports: [],
  marks: { udp: { at: 13, bytes: [0x32] } },
  service: '',
  app: 'AVASTSecureDNS',
  probe,
};
