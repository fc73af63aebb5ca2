/** Flows of one side, added up by host, service and who talks to whom, in one walk. */
import type Database from 'better-sqlite3';
import { addressText } from '../../../../../src-shared/domain/network.ts';
import type { Parameter } from '../../filter/sql.ts';
import { FAILED_STATES, isLocal, ourNetworks, type Range } from '../common.ts';
import { protoWord } from '../protocols.ts';

/** Entries of one table at most: a flood from forged addresses has more. */
export const ENTRIES_MAX = 200_000;

export interface Sum {
  flows: number;
  bytes: number;
}

export interface OfferedSum extends Sum {
  address: string;
  port: number;
  proto: string;
  service: string;
}

export interface Tally extends Sum {
  packets: number;
  /** Hosts that sent something. */
  hosts: Map<string, Sum & { local: boolean }>;
  /** What hosts of ours offered, and answered. */
  offered: Map<string, OfferedSum>;
  /** `ours\nother`: both sent something. */
  peers: Map<string, Sum>;
  services: Map<string, Sum>;
  /** `host\nservice`: each flow counts once. */
  movers: Map<string, Sum>;
  /** A table was full. */
  full: boolean;
}

export function emptyTally(): Tally {
  return {
    flows: 0,
    bytes: 0,
    packets: 0,
    hosts: new Map(),
    offered: new Map(),
    peers: new Map(),
    services: new Map(),
    movers: new Map(),
    full: false,
  };
}

const COLUMNS = `orig_host, resp_host, orig_address, resp_address, resp_port, proto, service, conn_state,
  orig_pkts, resp_pkts, orig_ip_bytes + resp_ip_bytes, orig_port`;
type Row = [
  number, number, Uint8Array | null, Uint8Array | null, number, number, string, number, number, number, number, number,
]; // prettier-ignore

const FAILED: ReadonlySet<number> = new Set(FAILED_STATES);
/** Of ICMP only echoes are offered (types 8 and 128 stand where a port would). */
const ECHOES: ReadonlySet<number> = new Set([8, 128]);
const ICMP: ReadonlySet<number> = new Set([1, 58]);
/** Ports from here on are those of clients: without a protocol that was recognised they say nothing of a service. */
const CLIENT_PORTS = 32_768;

/** Where DNS goes to all of a link (RFC 6762): in flows it has the name of DNS. */
const MULTICAST_DNS = 5353;

/** The protocol that was recognised, else the port; ports that nobody answers at are no services. */
function serviceName([, , , , port, proto, said, , , respPkts]: Row): string {
  if (said === 'dns' && port === MULTICAST_DNS) return 'mdns';
  if (said !== '') return said;
  const word = protoWord(proto);
  if (ICMP.has(proto)) return word;
  if (port >= CLIENT_PORTS) return `${word}, high ports`;
  return respPkts === 0 ? `${word}, no answer` : `${word}/${port}`;
}

/** What machines write that have no address yet. */
const NOBODY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

interface End {
  address: string;
  local: boolean;
}

class Walk {
  private readonly tally: Tally;
  private readonly ends = new Map<number, End>();
  private readonly networks: ReturnType<typeof ourNetworks>;

  constructor(db: Database.Database, capture: number, tally: Tally) {
    this.tally = tally;
    this.networks = ourNetworks(db, capture);
    const hosts = db.prepare('SELECT host, address, address_bytes FROM hosts WHERE capture = ?').raw();
    for (const [host, address, bytes] of hosts.iterate(capture) as Iterable<[number, string, Uint8Array]>)
      this.ends.set(host, { address, local: isLocal(this.networks, bytes) });
  }

  add(row: Row): void {
    const { tally } = this;
    const [origHost, respHost, origBytes, respBytes, port, proto, said, state, origPkts, respPkts, bytes, origPort] = row; // prettier-ignore
    tally.flows++;
    tally.bytes += bytes;
    tally.packets += origPkts + respPkts;
    const orig = this.end(origHost, origBytes);
    const resp = this.end(respHost, respBytes);
    if (origPkts > 0) this.host(orig, bytes);
    if (respPkts > 0) this.host(resp, bytes);
    const word = protoWord(proto);
    const service = serviceName(row);
    this.sum(tally.services, service, bytes);
    const ours = orig.local || !resp.local ? orig : resp;
    this.sum(tally.movers, `${ours.address}\n${service}`, bytes);
    if (origPkts === 0 || respPkts === 0) return;
    if (orig.local || resp.local)
      this.sum(tally.peers, `${ours.address}\n${ours === orig ? resp.address : orig.address}`, bytes);
    const answers = !FAILED.has(state) && (!ICMP.has(proto) || ECHOES.has(origPort));
    if (resp.local && answers && (said !== '' || port < CLIENT_PORTS))
      this.offer(resp.address, port, word, said, bytes);
  }

  private end(host: number, bytes: Uint8Array | null): End {
    const known = this.ends.get(host);
    if (known) return known;
    if (bytes === null) return { address: '::', local: false };
    return { address: addressText(bytes), local: isLocal(this.networks, bytes) };
  }

  private host({ address, local }: End, bytes: number): void {
    if (NOBODY.has(address)) return;
    const { hosts } = this.tally;
    const sum = hosts.get(address);
    if (sum) {
      sum.flows++;
      sum.bytes += bytes;
    } else if (this.hasRoom(hosts)) hosts.set(address, { flows: 1, bytes, local });
  }

  private offer(address: string, port: number, proto: string, service: string, bytes: number): void {
    const { offered } = this.tally;
    const key = `${address}\n${proto}/${port}`;
    const sum = offered.get(key);
    if (!sum) {
      if (this.hasRoom(offered)) offered.set(key, { address, port, proto, service, flows: 1, bytes });
      return;
    }
    sum.flows++;
    sum.bytes += bytes;
    if (sum.service === '') sum.service = service;
  }

  private sum(table: Map<string, Sum>, key: string, bytes: number): void {
    const sum = table.get(key);
    if (sum) {
      sum.flows++;
      sum.bytes += bytes;
    } else if (this.hasRoom(table)) table.set(key, { flows: 1, bytes });
  }

  private hasRoom(table: ReadonlyMap<string, unknown>): boolean {
    if (table.size < ENTRIES_MAX) return true;
    this.tally.full = true;
    return false;
  }
}

/** Adds the flows of a capture (that began in `range`) to `tally`. `watch()` lets a long walk be stopped. */
export function tallyFlows(db: Database.Database, capture: number, range: Range | null, tally: Tally): void {
  const walk = new Walk(db, capture, tally);
  const within = range === null ? '' : 'AND sec >= ? AND sec < ?';
  const params: Parameter[] = range === null ? [] : [Math.ceil(range.from), Math.ceil(range.to)];
  const rows = db.prepare(`SELECT ${COLUMNS} FROM flows WHERE capture = ? ${within} AND watch()`).raw();
  for (const row of rows.iterate(capture, ...params) as Iterable<Row>) walk.add(row);
}
