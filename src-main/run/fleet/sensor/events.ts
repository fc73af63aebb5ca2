/** What a sensor tells the shell: `sonde sensor --json`, an event a line (schema sonde.sensor-events/1). */
import type { SensorHealth } from '../types.ts';

export type SensorEvent =
  | {
      event: 'started';
      sensor: string;
      run: number;
      interface: string;
      engine: string;
      shards: number;
      /** The server's address, without its password. */
      server: string;
    }
  | ({ event: 'stats' } & SensorHealth)
  | { event: 'notice'; code: string; message: string }
  | { event: 'error'; code: string; message: string }
  | { event: 'ended'; reason: 'signal' | 'end-of-file' | 'interface-gone'; stats: SensorHealth };
