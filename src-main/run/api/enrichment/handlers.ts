import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { parseAddress } from '../../../../src-shared/domain/network.ts';
import { radarLine } from '../../../../src-shared/domain/radar.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { PlaceDatabase } from '../../../meter/enrich/geo/database.ts';
import type { Desk } from '../desk.ts';
import { readSettings } from '../topics/settings.ts';
import { placesNow } from './open-places.ts';

type Database = Awaited<ReturnType<DeskHandlers['enrichment']['databases']>>['databases'][number];

/** As it is on disk now. */
function lookedAt(file: string): Database {
  const nothing = { file, type: '', built: null, bytes: 0, countries: false, networks: false };
  try {
    const { type, built, bytes, countries, networks } = new PlaceDatabase(file).about;
    return { ...nothing, type, built: built === 0 ? null : built, bytes, countries, networks, fault: '' };
  } catch (error) {
    if (error instanceof SondeError) return { ...nothing, fault: error.message };
    throw error;
  }
}

const wordsOf = ({ enabled, server, token }: { enabled?: boolean; server?: string; token?: string }): string =>
  [
    enabled === undefined ? '' : `enabled: ${enabled}`,
    server === undefined ? '' : `server: ${server}`,
    token === undefined ? '' : token === '' ? 'token forgotten' : 'token set',
  ]
    .filter((part) => part !== '')
    .join('; ');

export function enrichmentHandlers(desk: Desk): DeskHandlers['enrichment'] {
  return {
    of: async ({ addresses }) => {
      const found = (await placesNow(desk))?.places.of(
        addresses.filter((address) => parseAddress(address) !== null),
        addresses.length,
      );
      const { snapshot } = desk.radar;
      return { places: (found ?? []).map((one) => ({ ...one, radar: radarLine(one, snapshot) })) };
    },
    databases: async () => ({ databases: (await readSettings(desk.store)).geo.map(lookedAt) }),
    radar: () => desk.radar.state(),
    setRadar: async ({ enabled, server, token }, { caller }) => {
      const given = {
        ...(enabled === undefined ? {} : { enabled }),
        ...(server === undefined ? {} : { server }),
        ...(token === undefined ? {} : { token }),
      };
      const state = await desk.radar.set(given);
      await desk.audit(caller.user, 'settings', 'Cloudflare Radar', wordsOf(given));
      return state;
    },
    testRadar: async (_input, { caller }) => {
      const state = await desk.radar.test();
      await desk.audit(caller.user, 'settings', 'Cloudflare Radar', `tested: ${state.last?.words ?? ''}`);
      return state;
    },
  };
}
