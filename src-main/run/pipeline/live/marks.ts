/**
 * What the flows of an incident tell while the capture runs: transports, services, fingerprints of TLS clients. Suppressions
 * look at them, and an alert does not wait for the flow to end.
 */
import { UNKNOWN_MARK, type MarkLists } from '../../../detect/incidents/suppressions/engine.ts';
import { protoWord } from '../../../keep/store/queries/protocols.ts';
import type { FlowBatch, FlowMeta, FlowTable } from '../../../meter/flows/types.ts';

/** Flows that ended whose marks are at hand. */
const REMEMBERED = 1 << 16;
/** Words of one kind for one incident. */
const WORDS = 100;

interface Words {
  protocols: Set<string>;
  ja4: Set<string>;
}

function note({ protocols, ja4 }: Words, proto: number, meta: FlowMeta | undefined): void {
  if (protocols.size < WORDS) protocols.add(protoWord(proto));
  for (const name of (meta?.service ?? '').split(','))
    if (name !== '' && protocols.size < WORDS) protocols.add(name.toLowerCase());
  const print = meta?.facts['tls.ja4'];
  if (print !== undefined && ja4.size < WORDS) ja4.add(print.toLowerCase());
}

export class LiveMarks {
  /** By a flow's id, at its remainder. */
  private readonly ids: Float64Array;
  private readonly protos: Uint8Array;
  private readonly metas: (FlowMeta | undefined)[] = [];

  constructor(remembered = REMEMBERED) {
    this.ids = new Float64Array(remembered).fill(-1);
    this.protos = new Uint8Array(remembered);
  }

  /** Flows that ended. */
  add({ count, columns: { id, proto }, meta }: FlowBatch): void {
    for (let row = 0; row < count; row++) {
      const place = id[row]! % this.ids.length;
      this.ids[place] = id[row]!;
      this.protos[place] = proto[row]!;
      this.metas[place] = meta[row];
    }
  }

  /**
   * What the flows of incidents tell until now, lower case, by incident. `learned`: of a flow that has not ended, by its slot.
   * @param incidents ids of the flows of each
   */
  of(
    incidents: readonly ReadonlySet<number>[],
    { live }: FlowTable,
    learned: (slot: number) => FlowMeta | undefined,
  ): MarkLists[] {
    const all = incidents.map((): Words => ({ protocols: new Set(), ja4: new Set() }));
    const open = new Map<number, Words[]>();
    incidents.forEach((flows, i) => {
      for (const id of flows) this.ofEnded(id, all[i]!, open);
    });
    for (let slot = 0; open.size > 0 && slot < live.id.length; slot++) {
      if (live.origPkts[slot]! + live.respPkts[slot]! === 0) continue;
      const words = open.get(live.id[slot]!);
      if (!words) continue;
      open.delete(live.id[slot]!);
      const meta = learned(slot);
      for (const one of words) {
        note(one, live.proto[slot]!, meta);
        // Its greeting may still come.
        if ((meta?.service ?? '') === '') one.ja4.add(UNKNOWN_MARK);
      }
    }
    // It ended too long ago.
    for (const words of open.values()) for (const one of words) one.ja4.add(UNKNOWN_MARK);
    return all.map(({ protocols, ja4 }) => ({ protocols: [...protocols], ja4: [...ja4] }));
  }

  private ofEnded(id: number, words: Words, open: Map<number, Words[]>): void {
    const place = id % this.ids.length;
    if (this.ids[place] === id) return note(words, this.protos[place]!, this.metas[place]);
    const others = open.get(id);
    if (others) others.push(words);
    else open.set(id, [words]);
  }
}
