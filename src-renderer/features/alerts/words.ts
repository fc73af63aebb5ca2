/** What is said of channels and deliveries. */
import type { AlertChannel, AlertDelivery, ChannelQueue } from '../../../src-shared/contract/topics/alerts.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { dateTime } from '../../lib/clock.ts';
import { counted } from '../../lib/numbers.ts';

export interface Standing {
  /** Chooses shape and colour; the text says the same. */
  mark: 'good' | 'bad' | 'wait' | 'none' | 'off';
  text: string;
}

/** How a channel stands. `queue`: undefined where nothing is known of it yet. */
export function standingOf(
  { enabled }: Pick<AlertChannel, 'enabled'>,
  queue: ChannelQueue | undefined,
  zone: string | undefined,
): Standing {
  const waiting = queue?.waiting ?? 0;
  const waits = waiting > 0 ? `, ${waiting} waiting` : '';
  if (!enabled) return { mark: 'off', text: `Off${waits}` };
  if (queue && queue.failingSince !== null)
    return { mark: 'bad', text: `Failing since ${dateTime(queue.failingSince / 1000, zone)}${waits}` };
  if (waiting > 0) return { mark: 'wait', text: counted(waiting, 'alert waits', 'alerts wait') };
  if (!queue || queue.lastAnswerAt === null) return { mark: 'none', text: 'Nothing was sent yet' };
  return { mark: 'good', text: 'Delivers' };
}

/** What was counted of a channel; what is nothing is left out. */
export function countsText({ delivered, dead, held, refused }: ChannelQueue): string {
  const parts = [
    delivered > 0 ? `${counted(delivered, 'alert')} delivered` : '',
    dead > 0 ? `${counted(dead, 'alert')} given up` : '',
    held > 0 ? `${held} collected for the next digest` : '',
    refused > 0 ? `${refused} found no place in the queue` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

const REASONS: Readonly<Record<AlertDelivery['reason'], string>> = {
  opened: 'new',
  worsened: 'worsened',
  'goes-on': 'goes on',
  digest: 'digest',
  report: 'report',
  test: 'test',
};

export function reasonText(reason: AlertDelivery['reason']): string {
  return REASONS[reason];
}

/** What became of a delivery, and when. */
export function deliveryText(delivery: AlertDelivery, zone: string | undefined): string {
  const { state, madeAt, deliveredAt, nextAt, attempts } = delivery;
  if (state === 'delivered') {
    return deliveredAt === null ? 'delivered' : `delivered after ${tookText(Math.max(0, deliveredAt - madeAt))}`;
  }
  if (state === 'dead') return 'given up';
  if (attempts === 0) return 'waits';
  return nextAt === null ? 'is tried again now' : `is tried again ${dateTime(nextAt / 1000, zone)}`;
}

/** "84 ms", "2.4 s", "3.3 min". */
export function tookText(ms: number): string {
  return ms < 1 ? 'under 1 ms' : formatDuration(ms / 1000);
}
