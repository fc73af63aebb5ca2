/** Tencent's QQ (OICQ): the marks at both ends, and a version between. */
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [8000];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 13 && data[end - 1] === 3 && usual(p, PORTS) && data[at + 1]! <= 0x4f ? YES : NO;
}

export const oicq: Inspector = {
  id: 'oicq',
  over: 'udp',
  ports: PORTS,
  first: [0x02],
  service: '',
  app: 'OICQ',
  probe,
};
