/** Why packets do not come, in words for who asked. */
import { SondeError } from '../../../../src-shared/errors.ts';
import { names } from '../names.ts';
import { WireError } from '../wire/error.ts';
import type { Refusal } from './ask.ts';

export const WHY: Readonly<Record<Refusal, string>> = {
  'not-a-request': 'does not understand the request: it has another version',
  'too-large': 'finds the request too large',
  'other-sensor': 'was asked in the name of another sensor',
  'unknown-desk': 'does not know the key of this desk: it does not stand in the list given with --allow-packets',
  'bad-signature': 'finds the request not signed by this desk',
  stale: 'finds the request too old: its clock and that of this desk differ by more than two minutes',
  repeated: 'was asked the same before',
  failed: 'could not read its packets; its own log says why',
};

export const cancelled = (): SondeError =>
  new SondeError('cancelled', 'asking sensors for packets was cancelled', '', '');

export function noKey(): SondeError {
  const what = 'this desk has no key with which it could ask sensors for packets';
  const cure =
    'Choose one in the view Fleet, or start with --fleet-packets-key FILE; sonde sensor --new-key makes one.';
  return new SondeError('not-allowed', what, '--fleet-packets-key', cure);
}

/** Where none of them hands out any: the reason of each. */
export function none(from: readonly string[], failures: readonly SondeError[]): SondeError {
  const [first] = failures;
  if (!first) return new SondeError('not-found', 'no sensor saw it', 'fleet', 'Look at the list of sensors.');
  if (failures.length === 1) return first;
  const said = [...new Set(failures.map(({ message }) => message))].join('; ');
  const cures = [...new Set(failures.map(({ cure }) => cure))].join(' ');
  return new SondeError(first.code, said, from.join(', '), cures);
}

/** What went wrong on the way, in words about the sensor. */
export function ours(error: unknown, sensor: string): unknown {
  if (error instanceof WireError) {
    const cure = 'Is its key in the list the right one? Somebody in between may have changed it.';
    return new SondeError('not-allowed', `what sensor ${sensor} answers is refused: ${error.message}`, sensor, cure);
  }
  // A server that is away says so itself.
  const isUnanswered = error instanceof SondeError && error.where === names.packets(sensor);
  if (!isUnanswered || error.code !== 'connection-lost') return error;
  const cure = 'Look in the view Fleet whether it and the server are there, and whether it allows this.';
  return new SondeError('connection-lost', `sensor ${sensor} does not answer`, sensor, cure, { cause: error });
}
