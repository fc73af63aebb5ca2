/** Continuous exports of the settings, put to work together: what each takes, how it goes, and its end. */
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
  /** One of them begins to fail, or (null) works again. */
  onTrouble(which: SiemExport, error: Error | null, lost: number): void;
}

interface Working {
  asked: SiemExport;
  outlet: Outlet;
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
  private readonly working: Working[];

  /** `asked`: checked; those that are switched off are left out. */
  constructor(asked: readonly SiemExport[], options: SiemOptions) {
    this.options = options;
    this.working = asked.filter(({ enabled }) => enabled).map((each) => this.begin(each));
  }

  private begin(asked: SiemExport): Working {
    const { now, onTrouble } = this.options;
    const state = { asked, failing: false, error: '', errorAt: null };
    const trouble: Trouble = (error, lost) => {
      working.failing = error !== null;
      if (error) [working.error, working.errorAt] = [error.message, now()];
      onTrouble(asked, error, lost);
    };
    // Trouble may be told while it is being opened: `working` is there by then.
    const working: Working = { ...state, outlet: NO_OUTLET };
    if (isSyslogTarget(asked.target)) {
      working.outlet = syslogOutlet(
        { ...syslogTarget(asked.target), format: asked.format },
        asked.flows,
        trouble,
        wayOf(asked),
      );
      return working;
    }
    const file = fileOutletOf(asked, now, trouble);
    working.outlet = file;
    file.openSoon();
    return working;
  }

  take(event: LiveIncident): void {
    for (const { outlet } of this.working) outlet.incident(event);
  }

  /** Flows that ended; absent where nobody wants them. */
  get flows(): ((batch: FlowBatch) => void) | undefined {
    const takers = this.working.flatMap(({ outlet }) => outlet.flows ?? []);
    return takers.length === 0 ? undefined : (batch) => takers.forEach((take) => take(batch));
  }

  states(): SiemState[] {
    return this.working.map(({ asked: { id }, outlet, failing, error, errorAt }) => {
      return { id, failing, error, errorAt, ...outlet.counts() };
    });
  }

  /** What waits may take `ms` more. Those of which something was not sent to the very end, and how many lines. */
  async close(ms?: number): Promise<{ asked: SiemExport; lost: number }[]> {
    const ends = this.working.map(async ({ asked, outlet }) => ({ asked, lost: await outlet.close(ms) }));
    return (await Promise.all(ends)).filter(({ lost }) => lost > 0);
  }
}

const NO_OUTLET: Outlet = {
  incident: () => undefined,
  flows: undefined,
  counts: () => ({ written: 0, lost: 0 }),
  close: () => Promise.resolve(0),
};
