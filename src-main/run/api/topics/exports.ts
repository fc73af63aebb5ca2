import { statSync } from 'node:fs';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Selection } from '../../../keep/store/queries/common.ts';
import type { Desk } from '../desk.ts';
import { placesNow } from '../enrichment/open-places.ts';
import { anonymisedCopy } from '../export/anonymised.ts';
import { writeFlowFile } from '../export/flows.ts';
import { withPlainNames } from '../files.ts';
import { livePackets } from '../rings.ts';
import { checkSame, exportInThread } from '../export/packets.ts';
import { selectionText } from '../packets/words.ts';
import { askedOfSensors, fleetPackets } from '../packets/fleet.ts';
import { checkCaseHolds, heldPackets, onlyRecords } from '../packets/source.ts';

/** What a file is called: its incident's kind and number, or its capture, so that it is known again in a folder. */
async function fileStem(desk: Desk, { capture, incident }: Selection): Promise<string> {
  const { name } = await desk.readers.ask('getCapture', [capture]);
  const stem = name.replace(/(\.(pcapng|pcap|cap|dmp))?(\.(gz|zst))?$/i, '') || `capture-${capture}`;
  if (incident === undefined) return stem;
  const { row } = await desk.readers.ask('getIncident', [{ capture, uid: incident }]);
  return `${stem}-${row.number}-${row.kind}`;
}

async function packetFile(
  desk: Desk,
  selection: Selection,
  signal: CancelSignal,
): Promise<{ id: string; name: string; flows: number; packets: number; bytes: number }> {
  const {
    keys,
    arp,
    comment,
    paths: files,
    sha256: before,
  } = await desk.readers.ask('packetKeys', [selection], signal);
  const detail = await desk.readers.ask('getCapture', [selection.capture], signal);
  checkCaseHolds(desk, detail);
  const ring = await livePackets(desk.rings, detail);
  if (!ring && !heldPackets(detail)) throw onlyRecords(detail.name, detail.inputs, desk.fleet.followed !== null);
  const [paths, sha256] = [ring ?? files, ring ? [] : before];
  // What has come in a file's place since may be a pipe, which nobody may ever write to.
  const odd = paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === false);
  if (odd !== undefined) checkSame(['was'], ['is'], [withPlainNames(odd, paths)]);
  const held = desk.downloads.place(`${await fileStem(desk, selection)}.pcapng`);
  try {
    const { packets, bytes, sha256: now } = await exportInThread({ paths, keys, arp, comment, out: held.path }, signal);
    checkSame(sha256, now, paths);
    return { id: held.id, name: held.name, flows: keys.length, packets, bytes };
  } catch (error) {
    desk.downloads.remove(held.id);
    throw error instanceof SondeError
      ? new SondeError(error.code, withPlainNames(error.message, paths), error.where, error.cure, { cause: error })
      : error;
  }
}

export function exportHandlers(desk: Desk): DeskHandlers['exports'] {
  return {
    flows: async ({ format, ...selection }, { caller, signal }) => {
      const held = desk.downloads.place(`${await fileStem(desk, selection)}-flows.${format}`);
      try {
        const flows = await writeFlowFile(desk.readers, selection, format, held.path, signal, await placesNow(desk));
        await desk.audit(caller.user, 'export', selectionText(selection), `${flows} flows as ${format}`);
        return { download: held.id, name: held.name, bytes: desk.downloads.get(held.id).bytes, flows };
      } catch (error) {
        desk.downloads.remove(held.id);
        throw error;
      }
    },
    packets: async (selection, { caller, signal }) => {
      const ofFleet = askedOfSensors(desk, selection);
      if (ofFleet) {
        const { fleet, asked } = ofFleet;
        return fleetPackets({ desk, fleet, user: caller.user, signal }, asked, await fileStem(desk, selection));
      }
      const { id, name, flows, packets, bytes } = await packetFile(desk, selection, signal);
      await desk.audit(caller.user, 'export', selectionText(selection), `${packets} packets of ${flows} flows`);
      return { download: id, name, bytes, flows, packets };
    },
    anonymised: (asked, emit, context) => anonymisedCopy(desk, asked, emit, context, selectionText(asked)),
  };
}
