/** Columns of the flow table: name, how a value is written, and how it is written in a filter. */
import { writtenValue } from '../../../src-shared/domain/filter/complete.ts';
import type { FlowSort } from '../../../src-shared/domain/flow.ts';
import type { FlowRow } from '../../../src-shared/contract/topics/flows.ts';
import { dateTime, timeOfDay } from '../../lib/clock.ts';
import { bytes, exact } from '../../lib/numbers.ts';
import { placeWords } from '../../../src-shared/domain/place.ts';
import { placeLong } from '../../lib/place-words.ts';
import { secondsText } from '../../../src-shared/features/words.ts';
import { historyText, portText, stateText } from './words.ts';

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
  /** What is copied, where the tooltip explains more than the value; absent: as in full. */
  value?(row: FlowRow): string;
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
  return { ...words(id, title, get, { width: 152, usual: true, sort }), host: get };
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

/** Scores crowd together just below 1, where it matters most; none is rounded up to it. */
function fineScore(value: number): string {
  return (Math.floor(Math.min(value, 0.9999) * 10_000) / 10_000).toFixed(4);
}

function port(id: string, title: string, get: (row: FlowRow) => number, sort: FlowSort): FlowColumn {
  const column = amount(id, title, get, plain, { width: 84, usual: true, sort });
  return { ...column, full: (row) => portText(row.proto, get(row)), value: (row) => String(get(row)) };
}

/** Flows that began within the same second: an exact instant is of use to nobody. */
function sameSecond({ ts }: FlowRow): string {
  const from = Math.floor(ts);
  return `(ts >= ${from} && ts < ${from + 1})`;
}

/** Of the outside end: the filter language has no such field, networks are named there in CIDR. */
function place(
  id: string,
  title: string,
  get: (place: NonNullable<FlowRow['place']>) => string,
  width: number,
): FlowColumn {
  const text = ({ place: known }: FlowRow): string => (known ? get(known) : '');
  const full = ({ place: known }: FlowRow): string =>
    known ? `${known.address}: ${placeLong({ ...known, radar: '' })}` : '';
  return { id, title, width, numeric: false, usual: false, text, full, value: text };
}

/** "curl (process 4711 of anna)". */
function processText({ name, pid, user }: NonNullable<FlowRow['process']>): string {
  return `${name} (process ${pid}${user === undefined ? '' : ` of ${user}`})`;
}

/** "AS64500 Example". */
function networkText({ asn, asName }: NonNullable<FlowRow['place']>): string {
  return placeWords({ ...(asn === undefined ? {} : { asn }), ...(asName === undefined ? {} : { asName }) });
}

export const FLOW_COLUMNS: readonly FlowColumn[] = [
  {
    id: 'ts',
    title: 'Began',
    width: 192,
    numeric: false,
    usual: true,
    sort: 'ts',
    text: ({ ts }, zone) => `${dateTime(ts, zone).slice(0, 10)} ${timeOfDay(ts, zone, 3)}`,
    full: ({ tsText }) => tsText,
    test: sameSecond,
  },
  {
    ...amount('duration', 'Lasted', (r) => r.duration, secondsText, { width: 72, usual: true, sort: 'duration' }),
    full: ({ duration }) => `${Number(duration.toFixed(6))} s`,
  },
  address('id.orig_h', 'Originator', (r) => r.origH, 'id.orig_h'),
  port('id.orig_p', 'Orig. port', (r) => r.origP, 'id.orig_p'),
  address('id.resp_h', 'Responder', (r) => r.respH, 'id.resp_h'),
  port('id.resp_p', 'Resp. port', (r) => r.respP, 'id.resp_p'),
  amount('score', 'Score', (r) => r.score, fineScore, { width: 72, usual: true, sort: 'score' }),
  words('proto', 'Protocol', (r) => r.proto, { width: 72, usual: true, sort: 'proto' }),
  words('service', 'Service', (r) => r.service, { width: 88, sort: 'service' }),
  words('app', 'Application', (r) => r.app, { width: 96, usual: true, sort: 'app' }),
  {
    ...words('conn_state', 'State', (r) => r.connState, { width: 64, usual: true, sort: 'conn_state' }),
    full: ({ connState }) => stateText(connState),
    value: ({ connState }) => connState,
  },
  {
    ...words('history', 'History', (r) => r.history, { width: 96 }),
    full: ({ history }) => historyText(history),
    value: ({ history }) => history,
  },
  amount('orig_bytes', 'Sent', (r) => r.origBytes, bytes, { width: 72, usual: true, sort: 'orig_bytes' }),
  amount('resp_bytes', 'Received', (r) => r.respBytes, bytes, { width: 80, usual: true, sort: 'resp_bytes' }),
  amount('orig_pkts', 'Packets sent', (r) => r.origPkts, exact, { width: 120, sort: 'orig_pkts' }),
  amount('resp_pkts', 'Packets received', (r) => r.respPkts, exact, { width: 120, sort: 'resp_pkts' }),
  amount('orig_ip_bytes', 'IP bytes sent', (r) => r.origIpBytes, bytes, { width: 128 }),
  amount('resp_ip_bytes', 'IP bytes received', (r) => r.respIpBytes, bytes, { width: 128 }),
  amount('missed_bytes', 'Missed', (r) => r.missedBytes, bytes, { width: 80 }),
  { ...amount('vlan', 'VLAN', (r) => r.vlan, plain, { width: 64 }), test: ({ vlan }) => `vlan == ${vlan ?? 0}` },
  words('tunnel', 'Tunnel', (r) => (r.tunnel === 'none' ? '' : r.tunnel), { width: 80 }),
  {
    ...words('process', 'Program', ({ process }) => process?.name ?? '', { width: 112 }),
    full: ({ process }) => (process ? processText(process) : ''),
    value: ({ process }) => process?.name ?? '',
  },
  place('country', 'Country', (known) => known.country ?? '', 72),
  place('network', 'Network', networkText, 176),
  words('uid', 'Flow ID', (r) => r.uid, { width: 176 }),
  words('community_id', 'Community ID', (r) => r.communityId, { width: 248 }),
];

export function columnNamed(id: string): FlowColumn | undefined {
  return FLOW_COLUMNS.find((column) => column.id === id);
}
