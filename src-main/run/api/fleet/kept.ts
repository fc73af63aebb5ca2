/** The fleet that was connected in the desk, as it is kept: what is secret lies among the secrets, the rest in the settings. */
import { createHash, X509Certificate } from 'node:crypto';
import type { FleetDraft, FleetSource } from '../../../../src-shared/contract/topics/fleet.ts';
import { z } from '../../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { SecretStore } from '../../../keep/alerts/secrets.ts';
import type { Store } from '../../../keep/store/types.ts';
import { sensorKeysIn } from '../../fleet/wire/keys.ts';

const SETTING = 'fleetSource';
export const SECRETS = ['password', 'certificateKey', 'packetsKey'] as const;
export type SecretField = (typeof SECRETS)[number];

const kept = z.object({
  /** Tells its secrets from those of another desk of this user. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  enabled: z.boolean(),
  address: z.string(),
  user: z.string(),
  group: z.string(),
  allowPrivate: z.boolean(),
  sensors: z.string(),
  ca: z.string(),
  certificate: z.string(),
  /** Which there are. */
  secrets: z.array(z.enum(SECRETS)),
});
export type Kept = z.infer<typeof kept>;
export type SecretTexts = Record<SecretField, string>;
/** What is needed to follow a fleet: '' where there is none. */
export type Wanted = Omit<Kept, 'id' | 'enabled' | 'secrets'> & SecretTexts;

type SettingStore = Pick<Store, 'setting' | 'setSetting'>;

export async function readKept(store: SettingStore): Promise<Kept | null> {
  return kept.safeParse(await store.setting(SETTING)).data ?? null;
}

export const writeKept = async (store: SettingStore, source: Kept | null): Promise<void> => {
  await store.setSetting(SETTING, source);
};

type Place = Pick<Kept, 'address' | 'user' | 'ca'>;

/**
 * No channel of alerts begins with a capital: none can have this name. It goes by the server that the secret was entered for: where
 * the settings name another, whoever changed them, it is not found.
 */
function secretName({ id, address, user, ca }: Pick<Kept, 'id'> & Place, field: SecretField): string {
  const place = createHash('sha256')
    .update(JSON.stringify([address, user, ca]))
    .digest('hex');
  return `Fleet.${id}.${place.slice(0, 32)}.${field}`;
}

/** @throws SondeError where one cannot be read, or is not there any more */
export async function secretsOf(secrets: SecretStore, source: Kept): Promise<SecretTexts> {
  const found: SecretTexts = { password: '', certificateKey: '', packetsKey: '' };
  for (const field of source.secrets) {
    const secret = await secrets.get(secretName(source, field));
    if (secret === null) {
      const what = `the ${WORDS[field]} of the fleet is not among the secrets of this machine`;
      throw new SondeError('not-found', what, field, 'Enter it again, and connect.');
    }
    found[field] = secret;
  }
  return found;
}

/** @throws SondeError where they cannot be kept */
export async function keepSecrets(
  secrets: SecretStore,
  source: Pick<Kept, 'id'> & Place,
  texts: SecretTexts,
): Promise<SecretField[]> {
  for (const field of SECRETS) await secrets.set(secretName(source, field), texts[field]);
  return SECRETS.filter((field) => texts[field] !== '');
}

/** But for those of `next`, which are in use. */
export async function forgetSecrets(secrets: SecretStore, source: Kept, next?: Kept): Promise<void> {
  const used = new Set(next?.secrets.map((field) => secretName(next, field)));
  for (const field of source.secrets) {
    const name = secretName(source, field);
    if (!used.has(name)) await secrets.set(name, '');
  }
}

const WORDS: Record<SecretField, string> = {
  password: 'password',
  certificateKey: 'key of our certificate',
  packetsKey: 'key for packets',
};

/** A password is sent to the server that it was entered for, as its certificates tell, and to no other. The keys are sent to nobody. */
const isSamePlace = (a: Place, b: Place): boolean => a.address === b.address && a.user === b.user && a.ca === b.ca;

