import { isAbsolute } from 'node:path';
import { mayDo } from '../../../../src-shared/contract/define.ts';
import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import { DEFAULT_SETTINGS, settingsShape, type Settings } from '../../../../src-shared/contract/topics/settings.ts';
import { macOf } from '../../../../src-shared/domain/devices.ts';
import { parseAddress, parseNetwork } from '../../../../src-shared/domain/network.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { Places } from '../../../meter/enrich/geo/places.ts';
import { DESK_SETTINGS } from '../../../keep/store/queries/common.ts';
import type { Store } from '../../../keep/store/types.ts';
import type { Desk } from '../desk.ts';

/** What is kept, with defaults for what is missing or no longer valid. */
export async function readSettings(store: Pick<Store, 'setting'>): Promise<Settings> {
  const kept = (await store.setting(DESK_SETTINGS)) ?? {};
  const parsed = settingsShape.safeParse({ ...DEFAULT_SETTINGS, ...kept });
  return parsed.success ? parsed.data : DEFAULT_SETTINGS;
}

/** A setting for the log; a long list does not push out what comes after it. */
function told([name, value]: [string, unknown]): string {
  const text = JSON.stringify(value) ?? '';
  return `${name}: ${text.length > 200 ? `${text.slice(0, 200)} … (${text.length} characters)` : text}`;
}

function checkNetworks(networks: readonly string[]): void {
  const wrong = networks.find((text) => parseNetwork(text) === null);
  if (wrong === undefined) return;
  throw new SondeError(
    'bad-request',
    `${wrong} is neither an address nor a network`,
    'networks',
    'Write for example 192.168.0.0/16.',
  );
}

function checkDevices(devices: Settings['devices']): void {
  const wrong = devices.find(({ address }) => parseAddress(address) === null && macOf(address) === null);
  if (wrong === undefined) return;
  throw new SondeError(
    'bad-request',
    `${wrong.address} is neither an IP nor a hardware address`,
    'devices',
    'Write for example 10.0.0.5 or a4:83:e7:c9:a5:2c.',
  );
}

/** @throws SondeError where one is no database of places */
function checkPlaces(files: readonly string[]): void {
  for (const file of files) {
    if (!isAbsolute(file)) {
      const what = `${file} is no whole path`;
      throw new SondeError('bad-request', what, 'geo', 'Write it from the root, for example /srv/GeoLite2-City.mmdb.');
    }
  }
  Places.open(files);
}

/** Files of the machine are an administrator's: others could find out which there are. */
const notYours = (): SondeError =>
  new SondeError('not-allowed', 'databases of places are named by administrators', 'geo', 'Ask an administrator.');

function checkZone(timeZone: string): void {
  if (timeZone === 'system') return;
  try {
    Intl.DateTimeFormat('en', { timeZone });
  } catch (error) {
    throw new SondeError(
      'bad-request',
      `there is no time zone ${timeZone}`,
      'timeZone',
      'Write for example Europe/Berlin.',
      { cause: error },
    );
  }
}

export function settingsHandlers(desk: Desk): DeskHandlers['settings'] {
  return {
    get: () => readSettings(desk.store),
    set: async (change, { caller }) => {
      const given = Object.fromEntries(
        Object.entries(change).filter(([, value]) => value !== undefined),
      ) as Partial<Settings>;
      const settings: Settings = { ...(await readSettings(desk.store)), ...given };
      checkNetworks(settings.networks);
      checkDevices(settings.devices);
      if (given.geo && given.geo.join('\n') !== (await readSettings(desk.store)).geo.join('\n')) {
        if (!mayDo(caller.role, 'admin')) throw notYours();
        checkPlaces(given.geo);
      }
      checkZone(settings.timeZone);
      await desk.store.setSetting(DESK_SETTINGS, settings);
      await desk.audit(
        caller.user,
        'settings',
        Object.keys(given).join(', '),
        Object.entries(given).map(told).join('; '),
      );
      desk.changes.tell({ what: 'settings', capture: null });
      return settings;
    },
  };
}
