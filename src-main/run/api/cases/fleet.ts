/** Packets of a fleet for a case: those of each chosen incident, as its sensors hand them out, in one file a capture. */
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { ChosenIncident } from '../../../keep/store/extract.ts';
import { PACKETS_MAX } from '../../fleet/packets/ask.ts';
import { cutInThread } from '../../fleet/packets/cutting.ts';
import type { Desk } from '../desk.ts';
import { askedOfSensors, fetchPackets } from '../packets/fleet.ts';

/** Incidents of one capture whose sensors are asked, the first ones. */
const INCIDENTS_MAX = 50;
/** Bytes of the file of one capture. */
const BYTES_MAX = 1 << 30;
const NOTES_MAX = 2000;

/** What there is of a capture of a fleet. */
export interface FleetPackets {
  capture: number;
  /** Where they lie; '' where there are none. */
  path: string;
  packets: number;
  bytes: number;
  /** What is missing, and why; '' where nothing is. */
  left: string;
}

interface Around {
  desk: Desk;
  user: string;
  signal: CancelSignal;
}

/** Asks for them; `remove` what lies on disk once the case is made. @throws SondeError where it is called off */
export async function fleetPacketsOf(
  around: Around,
  incidents: readonly ChosenIncident[],
): Promise<{ captures: FleetPackets[]; remove(): void }> {
  const held: string[] = [];
  const place = (): string => {
    const { id, path } = around.desk.downloads.place('packets.pcapng');
    held.push(id);
    return path;
  };
  const remove = (): void => held.forEach((id) => around.desk.downloads.remove(id));
  try {
    const captures: FleetPackets[] = [];
    for (const capture of new Set(incidents.map((one) => one.capture))) {
      const uids = incidents.filter((one) => one.capture === capture).map(({ uid }) => uid);
      const found = await ofCapture(around, capture, uids, place);
      if (found) captures.push(found);
    }
    return { captures, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Undefined for a capture that is of no fleet that is followed. */
async function ofCapture(
  around: Around,
  capture: number,
  uids: readonly string[],
  place: () => string,
): Promise<FleetPackets | undefined> {
  const paths: string[] = [];
  const left = new Set<string>();
  for (const uid of uids.slice(0, INCIDENTS_MAX)) {
    const ofFleet = askedOfSensors(around.desk, { capture, filter: '', incident: uid });
    if (!ofFleet) return undefined;
    const path = place();
    try {
      const { notes } = await fetchPackets({ ...around, fleet: ofFleet.fleet }, ofFleet.asked, path);
      for (const note of notes) left.add(note);
      paths.push(path);
    } catch (error) {
      if (!(error instanceof SondeError) || error.code === 'cancelled') throw error;
      left.add(`${error.message}. ${error.cure}`);
    }
  }
  if (uids.length > INCIDENTS_MAX) left.add(`Sensors were asked for the first ${INCIDENTS_MAX} incidents only.`);
  const said = [...left].join(' ').slice(0, NOTES_MAX);
  if (paths.length === 0) return { capture, path: '', packets: 0, bytes: 0, left: said };
  const [packets, out] = [PACKETS_MAX * paths.length, place()];
  const cut = { paths, wanted: null, distinct: true, comment: 'Packets of a case', out, packets, bytes: BYTES_MAX };
  const end = await cutInThread(cut, around.signal);
  const more = end.more ? ' There are more than a case takes of a fleet.' : '';
  return { capture, path: out, packets: end.packets, bytes: end.bytes, left: `${said}${more}`.trim() };
}
