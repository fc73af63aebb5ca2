/** What the queue of alerts knows of each channel, as figures; and attempts that failed, which only the sender sees. */
import type { Sender } from '../../keep/alerts/attempt.ts';
import type { AlertQueue } from '../../keep/store/queries/alerts.ts';
import type { ChannelFigures } from './figures.ts';

export class FailureCounts {
  private readonly counts = new Map<string, number>();

  /** The same sender, counted. */
  counting(sender: Sender): Sender {
    const { id, kind } = sender;
    this.counts.set(id, this.of(id));
    return {
      ...sender,
      kind: {
        ...kind,
        send: async (...given) => {
          try {
            return await kind.send(...given);
          } catch (error) {
            this.counts.set(id, this.of(id) + 1);
            throw error;
          }
        },
      },
    };
  }

  of(channel: string): number {
    return this.counts.get(channel) ?? 0;
  }
}

export function channelFigures({ channels }: Pick<AlertQueue, 'channels'>, failures: FailureCounts): ChannelFigures[] {
  return channels.map(({ channel, waiting, dead, delivered, refused, failingSince }) => ({
    channel,
    waiting,
    dead,
    delivered,
    refused,
    failingSince,
    failures: failures.of(channel),
  }));
}
