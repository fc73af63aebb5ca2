/** Why a batch was refused. Its sender is not believed: words are ours, and numbers of its bytes at most are in them. */

/** The closed list of reasons, as they are counted. */
export const WIRE_FAULTS = [
  'not-a-batch',
  'other-version',
  'truncated',
  'trailing',
  'too-large',
  'out-of-range',
  'too-many',
  'too-long',
  'bad-text',
  'bad-order',
  'unknown-sensor',
  'bad-signature',
  'other-stream',
  'repeated',
] as const;
export type WireFault = (typeof WIRE_FAULTS)[number];

export class WireError extends Error {
  readonly fault: WireFault;

  constructor(fault: WireFault, message: string) {
    super(message);
    this.name = 'WireError';
    this.fault = fault;
  }
}
