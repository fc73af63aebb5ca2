/** conn.log: every flow, when it ends; also those of other sensors' records. */
import { historyText } from '../../../../meter/flows/history.ts';
import { CONN_STATES, HISTORY_MAX } from '../../../../meter/flows/types.ts';
import { CONN } from '../kinds.ts';
import type { Desk, EndedFlow, Maker } from './maker.ts';

/** All as Zeek writes it, and each by itself. */
function serviceCell(services: readonly string[]): readonly string[] | undefined {
  if (services.length === 0) return undefined;
  return services.length === 1 ? services : [services.join(','), ...services];
}

export const connMaker = (): Maker => ({
  kinds: ['conn'],
  reads: [],
  ended(flow: EndedFlow, desk: Desk): void {
    const { batch, row, services } = flow;
    const c = batch.columns;
    const known = c.hasBytes[row] !== 0;
    const history = c.historyLength[row]!;
    const values = {
      service: serviceCell(services),
      duration: known ? c.lastSec[row]! - c.sec[row]! + (c.lastNano[row]! - c.nano[row]!) / 1e9 : undefined,
      orig_bytes: known ? c.origBytes[row]! : undefined,
      resp_bytes: known ? c.respBytes[row]! : undefined,
      conn_state: CONN_STATES[c.connState[row]!] ?? 'OTH',
      local_orig: desk.network.isLocal(c.origHost[row]!),
      local_resp: desk.network.isLocal(c.respHost[row]!),
      missed_bytes: c.missedBytes[row]!,
      history: history === 0 ? undefined : historyText(c.history, row * HISTORY_MAX, history),
      orig_pkts: c.origPkts[row]!,
      orig_ip_bytes: c.origIpBytes[row]!,
      resp_pkts: c.respPkts[row]!,
      resp_ip_bytes: c.respIpBytes[row]!,
      ip_proto: c.proto[row]!,
      vlan: c.vlan[row]! & 0xfff || undefined,
    };
    desk.put(CONN, desk.commonOf(flow), values, desk.endsOf(flow));
  },
});
