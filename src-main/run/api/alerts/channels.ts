/** Channels of the desk: made, changed, tried and removed. What is secret goes in and never comes out. */
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { Input } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import { CHANNELS_MAX, type AlertChannel } from '../../../../src-shared/contract/topics/alerts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { attempt } from '../../../keep/alerts/attempt.ts';
import { alertKey, testAlert } from '../../../keep/alerts/make.ts';
import { checkReached } from '../../../keep/alerts/places.ts';
import { kindNamed, senderOf } from '../../../keep/alerts/senders.ts';
import { secretName, secretsFrom, secretText } from '../../../keep/alerts/secrets.ts';
import { checkedSettings, destination, divided } from '../../../keep/alerts/settings.ts';
import type { ChannelKind, ChannelSettings, FieldValue } from '../../../keep/alerts/types.ts';
import type { StoredChannel } from '../../../keep/store/types.ts';
import type { Desk } from '../desk.ts';

type Change = Input<typeof contract.alerts.setChannel>;
type Tried = Input<typeof contract.alerts.test>;

/** What a test may take, ms. */
const TEST_MS = 15_000;
const ID_MAX = 36;

export function shown({ secrets, ...channel }: StoredChannel): AlertChannel {
  return { ...channel, secretsSet: [...secrets] };
}

export function noChannel(id: string): SondeError {
  return new SondeError('not-found', 'this channel is no longer there', id, 'Look at the list.');
}

export async function channelOf(desk: Desk, id: string): Promise<StoredChannel> {
  const channel = (await desk.store.alertChannels()).find((each) => each.id === id);
  if (!channel) throw noChannel(id);
  return channel;
}

/** From the name, so that it can be read in a settings file. */
export function newId(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  const base = plain.slice(0, ID_MAX).replace(/-+$/, '') || 'channel';
  if (!taken.has(base)) return base;
  for (let n = 2; ; n++) if (!taken.has(`${base}-${n}`)) return `${base}-${n}`;
}

/** Fields that are named; those left empty are not. */
const filled = (fields: Readonly<Record<string, FieldValue>>): [string, FieldValue][] =>
  Object.entries(fields).filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0));

const isAddress = (value: FieldValue): boolean =>
  typeof value === 'string' && /^https?:$/.test(URL.parse(value)?.protocol ?? '');

/**
 * Whoever may change a channel may not for that reason learn its secrets: they do not go to another place unless they
 * are given again.
 *
 * @throws SondeError `bad-request`
 */
function checkDestination(
  kind: ChannelKind,
  before: StoredChannel,
  open: Readonly<Record<string, FieldValue>>,
  given: Readonly<Record<string, FieldValue>>,
  staying: readonly string[],
): void {
  // Some services have addresses that are secrets.
  const moves = destination(kind, before.settings) !== destination(kind, open) || Object.values(given).some(isAddress);
  if (!moves || staying.length === 0) return;
  const labels = kind.fields.filter(({ name }) => staying.includes(name)).map(({ label }) => label);
  const what = `it would go somewhere else: enter ${labels.join(', ')} again`;
  throw new SondeError('bad-request', what, before.name, 'Secrets are sent only to where they were entered for.');
}

interface Whole {
  kind: ChannelKind;
  /** With secrets. */
  settings: ChannelSettings;
  /** Secrets that are new. */
  given: Record<string, FieldValue>;
}

/** A change of what is kept (null: of nothing), complete and sound. @throws SondeError */
async function wholeOf(desk: Desk, change: Omit<Change, 'id'>, before: StoredChannel | null): Promise<Whole> {
  const kind = kindNamed(desk.alerts.kinds, change.kind, change.name);
  if (before && before.kind !== kind.id) {
    const cure = 'Make another channel, and remove this one.';
    throw new SondeError('bad-request', `${before.name} stays a channel of kind ${before.kind}`, before.name, cure);
  }
  const told = divided(kind, Object.fromEntries([...filled(change.settings), ...filled(change.secrets)]));
  const open = divided(kind, change.settings).open;
  const { secret: given } = told;
  const misplaced = Object.keys(change.secrets).find((name) => Object.hasOwn(told.open, name));
  if (misplaced !== undefined) {
    const what = `${misplaced} is no secret of ${kind.title}`;
    throw new SondeError('bad-request', what, misplaced, 'Give it among the settings.');
  }
  const staying = (before?.secrets ?? []).filter(
    (name) => !change.forget.includes(name) && !Object.hasOwn(given, name),
  );
  if (before) checkDestination(kind, before, open, given, staying);
  const kept = before ? await secretsFrom(desk.alerts.secrets, before.id, staying) : {};
  return { kind, settings: checkedSettings(kind, { ...open, ...kept, ...given }, change.name), given };
}

/** @throws SondeError */
export async function setChannel(desk: Desk, { id, ...change }: Change): Promise<StoredChannel> {
  const all = await desk.store.alertChannels();
  const before = id === undefined ? null : (all.find((each) => each.id === id) ?? null);
  if (id !== undefined && !before) throw noChannel(id);
  if (!before && all.length >= CHANNELS_MAX) {
    const what = `there are ${CHANNELS_MAX} channels already`;
    throw new SondeError('too-many', what, change.name, 'Remove one that is not needed.');
  }
  const { kind, settings, given } = await wholeOf(desk, change, before);
  // One that cannot work may still be switched off.
  if (change.enabled) await checkReached(kind, settings, change.name);
  const { open, secret } = divided(kind, settings);
  const known = new Set(all.map((each) => each.id));
  const channel: StoredChannel = {
    id: before?.id ?? newId(change.name, known),
    name: change.name,
    kind: kind.id,
    enabled: change.enabled,
    settings: open,
    secrets: Object.keys(secret).toSorted(),
  };
  // Secrets first: a channel that says it has one has it.
  for (const [name, value] of Object.entries(given)) {
    await desk.alerts.setSecret(secretName(channel.id, name), channel.id, secretText(value));
  }
  await desk.store.putAlertChannel(channel);
  await forgetSecrets(
    desk,
    channel.id,
    (before?.secrets ?? []).filter((name) => !channel.secrets.includes(name)),
  );
  return channel;
}

/** What cannot be forgotten now is told: it is no reason to keep the channel. */
export async function forgetSecrets(desk: Desk, channel: string, names: readonly string[]): Promise<void> {
  for (const name of names) await desk.alerts.setSecret(secretName(channel, name), channel, '');
}

export interface Tested {
  ok: boolean;
  words: string;
  ms: number;
}

/** One attempt, past the queue. @throws SondeError where there is nothing sound to try */
export async function testChannel(desk: Desk, { id, draft }: Tried, signal: CancelSignal): Promise<Tested> {
  const before = id === undefined ? null : await channelOf(desk, id);
  const kept = (): Omit<Change, 'id'> | null => before && { ...before, secrets: {}, forget: [] };
  const change = draft ?? kept();
  if (!change) throw new SondeError('bad-request', 'there is no channel to test', 'test', 'Name one, or describe it.');
  const { kind, settings } = await wholeOf(desk, change, before);
  const at = desk.now();
  const alert = testAlert(alertKey('test', id ?? '', String(at), String(Math.random())), {
    at,
    sensor: desk.alerts.service.sensor,
  });
  const began = performance.now();
  const sender = senderOf({ id: id ?? '', name: change.name }, kind, settings);
  const { ok, words } = await attempt(sender, alert, TEST_MS, signal, () => desk.now());
  return { ok, words, ms: Math.round(performance.now() - began) };
}
