/** Where both ends of a flow are registered, behind the other fields of `--flows` where `--geo` says so. */
import { valueCell } from '../../../src-shared/domain/csv.ts';
import { PLACE_FIELDS, placeValues, type Place, type PlaceValues } from '../../../src-shared/domain/place.ts';
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { TextSink } from '../../meter/flows/text-sink.ts';

/** Hosts whose words are remembered: a look-up costs more than a line. */
const REMEMBERED = 100_000;

/** Of a host; undefined: it is ours, or nobody knows. */
export type PlaceOf = (host: number) => Place | undefined;

export class FlowPlaces {
  private readonly placeOf: PlaceOf;
  private readonly known = new Map<number, PlaceValues>();

  constructor(placeOf: PlaceOf) {
    this.placeOf = placeOf;
  }

  /** Appends to the line of CSV that was written last. */
  csv(out: TextSink, { columns }: FlowBatch, row: number): void {
    const values = [...this.of(columns.origHost[row]!), ...this.of(columns.respHost[row]!)];
    out.length -= '\n'.length;
    out.text(`,${values.map(valueCell).join(',')}\n`);
  }

  /** Appends to the object that was written last. */
  json(out: TextSink, { columns }: FlowBatch, row: number): void {
    const values = [...this.of(columns.origHost[row]!), ...this.of(columns.respHost[row]!)];
    out.length -= '}\n'.length;
    out.text(`,${values.map((value, i) => `"${PLACE_FIELDS[i]!}":${JSON.stringify(value)}`).join(',')}}\n`);
  }

  private of(host: number): PlaceValues {
    const before = this.known.get(host);
    if (before) return before;
    const values = placeValues(this.placeOf(host));
    if (this.known.size < REMEMBERED) this.known.set(host, values);
    return values;
  }
}
