/** Where both ends of a flow are registered, behind the other fields of `--flows` where `--geo` says so. */
import type { Place } from '../../../src-shared/domain/place.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { TextSink } from '../../meter/flows/text-sink.ts';

/** In the order of both formats: ISO 3166-1 alpha-2, number of the autonomous system, and whose it is. */
export const PLACE_FIELDS = ['orig', 'resp'].flatMap((side) =>
  ['cc', 'asn', 'as_org'].map((name) => `${side}_${name}`),
);

/** Hosts whose words are remembered: a look-up costs more than a line. */
const REMEMBERED = 100_000;

/** Of a host; undefined: it is ours, or nobody knows. */
export type PlaceOf = (host: number) => Place | undefined;

type Values = readonly [cc: string | null, asn: number | null, org: string | null];

const UNKNOWN: Values = [null, null, null];

function csvCell(value: string | number | null): string {
  if (value === null) return '-';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export class FlowPlaces {
  private readonly placeOf: PlaceOf;
  private readonly known = new Map<number, Values>();

  constructor(placeOf: PlaceOf) {
    this.placeOf = placeOf;
  }

  /** Appends to the line of CSV that was written last. */
  csv(out: TextSink, { columns }: FlowBatch, row: number): void {
    const values = [...this.of(columns.origHost[row]!), ...this.of(columns.respHost[row]!)];
    out.length -= '\n'.length;
    out.text(`,${values.map(csvCell).join(',')}\n`);
  }

  /** Appends to the object that was written last. */
  json(out: TextSink, { columns }: FlowBatch, row: number): void {
    const values = [...this.of(columns.origHost[row]!), ...this.of(columns.respHost[row]!)];
    out.length -= '}\n'.length;
    out.text(`,${values.map((value, i) => `"${PLACE_FIELDS[i]!}":${JSON.stringify(value)}`).join(',')}}\n`);
  }

  private of(host: number): Values {
    const before = this.known.get(host);
    if (before) return before;
    const place = this.placeOf(host);
    const values: Values = place ? [place.country ?? null, place.asn ?? null, place.asName ?? null] : UNKNOWN;
    if (this.known.size < REMEMBERED) this.known.set(host, values);
    return values;
  }
}
