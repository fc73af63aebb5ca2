/** From what somebody asks for to the way to a server: everything is checked before anything is sent. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import { guardedLookup, insideOf, placeOf } from '../../../keep/alerts/http/dial.ts';
import { isName, NAME_CURE } from '../../fleet/names.ts';
import { redisFrom, type RedisSettings } from '../../fleet/transport/settings.ts';
import { privateKeyIn, sensorKeysIn } from '../../fleet/wire/keys.ts';
import { checkCertificates, type Wanted } from './kept.ts';

export interface Prepared {
  settings: RedisSettings;
  group: string;
  keys: ReadonlyMap<string, KeyObject>;
  packetsKey: KeyObject | undefined;
}

const bad = (what: string, where: string, cure: string): SondeError => new SondeError('bad-request', what, where, cure);

/** @throws SondeError with what to do about it */
export function prepared(wanted: Wanted): Prepared {
  const { sensors, group } = wanted;
  if (!isName(group)) throw bad(`Group: ${group} is no name`, 'group', NAME_CURE);
  const settings = serverIn(wanted);
  if (sensors === '') {
    const cure = 'Choose the list of sensors that the workers read, too.';
    throw bad('the list of sensors is missing: whose words count?', 'sensors', cure);
  }
  return { settings, group, keys: sensorKeysIn(sensors, 'Sensors'), packetsKey: packetsKeyIn(wanted) };
}

function serverIn({ address, user, password, ca, certificate, certificateKey, allowPrivate }: Wanted): RedisSettings {
  checkCertificates(ca, 'TLS CA');
  checkCertificates(certificate, 'Certificate');
  if ((certificate === '') !== (certificateKey === '')) {
    throw bad('our certificate and its key belong together', 'certificate', 'Give both, or neither.');
  }
  if (certificateKey !== '') checkKey(certificateKey);
  const given = (text: string): string | undefined => (text === '' ? undefined : text);
  const texts = { password, ca: given(ca), cert: given(certificate), key: given(certificateKey) };
  const settings = redisFrom(withUser(address, user), 'Address', texts);
  if (allowPrivate) return settings;
  // Judged again each time that it is connected to: a name may lead elsewhere then.
  return { ...settings, lookup: guardedLookup(placeOf(settings.host, settings.port)) };
}

const noAddress = (): SondeError =>
  bad('Address: this is no address of a Redis server', 'address', 'Write for example rediss://redis.example.org:6379.');

/** @throws SondeError where it is no address at all */
function withUser(address: string, user: string): string {
  const url = URL.parse(address);
  if (!url) throw noAddress();
  url.username = user;
  return url.href;
}

function checkKey(pem: string): void {
  try {
    createPrivateKey(pem);
  } catch (error) {
    const cure = 'Choose its file in PEM, without a passphrase.';
    throw new SondeError('bad-request', 'Key of the certificate: this is no private key', 'certificateKey', cure, {
      cause: error,
    });
  }
}

function packetsKeyIn({ packetsKey }: Wanted): KeyObject | undefined {
  if (packetsKey === '') return undefined;
  try {
    return privateKeyIn(packetsKey, 'packets key');
  } catch (error) {
    const cure = 'Make one with sonde sensor --new-key desk.pem, and choose that file.';
    const what = 'Key for packets: this is no Ed25519 private key in PEM';
    throw new SondeError('bad-request', what, 'packetsKey', cure, { cause: error });
  }
}

/**
 * A server inside is told when it is entered, and not when it is first connected to.
 *
 * @throws SondeError `bad-request` (rejects)
 */
export async function checkPlace({ settings }: Prepared, allowPrivate: boolean): Promise<void> {
  if (allowPrivate) return;
  const { host } = settings;
  const inside = await insideOf(host);
  if (inside === null) return;
  const named = inside === host ? host : `${host} is ${inside}`;
  const what = `Address leads to this machine or a private network (${named}), where nothing is sent without “Allow private targets”`;
  throw bad(what, 'address', 'Switch that on if it is meant, or name another.');
}
