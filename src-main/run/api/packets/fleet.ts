/** Packets of an incident of a fleet: its sensors are asked for them. That they were asked is in the audit log before they are. */
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Selection } from '../../../keep/store/queries/common.ts';
import type { FleetDesk } from '../../fleet/follow/fleet-desk.ts';
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

/** @throws SondeError where no sensor hands out any, with the reason of each */
export async function fleetPackets(
  { desk, fleet }: { desk: Desk; fleet: FleetDesk },
  selection: Selection & { incident: string },
  stem: string,
  user: string,
  signal: CancelSignal,
): Promise<Made> {
  const { capture, incident: uid } = selection;
  const { arp, comment } = await desk.readers.ask('packetKeys', [selection], signal);
  const { incident } = await desk.readers.ask('getIncident', [{ capture, uid }], signal);
  const sensors = fleet.packets.asked(incident.sensors ?? []);
  const object = selectionText(selection);
  await desk.audit(user, 'open', object, `packets asked of sensors ${sensors.join(', ')}`);
  const held = desk.downloads.place(`${stem}.pcapng`);
  try {
    const file = { out: held.path, comment };
    const {
      packets,
      bytes,
      sensors: had,
      notes,
    } = await fleet.packets.fetch(sensors, wantedOf(incident, arp), file, signal);
    await desk.audit(user, 'export', object, `${packets} packets of sensors ${had.join(', ')}`);
    return { download: held.id, name: held.name, bytes, flows: 0, packets, notes };
  } catch (error) {
    desk.downloads.remove(held.id);
    if (error instanceof SondeError)
      await desk.audit(user, 'open', object, `no packets: ${error.message}`.slice(0, 1000));
    throw error;
  }
}
