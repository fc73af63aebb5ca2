/** Where the packets of a capture lie, and whether they are still those that were imported. */
import { statSync } from 'node:fs';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { CaptureDetail } from '../../../../src-shared/contract/topics/captures.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Selection } from '../../../keep/store/queries/common.ts';
import type { ArpNamed, PacketKey } from '../../../keep/store/queries/packets.ts';
import { FLEET_FORMAT } from '../../fleet/follow/site-keeper.ts';
import type { Desk } from '../desk.ts';
import { withPlainNames } from '../files.ts';
import { livePackets } from '../rings.ts';

export interface PacketSource {
  name: string;
  paths: string[];
  keys: PacketKey[];
  arp: ArpNamed | null;
  /** Of each path; '' where there is nothing to compare it with. */
  sha256: string[];
}

/** Files that are remembered as compared. */
const KNOWN_MAX = 10_000;

const PACKETS = /^pcap(ng)?(\+|$)/;

export function movedAway(path: string, paths: readonly string[]): SondeError {
  const what = `${withPlainNames(path, paths)}: the capture is not where it was when it was imported`;
  return new SondeError('not-found', what, path, 'Put it back where it was, or import it again.');
}

/** Whether one of the files it was read from had packets. */
export function heldPackets({ inputs }: Pick<CaptureDetail, 'inputs'>): boolean {
  return inputs.some(({ format }) => PACKETS.test(format));
}

/** Nothing was lost and nothing is damaged: there never were any. */
export function onlyRecords(name: string, inputs: CaptureDetail['inputs'] = [], isFollowing = false): SondeError {
  if (inputs.some(({ format }) => format === FLEET_FORMAT)) {
    const cure = isFollowing
      ? 'Ask for those of one incident: its sensors are asked for them.'
      : 'Connect the fleet in the view Fleet, with a key for packets: then sensors are asked for those of an incident.';
    return new SondeError('not-a-capture', `${name}: packets of a fleet stay where its sensors are`, name, cure);
  }
  const what = `${name}: holds flow records of another sensor, and no packets`;
  return new SondeError('not-a-capture', what, name, 'Use the capture they were made from, if there is one.');
}

/** @throws SondeError `not-found` where it is a capture of a case that came without its packets */
export function checkCaseHolds(desk: Pick<Desk, 'ofCase'>, { name, inputs }: CaptureDetail): void {
  if (desk.ofCase === null || inputs.some(({ path }) => path !== '')) return;
  const cure = 'The list of opened cases says why.';
  throw new SondeError('not-found', `${name}: this case came without its packets`, name, cure);
}

/** @throws SondeError `not-a-capture` where there never were packets, `not-found` where their files are gone */
export async function packetFiles(
  desk: Desk,
  capture: number,
  signal: CancelSignal,
): Promise<Omit<PacketSource, 'keys' | 'arp'>> {
  const detail = await desk.readers.ask('getCapture', [capture], signal);
  const { name, inputs } = detail;
  checkCaseHolds(desk, detail);
  const ring = await livePackets(desk.rings, detail);
  if (ring) return { name, paths: ring, sha256: ring.map(() => '') };
  if (!heldPackets(detail)) throw onlyRecords(name, inputs, desk.fleet.followed !== null);
  const paths = inputs.map(({ path }) => path);
  for (const path of paths) {
    // A pipe that has come in the file's place would be waited for.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw movedAway(path, paths);
  }
  return { name, paths, sha256: inputs.map(({ sha256 }) => sha256) };
}

/** With what tells the packets of a selection. @throws SondeError as `packetFiles`, `too-many` */
export async function packetSource(desk: Desk, selection: Selection, signal: CancelSignal): Promise<PacketSource> {
  const { keys, arp } = await desk.readers.ask('packetKeys', [selection], signal);
  return { ...(await packetFiles(desk, selection.capture, signal)), keys, arp };
}

/** Files that were once found to be what they should be, by all that changes when they are written. */
export class KnownFiles {
  private readonly known = new Set<string>();

  /** What stands for the file as it is now, if it has this hash; '' where it cannot be looked at. */
  private mark(path: string, sha256: string): string {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found ? [path, sha256, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ') : '';
  }

  /** Of each path the hash it is still to be compared with, '' where that was done; and what to say when it was. */
  open(paths: readonly string[], sha256: readonly string[]): { left: string[]; same(): void } {
    const marks = paths.map((path, i) => this.mark(path, sha256[i] ?? ''));
    const left = paths.map((_, i) => (this.known.has(marks[i]!) ? '' : (sha256[i] ?? '')));
    const same = (): void => {
      if (this.known.size > KNOWN_MAX) this.known.clear();
      for (const mark of marks) this.known.add(mark);
    };
    return { left, same };
  }
}
