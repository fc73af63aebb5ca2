/** Continuous exports of the settings, put to work together: what each takes, how it goes, and its end. */
import { hostname } from 'node:os';
import type { SiemExport, SiemExportShown } from '../../../../src-shared/contract/topics/siem.ts';
import type { LiveIncident } from '../../../../src-shared/domain/live.ts';
import type { FlowBatch } from '../../../meter/flows/types.ts';
import { isSyslogTarget, syslogTarget } from '../syslog-export/target.ts';
import { openPublicWay, openWay, type OpenWay } from '../syslog-export/ways.ts';
import { FileOutlet, lineFormatNamed, syslogOutlet, type Outlet, type Trouble } from './outlet.ts';

/** How one of them goes. */
export interface SiemState extends Pick<SiemExportShown, 'error' | 'errorAt' | 'written' | 'lost'> {
  id: string;
  failing: boolean;
}

export interface SiemOptions {
  /** Milliseconds since 1970. */
  now(): number;
  /** The name of this Sonde, for log servers, asked for when one is put to work; absent or undefined: the machine's. */
  sensor?(): string | undefined;
  /** One of them begins to fail, or (null) works again. */
  onTrouble(which: SiemExport, error: Error | null, lost: number): void;
}

/** Of one that ended: lines that were not sent to the very end. */
export interface Unsent {
  asked: SiemExport;
  lost: number;
}

type Counts = Pick<SiemState, 'written' | 'lost'>;

interface Working {
  asked: SiemExport;
  outlet: Outlet;
  /** Lines that it threw at. */
  thrown: number;
  throwing: boolean;
  trouble: Trouble;
  failing: boolean;
  error: string;
  errorAt: number | null;
}

/** How a log server is connected to. */
export const wayOf = ({ allowPrivate }: Pick<SiemExport, 'allowPrivate'>): OpenWay =>
  allowPrivate ? openWay : openPublicWay;

/** Of one that was checked. `open`: at once, and where that fails, again later. */
export function fileOutletOf({ target, format, flows, rotation }: SiemExport, now: () => number, trouble: Trouble) {
  const { bytes, seconds, files } = rotation;
  const limits = { maxBytes: bytes, maxSeconds: seconds ?? Infinity, files };
  return new FileOutlet({ path: target, format: lineFormatNamed(format)!, flows, limits, now, trouble });
}

export class SiemExports {
  private readonly options: SiemOptions;
  private working: Working[] = [];
  /** Those that changed and still send what waits; then what they came to, by id. */
  private ending: Working[] = [];
  private readonly ended = new Map<string, Counts>();

  /** `asked`: checked; those that are switched off are left out. */
  constructor(asked: readonly SiemExport[], options: SiemOptions) {
    this.options = options;
    this.working = asked.filter(({ enabled }) => enabled).map((each) => this.begin(each));
  }

  /**
   * Puts these to work instead. One that stays as it was goes on; of the others files are closed at once, before new ones are
   * opened, and what waits for log servers may take `ms` more. Resolves with what of that was not sent.
   */
  async change(asked: readonly SiemExport[], ms?: number): Promise<Unsent[]> {
    const wanted = asked.filter(({ enabled }) => enabled);
    const staying = this.working.filter((each) => wanted.some((other) => isSame(each.asked, other)));
    const leaving = this.working.filter((each) => !staying.includes(each));
    this.ending.push(...leaving);
    const unsent = this.closed(leaving, ms);
    this.working = wanted.map((each) => {
      const found = staying.find((other) => isSame(other.asked, each));
      return found ? Object.assign(found, { asked: each }) : this.begin(each);
    });
    const result = await unsent;
    this.ending = this.ending.filter((each) => !leaving.includes(each));
    for (const each of leaving) this.ended.set(each.asked.id, added(this.endedOf(each.asked.id), countsOf(each)));
    for (const id of this.ended.keys()) if (!asked.some((each) => each.id === id)) this.ended.delete(id);
    return result;
  }

  private endedOf(id: string): Counts {
    return this.ended.get(id) ?? { written: 0, lost: 0 };
  }

  private async closed(which: readonly Working[], ms?: number): Promise<Unsent[]> {
    const ends = which.map(async ({ asked, outlet }) => {
      // The others end in any case.
      const lost = await outlet.close(ms).catch(() => 0);
      return { asked, lost };
    });
    return (await Promise.all(ends)).filter(({ lost }) => lost > 0);
  }

  private begin(asked: SiemExport): Working {
    const { now, onTrouble } = this.options;
    const sensor = this.options.sensor?.() ?? hostname();
    const state = { asked, thrown: 0, throwing: false, failing: false, error: '', errorAt: null };
    const trouble: Trouble = (error, lost) => {
      working.failing = error !== null;
      if (error) [working.error, working.errorAt] = [error.message, now()];
      onTrouble(working.asked, error, lost);
    };
    // Trouble may be told while it is being opened: `working` is there by then.
    const working: Working = { ...state, trouble, outlet: NO_OUTLET };
    if (isSyslogTarget(asked.target)) {
      const target = { ...syslogTarget(asked.target), format: asked.format };
      working.outlet = syslogOutlet({ target, flows: asked.flows, trouble, open: wayOf(asked), sensor });
      return working;
    }
    const file = fileOutletOf(asked, now, trouble);
    working.outlet = file;
    file.openSoon();
    return working;
  }

  take(event: LiveIncident): void {
    for (const each of this.working) given(each, 1, ({ outlet }) => outlet.incident(event));
  }

  /** Flows that ended; absent where nobody wants them. */
  get flows(): ((batch: FlowBatch) => void) | undefined {
    const takers = this.working.filter(({ outlet }) => outlet.flows);
    if (takers.length === 0) return undefined;
    return (batch) => takers.forEach((each) => given(each, batch.count, ({ outlet }) => outlet.flows?.(batch)));
  }

  states(): SiemState[] {
    return this.working.map((each) => {
      const { asked, failing, error, errorAt } = each;
      const earlier = this.ending.filter((other) => other.asked.id === asked.id);
      const counts = [each, ...earlier].map(countsOf).reduce(added, this.endedOf(asked.id));
      return { id: asked.id, failing, error, errorAt, ...counts };
    });
  }

  /** What waits may take `ms` more. Those of which something was not sent to the very end, and how many lines. */
  close(ms?: number): Promise<Unsent[]> {
    return this.closed(this.working, ms);
  }
}

const added = (a: Counts, b: Counts): Counts => ({ written: a.written + b.written, lost: a.lost + b.lost });

function countsOf({ outlet, thrown }: Working): Counts {
  return added(outlet.counts(), { written: 0, lost: thrown });
}

/** All but what it is called. */
function isSame(a: SiemExport, b: SiemExport): boolean {
  const text = ({ name: _, ...rest }: SiemExport): string => JSON.stringify(rest);
  return text(a) === text(b);
}

/** One that throws does not hit the others: its lines are lost, counted and told. */
function given(to: Working, lines: number, give: (to: Working) => void): void {
  try {
    give(to);
  } catch (error) {
    to.thrown += lines;
    if (!to.throwing) to.trouble(error instanceof Error ? error : new Error(String(error)), 0);
    to.throwing = true;
    return;
  }
  if (to.throwing) to.trouble(null, to.thrown);
  to.throwing = false;
}

const NO_OUTLET: Outlet = {
  incident: () => undefined,
  flows: undefined,
  counts: () => ({ written: 0, lost: 0 }),
  close: () => Promise.resolve(0),
};
