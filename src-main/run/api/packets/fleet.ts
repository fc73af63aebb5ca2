/** Packets of an incident of a fleet: its sensors are asked for them. That they were asked is in the audit log before they are. */
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { PacketEvent } from '../../../../src-shared/contract/topics/packets.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Selection } from '../../../keep/store/queries/common.ts';
import type { ArpNamed } from '../../../keep/store/queries/packets.ts';
import type { FleetDesk } from '../../fleet/follow/fleet-desk.ts';
import type { Fetched } from '../../fleet/packets/asker.ts';
import { wantedOf } from '../../fleet/packets/wanted.ts';
import type { Desk } from '../desk.ts';
import { selectionText } from './words.ts';

interface Made {
  download: string;
  name: string;
  bytes: number;
  flows: number;
  packets: number;
  notes: string[];
}

type Asked = Selection & { incident: string };

interface Around {
  desk: Desk;
  fleet: FleetDesk;
  user: string;
  signal: CancelSignal;
}

/** What is selected, where that is an incident of the fleet that is followed: its sensors have the packets. */
export function askedOfSensors(desk: Desk, selection: Selection): { fleet: FleetDesk; asked: Asked } | undefined {
  const { capture, incident } = selection;
  const fleet = desk.fleet.followed;
  return fleet?.isWriting(capture) && incident !== undefined ? { fleet, asked: { ...selection, incident } } : undefined;
}

/** Fetches them into a file. @throws SondeError where no sensor hands out any, with the reason of each */
export async function fetchPackets(
  { desk, fleet, user, signal }: Around,
  selection: Asked,
  out: string,
): Promise<Fetched & { arp: ArpNamed | null }> {
  const { capture, incident: uid } = selection;
  const { arp, comment } = await desk.readers.ask('packetKeys', [selection], signal);
  const { incident } = await desk.readers.ask('getIncident', [{ capture, uid }], signal);
  const sensors = fleet.packets.asked(incident.sensors ?? []);
  const object = selectionText(selection);
  await desk.audit(user, 'open', object, `packets asked of sensors ${sensors.join(', ')}`);
  try {
    const fetched = await fleet.packets.fetch(sensors, wantedOf(incident, arp), { out, comment }, signal);
    return { ...fetched, arp };
  } catch (error) {
    if (error instanceof SondeError)
      await desk.audit(user, 'open', object, `no packets: ${error.message}`.slice(0, 1000));
    throw error;
  }
}

/** As a file to be saved. @throws SondeError as `fetchPackets` */
export async function fleetPackets(around: Around, selection: Asked, stem: string): Promise<Made> {
  const { desk, user } = around;
  const held = desk.downloads.place(`${stem}.pcapng`);
  try {
    const { packets, bytes, sensors, notes } = await fetchPackets(around, selection, held.path);
    await desk.audit(user, 'export', selectionText(selection), `${packets} packets of sensors ${sensors.join(', ')}`);
    return { download: held.id, name: held.name, bytes, flows: 0, packets, notes };
  } catch (error) {
    desk.downloads.remove(held.id);
    throw error;
  }
}

/** For reading: fetched anew for each look, and kept until it ends. @throws SondeError as `fetchPackets` */
export async function fleetLook(
  around: Around,
  selection: Asked,
  skip: number,
  emit: (event: PacketEvent) => void,
): Promise<void> {
  const { desk, user, signal } = around;
  const held = desk.downloads.place('packets.pcapng');
  const release = (): void => desk.downloads.remove(held.id);
  const { sensors, notes, arp } = await fetchPackets(around, selection, held.path).catch((error: unknown) => {
    release();
    throw error;
  });
  await desk.audit(user, 'open', selectionText(selection), `packets of sensors ${sensors.join(', ')}`);
  const data = { paths: [held.path], keys: null, arp, skip, sha256: [''] };
  const { more } = await desk.looks.begin(user, selection.capture, data, emit, signal, release);
  emit({ type: 'done', total: null, more, notes });
}
