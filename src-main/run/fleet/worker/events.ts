/** What a worker tells of itself and of what it finds, and what it is asked. */
import type { SensorStanding } from '../merge/timeline.ts';
import type { IntakeOptions } from './intake.ts';
import type { SiteOptions } from './site.ts';
import type { FleetIncident } from './tell.ts';

export type WorkerEvent =
  | { event: 'started'; worker: string; group: string; sensors: string[]; shards: number }
  | { event: 'role'; state: 'taken' | 'lost' | 'given-back'; resumed: boolean; ms: number }
  | ({ event: 'incident' } & FleetIncident)
  | { event: 'model'; name: string; sha256: string }
  | {
      event: 'complete';
      incidents: number;
      flows: number;
      packets: number;
      /** Batches that were not taken since this worker has the role, by reason. */
      refused: Record<string, number>;
      sensors: SensorStanding[];
    }
  /** Of what goes on all the same: `server-back`, `too-large`. */
  | { event: 'notice'; code: string; message: string }
  | { event: 'error'; code: string; message: string }
  | { event: 'ended'; reason: 'signal' | 'complete' };

export interface WorkerOptions extends Omit<SiteOptions, 'sensors' | 'now'>, IntakeOptions {
  name: string;
  group: string;
  signal: AbortSignal;
  /** Ends when every sensor's run has ended and all was told. */
  once?: boolean;
  onEvent: (event: WorkerEvent) => void;
}
