/** The kinds of channels, in the order in which they are offered. Adding one: its file and a line here. */
import type { ChannelKind } from '../types.ts';
import { command } from './command.ts';
import { desktop } from './desktop.ts';
import { email } from './email.ts';
import { sms } from './sms.ts';
import { syslog } from './syslog.ts';
import { telegram } from './telegram.ts';
import { webhook } from './webhook.ts';

export const CHANNEL_KINDS: readonly ChannelKind[] = [email, telegram, webhook, syslog, sms, desktop, command];

/** undefined: there is no such kind. */
export function channelKind(id: string): ChannelKind | undefined {
  return CHANNEL_KINDS.find((kind) => kind.id === id);
}
