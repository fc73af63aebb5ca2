/** The channels that alerts leave by, and how each stands. */
import { Button } from '@mantine/core';
import type { AlertChannel, AlertRoute } from '../../../../src-shared/contract/topics/alerts.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, Shown } from '../../../components/states.tsx';
import { counted } from '../../../lib/numbers.ts';
import { go } from '../../../lib/place.tsx';
import { useAdminLock } from '../access.ts';
import { AlertsPage } from '../AlertsPage.tsx';
import { alertsAddress } from '../place.ts';
import { useAlerts, useKinds, useQueue } from '../use-alerts.ts';
import { ChannelRow } from './ChannelRow.tsx';
import { DamagedChannels } from './DamagedChannels.tsx';

const begin = (): void => go(alertsAddress(['new']));

export function Channels() {
  const asked = useAlerts();
  const lock = useAdminLock();
  const some = (asked.data?.channels.length ?? 0) + (asked.data?.damaged.length ?? 0) > 0;
  return (
    <AlertsPage
      at="Channels"
      lead="An alert tells you of an incident where you are: by chat, by e-mail, in your own systems. Each channel has a queue of its own that survives a restart; one that is down holds up no other."
      tools={
        some ? (
          <Button {...lock} size="xs" onClick={begin}>
            New channel
          </Button>
        ) : undefined
      }
    >
      <Shown asked={asked} what="the channels" lines={6}>
        {({ channels, damaged, routes }) => (
          <>
            {damaged.length === 0 ? null : <DamagedChannels damaged={damaged} />}
            {channels.length > 0 ? <List channels={channels} routes={routes} /> : damaged.length > 0 ? null : <None />}
          </>
        )}
      </Shown>
    </AlertsPage>
  );
}

function None() {
  const lock = useAdminLock();
  return (
    <section className="drop" aria-label="No channel yet">
      <p className="drop-title">Nothing is sent yet</p>
      <p className="dim alert-lead">
        Say where alerts go to, and try it at once. From then on you are told of warnings and critical incidents of live
        sessions within seconds; routes narrow that to what, whose hosts and when.
      </p>
      <div className="drop-buttons">
        <Button {...lock} onClick={begin}>
          New channel
        </Button>
      </div>
    </section>
  );
}

/** Whether anything but tests is sent by it. Without any route all channels are sent warnings and worse. */
function isReached({ id }: AlertChannel, routes: readonly AlertRoute[]): boolean {
  return routes.length === 0 || routes.some((route) => route.enabled && route.channels.includes(id));
}

function List({ channels, routes }: { channels: readonly AlertChannel[]; routes: readonly AlertRoute[] }) {
  const queue = useQueue();
  const kinds = useKinds().data?.kinds ?? [];
  return (
    <Panel title={counted(channels.length, 'channel')}>
      <Shown asked={queue} what="how they stand">
        {({ channels: queues }) => (
          <ul className="alert-channels">
            {channels.map((channel) => (
              <ChannelRow
                key={channel.id}
                channel={channel}
                kind={kinds.find(({ id }) => id === channel.kind)?.title ?? channel.kind}
                queue={queues.find((each) => each.channel === channel.id)}
                reached={isReached(channel, routes)}
              />
            ))}
          </ul>
        )}
      </Shown>
      {routes.length > 0 ? null : (
        <p className="dim alert-foot">
          There is no route: every channel is sent warnings and critical incidents, at any hour.
        </p>
      )}
    </Panel>
  );
}

/** Stands where a channel is named that is not there. */
export function NoChannel() {
  return (
    <Empty title="No such channel">
      <p>It was removed, or never there.</p>
    </Empty>
  );
}
