/** Flows of a selection as CSV or NDJSON, in Zeek's names, in chunks so that nothing waits long. */
import { open } from 'node:fs/promises';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { FlowRow } from '../../../../src-shared/contract/topics/flows.ts';
import { valueCell } from '../../../../src-shared/domain/csv.ts';
import { PLACE_FIELDS, placeValues, type PlaceValues } from '../../../../src-shared/domain/place.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { factsOf, flowRowOf, type StoredFlow } from '../../../keep/store/queries/flows.ts';
import type { Selection } from '../../../keep/store/queries/common.ts';
import type { Readers } from '../../../keep/store/readers.ts';
import { placeOutside, type PlacesNow } from '../enrichment/open-places.ts';

const CHUNK = 4000;

/** Zeek's name → value. */
const COLUMNS: readonly [name: string, value: (f: FlowRow) => string | number | boolean | null][] = [
  ['ts', (f) => f.ts],
  ['uid', (f) => f.uid],
  ['community_id', (f) => f.communityId],
  ['id.orig_h', (f) => f.origH],
  ['id.orig_p', (f) => f.origP],
  ['id.resp_h', (f) => f.respH],
  ['id.resp_p', (f) => f.respP],
  ['proto', (f) => f.proto],
  ['service', (f) => f.service || null],
  ['duration', (f) => Number(f.duration.toFixed(9))],
  ['orig_bytes', (f) => f.origBytes],
  ['resp_bytes', (f) => f.respBytes],
  ['conn_state', (f) => f.connState],
  ['missed_bytes', (f) => f.missedBytes],
  ['history', (f) => f.history || null],
  ['orig_pkts', (f) => f.origPkts],
  ['orig_ip_bytes', (f) => f.origIpBytes],
  ['resp_pkts', (f) => f.respPkts],
  ['resp_ip_bytes', (f) => f.respIpBytes],
  ['vlan', (f) => f.vlan],
  ['app', (f) => f.app || null],
  ['score', (f) => f.score],
  ['anomalous', (f) => f.anomalous],
];

/** Addresses whose places are remembered: a look-up costs more than a line. */
const REMEMBERED = 100_000;

/** What `PLACE_FIELDS` say of a flow, where databases of places are named. */
class FlowPlaces {
  private readonly now: PlacesNow;
  private readonly known = new Map<string, PlaceValues>();

  constructor(now: PlacesNow) {
    this.now = now;
  }

  of({ origH, respH }: FlowRow): (string | number | null)[] {
    return [...this.end(origH), ...this.end(respH)];
  }

  private end(address: string): PlaceValues {
    const before = this.known.get(address);
    if (before) return before;
    const values = placeValues(placeOutside(address, this.now));
    if (this.known.size < REMEMBERED) this.known.set(address, values);
    return values;
  }
}

/** NDJSON has what was learned of the flow besides, as `facts`. */
function line(stored: StoredFlow, format: 'csv' | 'ndjson', places: FlowPlaces | undefined): string {
  const row = flowRowOf(stored);
  const placed = places?.of(row) ?? [];
  if (format === 'csv') return [...COLUMNS.map(([, value]) => value(row)), ...placed].map(valueCell).join(',');
  const columns = Object.fromEntries(COLUMNS.map(([name, value]) => [name, value(row)]));
  const facts = stored.facts === '' ? {} : { facts: factsOf(stored) };
  const ends = Object.fromEntries(placed.map((value, i) => [PLACE_FIELDS[i]!, value]));
  return JSON.stringify({ ...columns, ...facts, ...(row.process ? { process: row.process } : {}), ...ends });
}

/** How many flows were written; with country and AS of both ends where `now` knows places. @throws SondeError `cancelled`, `disk-full`, `write-failed`, `bad-filter` */
export async function writeFlowFile(
  readers: Readers,
  selection: Selection,
  format: 'csv' | 'ndjson',
  path: string,
  signal: CancelSignal,
  now: PlacesNow | null,
): Promise<number> {
  const places = now ? new FlowPlaces(now) : undefined;
  const names = [...COLUMNS.map(([name]) => name), ...(places ? PLACE_FIELDS : [])];
  const file = await open(path, 'w', 0o600);
  let [written, after] = [0, -1];
  try {
    if (format === 'csv') await file.write(`${names.join(',')}\n`);
    for (;;) {
      const chunk = await readers.ask('flowsAfter', [selection, after, CHUNK], signal);
      if (chunk.length > 0) await file.write(chunk.map((f) => `${line(f, format, places)}\n`).join(''));
      written += chunk.length;
      after = chunk.at(-1)?.id ?? after;
      if (chunk.length < CHUNK) return written;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new SondeError('disk-full', 'the disk is full', path, 'Free some space, then try again.', { cause: error });
  } finally {
    await file.close();
  }
}
