/** Columns of the flow table: name, how a value is written, and how it is written in a filter. */
import { writtenValue } from '../../../src-shared/domain/filter/complete.ts';
import type { FlowSort } from '../../../src-shared/domain/flow.ts';
import type { FlowRow } from '../../../src-shared/contract/topics/flows.ts';
import { dateTime, timeOfDay } from '../../lib/clock.ts';
import { bytes, exact, score } from '../../lib/numbers.ts';
import { plainNumber } from '../../../src-shared/features/words.ts';

export interface FlowColumn {
  /** Zeek's name; also that of the filter language, where it has the field. */
  id: string;
  title: string;
  width: number;
  numeric: boolean;
  /** Shown before anybody chose. */
  usual: boolean;
  sort?: FlowSort;
  /** Empty text: nothing known. */
  text(row: FlowRow, zone: string | undefined): string;
  /** In full, for the tooltip; absent: as shown. */
  full?(row: FlowRow): string;
  /** A test that holds for this value; null: there is none. */
  test?(row: FlowRow): string | null;
  /** The address to go to. */
  host?(row: FlowRow): string;
}

interface Options {
  width: number;
  usual?: boolean;
  sort?: FlowSort;
}

const is = (field: string, value: string | number): string =>
  `${field} == ${typeof value === 'number' ? value : writtenValue(value)}`;

function words(
  id: string,
  title: string,
  get: (row: FlowRow) => string,
  { width, usual = false, sort }: Options,
): FlowColumn {
  const test = (row: FlowRow): string | null => (get(row) === '' ? null : is(id, get(row)));
  return { id, title, width, numeric: false, usual, ...(sort ? { sort } : {}), text: get, test };
}

function address(id: string, title: string, get: (row: FlowRow) => string, sort: FlowSort): FlowColumn {
  return { ...words(id, title, get, { width: 160, usual: true, sort }), host: get };
}

function amount(
  id: string,
  title: string,
  get: (row: FlowRow) => number | null,
  show: (value: number) => string,
  { width, usual = false, sort }: Options,
): FlowColumn {
  return {
    id,
    title,
    width,
    numeric: true,
    usual,
    ...(sort ? { sort } : {}),
    text: (row) => shown(get(row), show),
    full: (row) => shown(get(row), (value) => (Number.isInteger(value) ? exact(value) : String(value))),
    test: (row) => (get(row) === null ? `${id} == unset` : is(id, get(row)!)),
  };
}

function shown(value: number | null, show: (value: number) => string): string {
  return value === null ? '' : show(value);
}

function plain(value: number): string {
  return String(value);
}

function seconds(value: number): string {
  if (value === 0) return '0 s';
  return value < 1 ? `${plainNumber(value * 1000)} ms` : `${plainNumber(value)} s`;
}

/** Flows that began within the same second: an exact instant is of use to nobody. */
function sameSecond({ ts }: FlowRow): string {
  const from = Math.floor(ts);
  return `(ts >= ${from} && ts < ${from + 1})`;
}

export const FLOW_COLUMNS: readonly FlowColumn[] = [
  {
    id: 'ts',
    title: 'Began',
    width: 184,
    numeric: false,
    usual: true,
    sort: 'ts',
    text: ({ ts }, zone) => `${dateTime(ts, zone).slice(0, 10)} ${timeOfDay(ts, zone, 3)}`,
    full: ({ tsText }) => tsText,
    test: sameSecond,
  },
  amount('duration', 'Lasted', (r) => r.duration, seconds, { width: 80, usual: true, sort: 'duration' }),
  address('id.orig_h', 'Originator', (r) => r.origH, 'id.orig_h'),
  amount('id.orig_p', 'Port', (r) => r.origP, plain, { width: 64, usual: true, sort: 'id.orig_p' }),
  address('id.resp_h', 'Responder', (r) => r.respH, 'id.resp_h'),
  amount('id.resp_p', 'Port', (r) => r.respP, plain, { width: 64, usual: true, sort: 'id.resp_p' }),
  words('proto', 'Proto', (r) => r.proto, { width: 64, usual: true, sort: 'proto' }),
  words('service', 'Service', (r) => r.service, { width: 88, sort: 'service' }),
  words('app', 'Application', (r) => r.app, { width: 112, usual: true, sort: 'app' }),
  words('conn_state', 'State', (r) => r.connState, { width: 72, usual: true, sort: 'conn_state' }),
  words('history', 'History', (r) => r.history, { width: 96 }),
  amount('orig_bytes', 'Sent', (r) => r.origBytes, bytes, { width: 80, usual: true, sort: 'orig_bytes' }),
  amount('resp_bytes', 'Received', (r) => r.respBytes, bytes, { width: 80, usual: true, sort: 'resp_bytes' }),
  amount('orig_pkts', 'Packets sent', (r) => r.origPkts, exact, { width: 104, sort: 'orig_pkts' }),
  amount('resp_pkts', 'Packets recv.', (r) => r.respPkts, exact, { width: 104, sort: 'resp_pkts' }),
  amount('orig_ip_bytes', 'IP bytes sent', (r) => r.origIpBytes, bytes, { width: 104 }),
  amount('resp_ip_bytes', 'IP bytes recv.', (r) => r.respIpBytes, bytes, { width: 104 }),
  amount('missed_bytes', 'Missed', (r) => r.missedBytes, bytes, { width: 80 }),
  { ...amount('vlan', 'VLAN', (r) => r.vlan, plain, { width: 64 }), test: ({ vlan }) => `vlan == ${vlan ?? 0}` },
  words('tunnel', 'Tunnel', (r) => (r.tunnel === 'none' ? '' : r.tunnel), { width: 80 }),
  amount('score', 'Score', (r) => r.score, score, { width: 72, usual: true, sort: 'score' }),
  words('uid', 'uid', (r) => r.uid, { width: 168 }),
  words('community_id', 'Community ID', (r) => r.communityId, { width: 248 }),
];

export function columnNamed(id: string): FlowColumn | undefined {
  return FLOW_COLUMNS.find((column) => column.id === id);
}
