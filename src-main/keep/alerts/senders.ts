/** Channels as the dispatcher uses them. */
import { SondeError } from '../../../src-shared/errors.ts';
import type { StoredChannel } from '../store/types.ts';
import { resolved, type ChannelInDocument } from './document.ts';
import type { Sender } from './attempt.ts';
import { secretsFrom, type SecretStore } from './secrets.ts';
import { checkedSettings, secretTexts } from './settings.ts';
import type { ChannelKind, ChannelSettings } from './types.ts';

export type Kinds = readonly ChannelKind[];

/** @throws SondeError `bad-request` */
export function kindNamed(kinds: Kinds, id: string, where: string): ChannelKind {
  const kind = kinds.find((each) => each.id === id);
  if (kind) return kind;
  const cure = `Choose one of ${kinds.map((each) => each.id).join(', ')}.`;
  throw new SondeError('bad-request', `${where}: there is no kind of channel ${id}`, where, cure);
}

/** With these settings, whatever is kept. */
export function senderOf(
  { id, name }: { id: string; name: string },
  kind: ChannelKind,
  settings: ChannelSettings,
): Sender {
  const secretsOf = (given: ChannelSettings): string[] => secretTexts(kind, given);
  return { id, name, version: '', kind, settings: () => Promise.resolve(settings), secretsOf };
}

/**
 * One that the desk keeps. Its secrets are read when they are needed, and not held. `revision`: changes whenever one of
 * them does.
 */
export function keptSender(channel: StoredChannel, kind: ChannelKind, secrets: SecretStore, revision: number): Sender {
  const { id, name, settings } = channel;
  return {
    id,
    name,
    version: JSON.stringify([channel, revision]),
    kind,
    settings: async () => {
      const all = { ...settings, ...(await secretsFrom(secrets, id, channel.secrets)) };
      return checkedSettings(kind, all, name);
    },
    secretsOf: (given) => secretTexts(kind, given),
  };
}

/** One of a settings file, with its secrets, whether it is switched on or not. @throws SondeError where it is unsound */
export async function fileSender(channel: ChannelInDocument, kinds: Kinds, keys: SecretStore): Promise<Sender> {
  const { id, name = id } = channel;
  const kind = kindNamed(kinds, channel.kind, `channel ${id}`);
  return senderOf({ id, name }, kind, await resolved(kind, channel, keys));
}

/** Those of a settings file that are switched on, with their secrets. @throws SondeError for the first that is unsound */
export async function fileSenders(
  channels: readonly ChannelInDocument[],
  kinds: Kinds,
  keys: SecretStore,
): Promise<Sender[]> {
  const senders: Sender[] = [];
  for (const channel of channels) {
    // Also one that is off is checked: whoever switches it on wants no surprise.
    const sender = await fileSender(channel, kinds, keys);
    if (channel.enabled) senders.push(sender);
  }
  return senders;
}
