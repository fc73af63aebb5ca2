/** What the desk of an opened case has of the desk it is opened on, and what may be asked in it. */
import type { Call } from '../../../../src-shared/contract/define.ts';
import type { OpenedCase } from '../../../../src-shared/contract/topics/cases.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Desk } from '../desk.ts';

export interface Beside extends Pick<Desk, 'downloads' | 'audit'> {
  readonly about: OpenedCase;
}

/**
 * Files are fetched from the desk, whichever desk made them. Looks at packets and exports are noted in the log of the
 * desk: that of the case came with it, and stays as it is.
 */
export function beside({ downloads, audit }: Pick<Desk, 'downloads' | 'audit'>, about: OpenedCase): Beside {
  return {
    about,
    downloads,
    audit: (user, action, object, detail = '') =>
      audit(user, action, object, [detail, `in the case ${about.title}`].filter(Boolean).join(', ')),
  };
}

/** What needs more than the role viewer and yet changes nothing: on the desk of a case, too, as far as one's role goes. */
const READS: ReadonlySet<string> = new Set([
  'packets.look',
  'packets.one',
  'packets.stream',
  'exports.packets',
  'exports.flows',
]);

/** For the dispatcher of a case: besides these, what a viewer may. */
export function refusedInCase(name: string, { role }: Call): SondeError | null {
  if (role === 'viewer' || READS.has(name)) return null;
  return new SondeError('not-allowed', 'a case is looked at, and nothing changed in it', name, 'Go back to the desk.');
}
