/**
 * Packets and bytes of incidents while their flows go on. A behaviour that does not count leaves it to the flows
 * (detect/types.ts): the report adds them up at the end, what is told before it cannot wait for that.
 */
import type { Columns } from '../../../meter/columns.ts';
import type { flowSchema, FlowBatch } from '../../../meter/flows/types.ts';
import type { BuiltIncident } from '../../../detect/incidents/build.ts';

/** Flows that ended whose figures are at hand: 24 bytes each. Older ones count no more until the end. */
const REMEMBERED = 1 << 18;

type Live = Columns<typeof flowSchema>;

export class LiveTraffic {
  /** By a flow's id, at its remainder. */
  private readonly ids: Float64Array;
  private readonly packets: Float64Array;
  private readonly bytes: Float64Array;

  /** `remembered`: flows that ended whose figures are kept. */
  constructor(remembered = REMEMBERED) {
    this.ids = new Float64Array(remembered).fill(-1);
    this.packets = new Float64Array(remembered);
    this.bytes = new Float64Array(remembered);
  }

  /** Flows that ended. */
  add({ count, columns: c }: FlowBatch): void {
    for (let row = 0; row < count; row++) {
      const place = c.id[row]! % this.ids.length;
      this.ids[place] = c.id[row]!;
      this.packets[place] = c.origPkts[row]! + c.respPkts[row]!;
      this.bytes[place] = c.origIpBytes[row]! + c.respIpBytes[row]!;
    }
  }

  /**
   * Fills in, in place, what incidents came to until now, where the behaviour did not count it. `live`: flows that have not
   * ended, by slot; those that are free are zero.
   */
  count(incidents: readonly BuiltIncident[], live: Live): void {
    const open = new Map<number, BuiltIncident[]>();
    const withoutBytes = new Set<BuiltIncident>();
    for (const built of incidents) {
      if (built.incident.packets > 0) continue;
      if (built.incident.bytes === 0) withoutBytes.add(built);
      for (const id of built.flowIds) this.ofEnded(built, id, withoutBytes, open);
    }
    if (open.size > 0) countOpen(open, withoutBytes, live);
  }

  private ofEnded(
    built: BuiltIncident,
    id: number,
    withoutBytes: ReadonlySet<BuiltIncident>,
    open: Map<number, BuiltIncident[]>,
  ): void {
    const place = id % this.ids.length;
    if (this.ids[place] === id) {
      built.incident.packets += this.packets[place]!;
      if (withoutBytes.has(built)) built.incident.bytes += this.bytes[place]!;
      return;
    }
    const others = open.get(id);
    if (others) others.push(built);
    else open.set(id, [built]);
  }
}

function countOpen(
  open: ReadonlyMap<number, readonly BuiltIncident[]>,
  withoutBytes: ReadonlySet<BuiltIncident>,
  { id, origPkts, respPkts, origIpBytes, respIpBytes }: Live,
): void {
  for (let slot = 0; slot < id.length; slot++) {
    const packets = origPkts[slot]! + respPkts[slot]!;
    if (packets === 0) continue;
    for (const built of open.get(id[slot]!) ?? []) {
      built.incident.packets += packets;
      if (withoutBytes.has(built)) built.incident.bytes += origIpBytes[slot]! + respIpBytes[slot]!;
    }
  }
}
