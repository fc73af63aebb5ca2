/** Packets for reading. Each look is in the audit log before a byte of it is given. */
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Desk } from '../desk.ts';
import { checkSame } from '../export/packets.ts';
import { uploadedName, withPlainNames } from '../files.ts';
import { selectionText } from './words.ts';
import { askedOfSensors, fleetLook } from './fleet.ts';
import { KnownFiles, packetSource } from './source.ts';
import { wantedIn } from './wanted.ts';

function plainly(error: unknown, paths: readonly string[]): unknown {
  if (!(error instanceof SondeError)) return error;
  return new SondeError(error.code, withPlainNames(error.message, paths), error.where, error.cure, { cause: error });
}

export function packetHandlers(desk: Desk): DeskHandlers['packets'] {
  const { looks, readers } = desk;
  const files = new KnownFiles();
  return {
    look: async ({ skip, ...selection }, emit, { caller, signal }) => {
      const ofFleet = askedOfSensors(desk, selection);
      if (ofFleet) {
        const { fleet, asked } = ofFleet;
        return fleetLook({ desk, fleet, user: caller.user, signal }, asked, skip, emit);
      }
      const { name, paths, keys, arp, sha256 } = await packetSource(desk, selection, signal);
      await desk.audit(caller.user, 'open', name, `packets of ${selectionText(selection)}`);
      const { left, same } = files.open(paths, sha256);
      const data = { paths, keys, arp, skip, sha256: left };
      try {
        const look = await looks.begin(caller.user, selection.capture, data, emit, signal);
        const compared = paths.filter((_, i) => left[i] !== '');
        try {
          const before = left.filter((hash) => hash !== '');
          checkSame(
            before,
            look.checked,
            compared.map((path) => uploadedName(path) ?? path),
          );
        } catch (error) {
          look.end();
          throw error;
        }
        same();
        const total = arp ? null : keys.reduce((sum, { packets }) => sum + packets, 0);
        emit({ type: 'done', total, more: look.more });
      } catch (error) {
        throw plainly(error, paths);
      }
    },
    one: ({ view, frame }, { caller }) => looks.one(caller.user, view, frame),
    stream: async ({ view, frame }, { caller, signal }) => {
      const capture = looks.captureOf(caller.user, view);
      const { flow } = await looks.one(caller.user, view, frame);
      // Flows of a fleet are not kept: no incident is known by them.
      const isKept = flow !== null && !desk.fleet.isWriting(capture);
      const wanted = !isKept ? [] : await wantedIn(readers, capture, flow, signal);
      return looks.stream(caller.user, view, frame, wanted);
    },
  };
}
