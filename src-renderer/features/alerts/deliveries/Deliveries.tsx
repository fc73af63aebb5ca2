/** What was sent, what waits, and what was given up. */
import { Button, Select } from '@mantine/core';
import type { AlertDelivery, ChannelQueue } from '../../../../src-shared/contract/topics/alerts.ts';
import { Panel } from '../../../components/Panel.tsx';
import { SeverityMark } from '../../../components/SeverityMark.tsx';
import { Empty, ErrorNote, Shown } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { dateTime } from '../../../lib/clock.ts';
import { useAct } from '../../../lib/desk.tsx';
import { exact } from '../../../lib/numbers.ts';
import { useParams } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { useZone } from '../../../lib/zone.tsx';
import { AlertsPage } from '../AlertsPage.tsx';
import { Mark } from '../Mark.tsx';
import { useQueue } from '../use-alerts.ts';
import { deliveryText, reasonText, type Standing } from '../words.ts';
import { GivenUp } from './GivenUp.tsx';

export function Deliveries() {
  const asked = useQueue();
  const [params, setParams] = useParams();
  const channels = asked.data?.channels ?? [];
  const chosen = channels.find(({ channel }) => channel === params['channel'])?.channel ?? null;
  return (
    <AlertsPage
      at="Deliveries"
      lead="Every alert is kept until the other side has taken it, in order for each channel, and tried again after ever longer pauses. What cannot be delivered is given up and stands here until you decide."
      tools={
        channels.length > 1 ? (
          <Select
            size="xs"
            w={200}
            aria-label="Channel"
            placeholder="All channels"
            clearable
            data={channels.map(({ channel, name }) => ({ value: channel, label: name }))}
            value={chosen}
            onChange={(value) => setParams({ channel: value ?? '' })}
          />
        ) : undefined
      }
    >
      <Shown asked={asked} what="the deliveries" lines={6}>
        {({ channels: queues, latest, dead }) => {
          const isShown = ({ channel }: { channel: string }): boolean => chosen === null || channel === chosen;
          return (
            <>
              <Figures queues={queues.filter(isShown)} />
              <GivenUp queues={queues.filter(isShown)} dead={dead.filter(isShown)} />
              <Latest latest={latest.filter(isShown)} queues={queues} />
            </>
          );
        }}
      </Shown>
    </AlertsPage>
  );
}

function Figures({ queues }: { queues: readonly ChannelQueue[] }) {
  const sum = (name: 'waiting' | 'held' | 'delivered' | 'dead' | 'refused'): string =>
    exact(queues.reduce((total, queue) => total + queue[name], 0));
  return (
    <dl className="figures">
      <div>
        <dt>Waiting</dt>
        <dd>{sum('waiting')}</dd>
      </div>
      <div>
        <dt>For the next digest</dt>
        <dd>{sum('held')}</dd>
      </div>
      <div>
        <dt>Delivered</dt>
        <dd>{sum('delivered')}</dd>
      </div>
      <div>
        <dt>Given up</dt>
        <dd>{sum('dead')}</dd>
      </div>
      {sum('refused') === '0' ? null : (
        <div>
          <dt>Found no place in the queue</dt>
          <dd>{sum('refused')}</dd>
        </div>
      )}
    </dl>
  );
}

const MARKS: Readonly<Record<AlertDelivery['state'], Standing['mark']>> = {
  waiting: 'wait',
  delivered: 'good',
  dead: 'bad',
};

function Latest({ latest, queues }: { latest: readonly AlertDelivery[]; queues: readonly ChannelQueue[] }) {
  const names = new Map(queues.map(({ channel, name }) => [channel, name]));
  return (
    <Panel title="The latest" note="latest first, at most 200">
      {latest.length === 0 ? (
        <Empty title="Nothing was sent yet">
          Alerts are sent of the incidents of live sessions. To see that a channel works, send it a test.
        </Empty>
      ) : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Latest deliveries">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Made</th>
                <th scope="col">Alert</th>
                <th scope="col">Channel</th>
                <th scope="col">What became of it</th>
                <th scope="col" className="number">
                  Tries
                </th>
                <th scope="col">The other side said</th>
              </tr>
            </thead>
            <tbody>
              {latest.map((delivery) => (
                <Row key={delivery.id} delivery={delivery} channel={names.get(delivery.channel) ?? delivery.channel} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ delivery, channel }: { delivery: AlertDelivery; channel: string }) {
  const zone = useZone();
  const { madeAt, severity, title, reason, state, attempts, words, key } = delivery;
  return (
    <tr>
      <td className="nowrap">{dateTime(madeAt / 1000, zone)}</td>
      <td className="alert-title" title={`key ${key}`}>
        <SeverityMark severity={severity} word /> {title} <span className="dim">{reasonText(reason)}</span>
      </td>
      <td>{channel}</td>
      <td>
        <Mark mark={MARKS[state]} /> {deliveryText(delivery, zone)} <TryNow delivery={delivery} />
      </td>
      <td className="number">{exact(attempts)}</td>
      <td className="alert-said">{words}</td>
    </tr>
  );
}

/** Of one that waits for its next try: the pause is cut short. */
function TryNow({ delivery: { id, title, state, nextAt } }: { delivery: AlertDelivery }) {
  const lock = useLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  if (state !== 'waiting' || nextAt === null) return null;
  const retry = (): void =>
    void act(async (client) => {
      await client.alerts.retry({ ids: [id] });
      tell('It is tried now.');
    });
  return (
    <>
      <Button
        {...lock}
        size="compact-xs"
        variant="default"
        aria-label={`Try now: ${title}`}
        disabled={lock.disabled || busy}
        onClick={retry}
      >
        Try now
      </Button>
      {error ? <ErrorNote error={error} /> : null}
    </>
  );
}
