/** The packets of the incidents of a case, capture by capture. */
import { copyFileSync, statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { SondeError } from '../../../../src-shared/errors.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { exportPackets } from '../../../keep/exports/packets.ts';
import { storeError } from '../../../keep/store/database.ts';
import { getCapture } from '../../../keep/store/queries/captures.ts';
import { packetKeys, type ArpNamed, type PacketKey } from '../../../keep/store/queries/packets.ts';
import { FLEET_FORMAT } from '../../fleet/follow/site-keeper.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { checkSame } from '../export/packets.ts';
import { heldPackets } from '../packets/source.ts';
import { livePackets } from '../rings.ts';
import type { FleetPackets } from './fleet.ts';
import { incidentsOf } from './report.ts';

export interface Packets {
  packets: number;
  /** Bytes of them. */
  bytes: number;
  /** Why there are none; of a fleet also which are missing. */
  left: string;
}

const without = (left: string): Packets => ({ packets: 0, bytes: 0, left });

/** Of all chosen incidents of a capture, each flow once. */
function keysOf(db: Database.Database, capture: number): Omit<ReturnType<typeof packetKeys>, 'comment'> {
  const keys = new Map<number, PacketKey>();
  const arp: ArpNamed = { addresses: [], cards: [] };
  let files: { paths: string[]; sha256: string[] } = { paths: [], sha256: [] };
  for (const { uid } of incidentsOf(db, capture)) {
    const found = packetKeys(db, { capture, filter: '', incident: uid });
    for (const key of found.keys) keys.set(key.id, key);
    arp.addresses.push(...(found.arp?.addresses ?? []));
    arp.cards.push(...(found.arp?.cards ?? []));
    files = { paths: found.paths, sha256: found.sha256 };
  }
  return { keys: [...keys.values()], arp: arp.addresses.length + arp.cards.length > 0 ? arp : null, ...files };
}

/** Where some are missing the case says so, too. @throws SondeError where they cannot be written */
function handedOut({ path, packets, bytes, left }: FleetPackets, out: string): Packets {
  if (packets === 0) return without(left || 'no sensor has packets of it');
  try {
    copyFileSync(path, out);
  } catch (error) {
    throw storeError(error, out);
  }
  return { packets, bytes, left };
}

/** Writes them to `out`; where they cannot be had it says why. @throws SondeError where they cannot be written */
export async function writePackets(
  db: Database.Database,
  capture: number,
  out: string,
  { rings, title, fleet = [] }: { rings: string; title: string; fleet?: readonly FleetPackets[] },
): Promise<Packets> {
  const ofFleet = fleet.find((one) => one.capture === capture);
  if (ofFleet) return handedOut(ofFleet, out);
  const { keys, arp, paths, sha256 } = keysOf(db, capture);
  try {
    const detail = getCapture(db, capture);
    const ring = await livePackets(rings, detail);
    if (!ring && !heldPackets(detail)) {
      const isFleet = detail.inputs.some(({ format }) => format === FLEET_FORMAT);
      if (isFleet) return without('packets of a fleet stay where its sensors are');
      return without('it was made of flow records of another sensor, which hold no packets');
    }
    const files = ring ?? paths;
    if (files.some((path) => statSync(path, { throwIfNoEntry: false })?.isFile() !== true))
      return without('the files it was read from are no longer where they were');
    const written = await exportPackets(files, keys, out, `sonde ${VERSION}`, { arp, comment: `Case: ${title}` });
    if (!ring)
      checkSame(
        sha256,
        written.inputs.map((input) => input.sha256),
        files,
      );
    if (written.packets === 0) return without('no packet was found');
    return { packets: written.packets, bytes: written.captured, left: '' };
  } catch (error) {
    const ours = inputErrorAsOurs(error);
    if (!(ours instanceof SondeError) || ours.code === 'disk-full' || ours.code === 'write-failed') throw ours;
    // Names of folders of this machine stay out of the case.
    return without(
      ours.code === 'not-found' ? 'its packets are no longer there, or were changed' : 'its packets cannot be read',
    );
  }
}
