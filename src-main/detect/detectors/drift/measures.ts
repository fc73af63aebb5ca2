/** What drift is watched for, and from when a change is worth a note. Reasons stand in docs/detectors.md. */

export type MeasureId = 'packets' | 'bytes' | 'flows' | 'tcp-handshake' | 'dns-answer';

export interface Measure {
  id: MeasureId;
  kind: 'rate' | 'latency';
  /** As people read it. */
  name: string;
  unit: string;
  /** A change by less than this factor is no news, however certain … */
  factor: number;
  /** … and so is one by less than this much, in the unit. */
  excess: number;
  /** A network with less than this is not steady enough to have a usual value. */
  leastUsual: number;
  /** Judged by the box plot too. */
  volume: boolean;
}

export const MEASURES: readonly Measure[] = [
  {
    id: 'packets',
    kind: 'rate',
    name: 'packets',
    unit: 'packets/s',
    factor: 4,
    excess: 50,
    leastUsual: 1,
    volume: true,
  },
  {
    id: 'bytes',
    kind: 'rate',
    name: 'bytes',
    unit: 'bytes/s',
    factor: 4,
    excess: 50_000,
    leastUsual: 100,
    volume: true,
  },
  {
    id: 'flows',
    kind: 'rate',
    name: 'new flows',
    unit: 'flows/s',
    factor: 4,
    excess: 5,
    leastUsual: 0.02,
    volume: false,
  },
  {
    id: 'tcp-handshake',
    kind: 'latency',
    name: 'TCP handshake',
    unit: 'ms',
    factor: 2.5,
    excess: 30,
    leastUsual: 0,
    volume: false,
  },
  {
    id: 'dns-answer',
    kind: 'latency',
    name: 'DNS answer',
    unit: 'ms',
    factor: 2.5,
    excess: 30,
    leastUsual: 0,
    volume: false,
  },
];
