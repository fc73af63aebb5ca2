/** What a flow of a capture says of the columns of a model; what it does not say stays unknown. */
import type { FlowRow } from '../../../../src-shared/contract/topics/flows.ts';
import type { RecordColumn } from '../../../../src-shared/contract/topics/scoring.ts';

export type Values = Readonly<Record<string, string>>;

const ICMP = new Set(['icmp', 'icmp6']);

const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

/** By what columns of the known formats are called, in lower case. */
type Of = (flow: FlowRow) => string | number | null;
const NAMED: readonly (readonly [names: readonly string[], of: Of])[] = [
  [['id.orig_h', 'source_ip', 'srcip', 'srcaddr', 'source ip', 'src ip'], ({ origH }) => origH],
  [['id.resp_h', 'destination_ip', 'dstip', 'dstaddr', 'destination ip', 'dst ip'], ({ respH }) => respH],
  [['id.orig_p', 'sport', 'source port', 'src port'], ({ origP }) => origP],
  [['id.resp_p', 'dport', 'dsport', 'destination port', 'dst port'], ({ respP }) => respP],
  [['proto', 'protocol', 'protocol_type'], ({ proto }) => proto],
  [['service'], ({ service }) => (service === '' ? 'none' : service)],
  [['conn_state', 'flag', 'state'], ({ connState }) => connState],
  [['history'], ({ history }) => history],
  [['duration', 'dur'], ({ duration }) => duration],
  // CICFlowMeter counts in microseconds.
  [['flow duration'], ({ duration }) => Math.round(duration * 1e6)],
  [['orig_bytes', 'src_bytes', 'bytes_sent'], ({ origBytes }) => origBytes],
  [['resp_bytes', 'dst_bytes', 'bytes_received'], ({ respBytes }) => respBytes],
  [['total length of fwd packets', 'totlen fwd pkts'], ({ origBytes }) => origBytes],
  [['total length of bwd packets', 'totlen bwd pkts'], ({ respBytes }) => respBytes],
  [['orig_pkts', 'orig_packets', 'spkts', 'total fwd packets', 'tot fwd pkts'], ({ origPkts }) => origPkts],
  [['resp_pkts', 'resp_packets', 'dpkts', 'total backward packets', 'tot bwd pkts'], ({ respPkts }) => respPkts],
  // Argus and what is made with it count headers too.
  [['orig_ip_bytes', 'sbytes', 'srcbytes'], ({ origIpBytes }) => origIpBytes],
  [['resp_ip_bytes', 'dbytes'], ({ respIpBytes }) => respIpBytes],
  [['totpkts'], ({ origPkts, respPkts }) => origPkts + respPkts],
  [['totbytes'], ({ origIpBytes, respIpBytes }) => plus(origIpBytes, respIpBytes)],
  [['missed_bytes'], ({ missedBytes }) => missedBytes],
  [['land'], ({ origH, respH, origP, respP }) => (origH === respH && origP === respP ? 1 : 0)],
];
const SAID: ReadonlyMap<string, Of> = new Map(
  NAMED.flatMap(([names, of]) => names.map((name): [string, Of] => [name, of])),
);

function fits(value: string, { kind, words, name }: RecordColumn): boolean {
  // States and services have other words in other formats: then the flow does not say.
  return kind === 'numeric' || words.length === 0 || words.includes(value) || name === 'service_class';
}

export function valuesOfFlow(flow: FlowRow, columns: readonly RecordColumn[]): Values {
  return Object.fromEntries(
    columns.flatMap((column): [string, string][] => {
      const { name } = column;
      const plain = name.toLowerCase();
      const said = SAID.get(plain)?.(flow) ?? null;
      // Where others have ports, ICMP has types and codes.
      if (said === null || (/port|_p$/.test(plain) && ICMP.has(flow.proto))) return [];
      const value = String(said);
      return fits(value, column) ? [[name, value]] : [];
    }),
  );
}
