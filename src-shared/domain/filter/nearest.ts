/** Which field or word somebody meant who misspelt it, or who speaks the language of another tool. */
import { FIELDS } from './fields.ts';

/** Names of the same things in Wireshark's display filters, ECS, NetFlow and iptables. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'id.orig_h': 'src srcip src_ip src_addr saddr source source.ip ip.src ipv6.src orig originator client orig_h',
    'id.resp_h': 'dst dstip dst_ip dst_addr daddr destination destination.ip ip.dst ipv6.dst resp responder server',
    'id.orig_p': 'sport srcport src_port spt source.port tcp.srcport udp.srcport',
    'id.resp_p': 'dport dstport dst_port dpt destination.port tcp.dstport udp.dstport',
    host: 'ip addr address ip.addr ipv6.addr ip_addr',
    port: 'ports tcp.port udp.port',
    proto: 'protocol transport ip.proto l4proto',
    service: 'app_proto applayer l7 l7proto',
    app: 'application',
    ts: 'time timestamp start frame.time date',
    duration: 'dur lasted tcp.time_relative',
    orig_bytes: 'sent src_bytes sbytes bytes_out source.bytes bytes_toserver',
    resp_bytes: 'received dst_bytes dbytes bytes_in destination.bytes bytes_toclient',
    orig_pkts: 'src_pkts spkts source.packets pkts_toserver',
    resp_pkts: 'dst_pkts dpkts destination.packets pkts_toclient',
    conn_state: 'state flow_state',
    vlan: 'vlan.id vlan_id',
    score: 'risk anomaly_score',
    anomalous: 'anomaly unusual outlier',
    name: 'domain hostname fqdn dns',
    'tls.sni': 'sni server_name tls.handshake.extensions_server_name ssl.server_name tls.server_name',
    'tls.ja3': 'ja3 tls.handshake.ja3',
    'tls.ja4': 'ja4 tls.handshake.ja4',
    'dns.query': 'query dns.qry.name dns.question.name rrname',
    'dns.rcode': 'rcode rcode_name dns.flags.rcode',
    'http.uri': 'uri url http.request.uri',
    'http.agent': 'user_agent useragent http.user_agent',
    'http.method': 'method http.request.method',
    'http.status': 'status_code http.response.code',
  }).flatMap(([field, names]) => names.split(' ').map((name): [string, string] => [name, field])),
);

/** Longer words are no slips of the fingers any more; also bounds the work. */
const LONGEST = 40;

/**
 * Edits from one word to another: letters left out, put in, changed, or two neighbours swapped (optimal string
 * alignment distance; Damerau 1964, Levenshtein 1966).
 */
export function editDistance(a: string, b: string): number {
  let [before, row] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (j > 1 && i > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

/** The word of a list that was most likely meant; undefined where none is near. */
export function nearestWord(typed: string, words: readonly string[]): string | undefined {
  const low = typed.toLowerCase();
  if (low === '' || low.length > LONGEST) return undefined;
  let best: { word: string; edits: number } | undefined;
  for (const word of words) {
    const edits = editDistance(low, word.toLowerCase());
    // A third of the letters may be wrong; of two letters none.
    if (edits <= Math.floor(Math.max(low.length, 1) / 3) && (!best || edits < best.edits)) best = { word, edits };
  }
  return best?.word;
}

/** The field that was most likely meant; undefined where none is near. */
export function nearestField(typed: string): string | undefined {
  const low = typed.toLowerCase();
  const names = FIELDS.map(({ name }) => name);
  const same = names.find((name) => name === low || name.endsWith(`.${low}`)) ?? ELSEWHERE.get(low);
  if (same !== undefined) return same;
  const near = nearestWord(low, names);
  if (near !== undefined) return near;
  // "resp_port" and "orig_h_" come near only to the part after the dot.
  const part = nearestWord(low, names.map(lastPart));
  if (part !== undefined) return names.find((name) => lastPart(name) === part);
  return low.length > 3 ? names.find((name) => name.includes(low) || low.includes(name)) : undefined;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
