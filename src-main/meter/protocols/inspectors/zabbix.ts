/** Zabbix: the header of its server, agents and proxies. */
import { startsWith } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  return end - at >= 5 && startsWith(data, at, end, 'ZBXD') && data[at + 4]! <= 7 ? YES : NO;
}

export const zabbix: Inspector = {
  id: 'zabbix',
  over: 'tcp',
  ports: [10050, 10051],
  first: [0x5a],
  service: '',
  app: 'Zabbix',
  probe,
};
