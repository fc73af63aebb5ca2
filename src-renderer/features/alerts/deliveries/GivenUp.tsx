/** Dead letters: alerts that could not be delivered. They are sent again, or thrown away. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { AlertDelivery, ChannelQueue, ChosenDeliveries } from '../../../../src-shared/contract/topics/alerts.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { More } from '../../../components/More.tsx';
import { Panel } from '../../../components/Panel.tsx';
import { SeverityMark } from '../../../components/SeverityMark.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { dateTime } from '../../../lib/clock.ts';
import { useAct } from '../../../lib/desk.tsx';
import { counted, exact } from '../../../lib/numbers.ts';
import { useLock } from '../../../lib/role.ts';
import { useZone } from '../../../lib/zone.tsx';
import { reasonText } from '../words.ts';

interface GivenUpProps {
  queues: readonly ChannelQueue[];
  dead: readonly AlertDelivery[];
}

/** What is to be thrown away, in words. */
interface Asked {
  what: string;
  chosen: ChosenDeliveries;
}

export function GivenUp({ queues, dead }: GivenUpProps) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const [asked, setAsked] = useState<Asked | null>(null);
  const failed = queues.filter((queue) => queue.dead > 0);
  const retry = (chosen: ChosenDeliveries): void =>
    void act(async (client) => {
      const { count } = await client.alerts.retry(chosen);
      tell(`${counted(count, 'alert is', 'alerts are')} sent again.`);
    });
  const drop = async (chosen: ChosenDeliveries): Promise<void> => {
    const done = await act(async (client) => {
      const { count } = await client.alerts.drop(chosen);
      tell(`${counted(count, 'alert')} dropped.`);
    });
    if (done) setAsked(null);
  };
  if (failed.length === 0) return null;
  return (
    <Panel title="Given up" note="what the other side refused, or did not take in all that time">
      {error && asked === null ? <ErrorNote error={error} /> : null}
      {failed.map((queue) => (
        <OfChannel
          key={queue.channel}
          queue={queue}
          dead={dead.filter(({ channel }) => channel === queue.channel)}
          busy={busy}
          onRetry={retry}
          onDrop={setAsked}
        />
      ))}
      <Confirm
        title={`Drop ${asked?.what ?? ''}?`}
        verb="Drop"
        open={asked !== null}
        busy={busy}
        onClose={() => setAsked(null)}
        onConfirm={() => asked && void drop(asked.chosen)}
      >
        {error ? <ErrorNote error={error} /> : null}
        <p>Nobody is told by this channel then. The incidents themselves stay in the alert history.</p>
      </Confirm>
    </Panel>
  );
}

interface OfChannelProps {
  queue: ChannelQueue;
  dead: readonly AlertDelivery[];
  busy: boolean;
  onRetry(chosen: ChosenDeliveries): void;
  onDrop(asked: Asked): void;
}

/** What is shown of a channel at once; the rest on demand. */
const STEP = 10;

function OfChannel({ queue, dead, busy, onRetry, onDrop }: OfChannelProps) {
  const lock = useLock();
  const [most, setMost] = useState(STEP);
  const { channel, name } = queue;
  const shared = { ...lock, size: 'compact-xs', variant: 'default', disabled: lock.disabled || busy } as const;
  const what = `${counted(queue.dead, 'alert')} for ${name}`;
  return (
    <section aria-label={`Given up for ${name}`} className="alert-dead">
      <header>
        <h3>
          {name} <span className="dim">{counted(queue.dead, 'alert')}</span>
        </h3>
        <Button {...shared} aria-label={`Retry all for ${name}`} onClick={() => onRetry({ channel })}>
          Retry all
        </Button>
        <Button {...shared} aria-label={`Drop all for ${name}`} onClick={() => onDrop({ what, chosen: { channel } })}>
          Drop all
        </Button>
      </header>
      <ul className="alert-letters">
        {dead.slice(0, most).map((delivery) => (
          <li key={delivery.id}>
            <Letter delivery={delivery} />
            <div className="alert-channel-tools">
              <Button
                {...shared}
                aria-label={`Retry ${delivery.title}`}
                onClick={() => onRetry({ ids: [delivery.id] })}
              >
                Retry
              </Button>
              <Button
                {...shared}
                aria-label={`Drop ${delivery.title}`}
                onClick={() => onDrop({ what: `“${delivery.title}”`, chosen: { ids: [delivery.id] } })}
              >
                Drop
              </Button>
            </div>
          </li>
        ))}
      </ul>
      <More
        shown={Math.min(most, dead.length)}
        total={queue.dead}
        onMore={dead.length > most ? () => setMost(most + STEP) : null}
        busy={false}
      />
      {dead.length <= most && dead.length < queue.dead ? (
        <p className="dim">
          {exact(dead.length)} of {exact(queue.dead)} are shown; “all” means all of them.
        </p>
      ) : null}
    </section>
  );
}

function Letter({ delivery: { severity, title, reason, madeAt, attempts, words } }: { delivery: AlertDelivery }) {
  const zone = useZone();
  return (
    <div>
      <p>
        <SeverityMark severity={severity} word /> {title}{' '}
        <span className="dim">
          {reasonText(reason)}, {dateTime(madeAt / 1000, zone)}, {counted(attempts, 'try', 'tries')}
        </span>
      </p>
      {words === '' ? null : <blockquote className="alert-words">{words}</blockquote>}
    </div>
  );
}
