/** `export-packets --fleet`: the packets of an incident of a fleet, which its sensors are asked for. */
import { SondeError } from '../../../src-shared/errors.ts';
import type { Readers } from '../../keep/store/readers.ts';
import type { Store } from '../../keep/store/types.ts';
import { captureOfGroup } from '../fleet/follow/place.ts';
import type { FleetChoice } from '../fleet/follow/fleet-desk.ts';
import { Sensors } from '../fleet/follow/sensors.ts';
import { PacketAsker, type Fetched } from '../fleet/packets/asker.ts';
import { wantedOf } from '../fleet/packets/wanted.ts';
import { stopOnSignals } from './signals.ts';

export interface FleetWanted {
  db: string;
  incident: string;
  out: string;
}

/** @throws SondeError where the database has no such incident, or no sensor hands out any packets: with the reason of each */
export async function packetsOfSensors(
  { store, readers }: { store: Pick<Store, 'setting'>; readers: Readers },
  open: () => Promise<FleetChoice>,
  { db, incident: uid, out }: FleetWanted,
): Promise<Fetched> {
  const stop = new AbortController();
  stopOnSignals(() => stop.abort());
  const { transport, group, keys, packetsKey } = await open();
  try {
    const capture = await captureOfGroup(store, group);
    if (capture === null) {
      const cure =
        'Name the database that a desk or a worker with --db follows this group on, or another --fleet-group.';
      throw new SondeError('not-found', `${db} has no incidents of the fleet’s group ${group}`, db, cure);
    }
    const { incident } = await readers.ask('getIncident', [{ capture, uid }]);
    const { arp, comment } = await readers.ask('packetKeys', [{ capture, filter: '', incident: uid }]);
    const sensors = new Sensors(keys);
    // Who hands out nothing says so in its health: it is not waited for.
    await sensors.look(transport, Date.now());
    const isAllowed = (sensor: string): boolean | undefined => sensors.isHandingOut(sensor);
    const asker = new PacketAsker({ transport, key: packetsKey, sensors: keys, isAllowed });
    const asked = asker.asked(incident.sensors ?? []);
    return await asker.fetch(asked, wantedOf(incident, arp), { out, comment }, stop.signal);
  } finally {
    await transport.close();
  }
}
