/** Zabbix: the header of its server, agents and proxies. */
import { latin1, printable, startsWith } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const HEADER = 13;
const COMPRESSED = 2;
const FIELD = /"(request|host|version|response)"\s*:\s*"([^"]{1,64})"/g;
/** A server asks an agent by the name of a value alone. */
const ITEM = /^([\w.]{3,64})(\[[^\r\n]*)?\s*$/;

function request(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at <= HEADER || data[at + 4]! & COMPRESSED) return;
  const shown = latin1(data, at + HEADER, end, 512);
  for (const [, name = '', value = ''] of shown.matchAll(FIELD)) flow.also(`zabbix.${name}`, printable(value));
  if (!fromOrig) return;
  // Its parameters may be accounts and secrets.
  const [, key = '', parameters] = ITEM.exec(shown) ?? [];
  flow.also('zabbix.item', parameters === undefined ? key : `${key}[…]`);
}

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
  open: once(request, 2),
};
