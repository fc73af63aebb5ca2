/** ActiveMQ's OpenWire: the command that states its format. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 14 && data[at + 4] === 1 && startsWith(data, at + 5, end, 'ActiveMQ') ? YES : NO;
}

export const openwire: Inspector = {
  id: 'openwire',
  over: 'tcp',
  ports: [61616],
  first: [0x00],
  service: '',
  app: 'OpenWire',
  probe,
};
