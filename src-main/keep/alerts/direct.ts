/** Alerts that no queue takes, sent past it before the program ends: better once and perhaps twice than never. */
import type { HeldAlert, NewDelivery } from '../store/types.ts';
import { attempt, type Sender } from './attempt.ts';
import { digestOf, soundItems } from './held.ts';
import { alertFromText, type Made } from './make.ts';
import type { Alert } from './types.ts';

export interface Unkept {
  deliveries: NewDelivery[];
  held: HeldAlert[];
}

interface Message {
  alert: Alert;
  /** Alerts that are lost with it. */
  count: number;
}

/** In order; what is held for a digest as one, at the end. */
function messagesOf(channel: string, { deliveries, held }: Unkept, made: Made): Message[] {
  const own = deliveries.filter((each) => each.channel === channel);
  const single = own.map(({ key, body }): Message => ({ alert: { ...alertFromText(body), key }, count: 1 }));
  const digests = (['digest', 'ceiling'] as const).flatMap((why): Message[] => {
    const { items } = soundItems(held.filter((each) => each.channel === channel && each.why === why));
    if (items.length === 0) return [];
    return [{ alert: digestOf(channel, items, why, [], made), count: items.length }];
  });
  return [...single, ...digests];
}

/** One attempt for each, channels side by side, all within `ms`. How many alerts did not get through. Never rejects. */
export async function sendDirectly(
  senders: readonly Sender[],
  unkept: Unkept,
  ms: number,
  made: Made,
  now: () => number,
): Promise<number> {
  const end = performance.now() + ms;
  const never = new AbortController().signal;
  const channels = [...new Set([...unkept.deliveries, ...unkept.held].map(({ channel }) => channel))];
  let sent = 0;
  const line = async (channel: string): Promise<void> => {
    const sender = senders.find(({ id }) => id === channel);
    if (!sender) return;
    for (const { alert, count } of messagesOf(channel, unkept, made)) {
      const left = end - performance.now();
      if (left <= 0) return;
      if ((await attempt(sender, alert, left, never, now)).ok) sent += count;
    }
  };
  await Promise.all(channels.map(line));
  return unkept.deliveries.length + unkept.held.length - sent;
}