/**
 * What a draft asks for, with what is kept where it leaves something out.
 *
 * @throws SondeError where the password is left out that was entered for another server
 */
export async function wantedOf(draft: FleetDraft, before: Kept | null, secrets: SecretStore): Promise<Wanted> {
  const { address, user, group, allowPrivate } = draft;
  const [sensors, ca, certificate] = (['sensors', 'ca', 'certificate'] as const).map(
    (field) => draft[field] ?? before?.[field] ?? '',
  ) as [string, string, string];
  const place = { ...withoutUser(address, user), ca };
  const left = SECRETS.filter((field) => draft[field] === undefined && before?.secrets.includes(field));
  if (before && left.includes('password') && !isSamePlace(place, before)) {
    const what = 'the password that is kept was entered for another server, user or TLS CA';
    throw new SondeError('bad-request', what, 'password', 'Enter the one of this server.');
  }
  const found = before && left.length > 0 ? await secretsOf(secrets, { ...before, secrets: left }) : undefined;
  const secret = (field: SecretField): string => draft[field] ?? found?.[field] ?? '';
  return {
    ...place,
    group,
    allowPrivate,
    sensors,
    certificate,
    password: secret('password'),
    certificateKey: secret('certificateKey'),
    packetsKey: secret('packetsKey'),
  };
}

/** A user may stand in the address; a password would be kept there for all to read. @throws SondeError */
function withoutUser(address: string, user: string): { address: string; user: string } {
  const url = URL.parse(address);
  if (!url) return { address, user };
  if (url.password !== '') {
    const cure = 'Enter it under “Password”: there it is kept as a secret.';
    throw new SondeError('bad-request', 'a password stands in the address', 'address', cure);
  }
  if (url.username === '') return { address, user };
  const named = decoded(url.username);
  if (user !== '' && user !== named) {
    const what = `the address has the user ${named}, and the user is ${user}`;
    throw new SondeError('bad-request', what, 'user', 'Name the user once.');
  }
  url.username = '';
  return { address: url.href, user: named };
}

/** @throws SondeError */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    const what = 'the user in the address is not written as an address needs it';
    throw new SondeError('bad-request', what, 'address', 'Enter it under “User”.', { cause: error });
  }
}

/** What may be shown: no secret is in it. */
export function shownSource(source: Kept): FleetSource {
  const { enabled, address, user, group, allowPrivate, ca, certificate, secrets } = source;
  return {
    enabled,
    address,
    user,
    group,
    allowPrivate,
    sensors: namesIn(source.sensors),
    ca: certificateText(ca),
    certificate: certificateText(certificate),
    hasPassword: secrets.includes('password'),
    hasCertificateKey: secrets.includes('certificateKey'),
    hasPacketsKey: secrets.includes('packetsKey'),
  };
}

function namesIn(sensors: string): string[] {
  try {
    return [...sensorKeysIn(sensors, 'Sensors').keys()];
  } catch {
    // Of another version: what is wrong is said when it is connected to.
    return [];
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Whose certificate it is, and until when; '' for none. Never throws. */
function certificateText(pem: string): string {
  const all = pem.match(PEM) ?? [];
  const [first] = all;
  if (first === undefined) return '';
  try {
    const { subject, validTo } = new X509Certificate(first);
    const name = subject.replaceAll('\n', ', ').slice(0, 200);
    return `${name}, until ${validTo}${all.length > 1 ? `, and ${all.length - 1} more` : ''}`;
  } catch {
    return 'a certificate that cannot be read';
  }
}

/** @throws SondeError where a text that should hold certificates holds none that can be read */
export function checkCertificates(pem: string, field: string): void {
  if (pem === '') return;
  const all = pem.match(PEM) ?? [];
  const isGood = all.every((one) => {
    try {
      return new X509Certificate(one).subject !== null;
    } catch {
      return false;
    }
  });
  if (all.length > 0 && isGood) return;
  const cure = 'Choose a file that begins with -----BEGIN CERTIFICATE-----.';
  throw new SondeError('bad-request', `${field}: this is no certificate in PEM`, field, cure);
}
