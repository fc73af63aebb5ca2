/** A channel that is there: what it knows, changed or removed. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { AlertChannel } from '../../../../src-shared/contract/topics/alerts.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { ErrorNote, Shown } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { counted } from '../../../lib/numbers.ts';
import { go, Link } from '../../../lib/place.tsx';
import { LOOK_NOTE, useAccess, useAdminLock } from '../access.ts';
import { alertsAddress } from '../place.ts';
import { useAlerts, useKinds, useQueue } from '../use-alerts.ts';
import { ChannelForm } from './ChannelForm.tsx';
import { NoChannel } from './Channels.tsx';
import { draftOf } from './draft.ts';

export function ChangeChannel({ id }: { id: string }) {
  const alerts = useAlerts();
  const channel = alerts.data?.channels.find((each) => each.id === id);
  const access = useAccess();
  return (
    <div className="alerts">
      <div className="view-head">
        <h1>{channel?.name ?? 'Channel'}</h1>
        <Link to={alertsAddress()}>All channels</Link>
        {channel ? (
          <div className="view-tools">
            <Remove channel={channel} />
          </div>
        ) : null}
      </div>
      {access === 'look' ? <p className="alert-note">{LOOK_NOTE}</p> : null}
      <Shown asked={alerts} what="the channel" lines={6}>
        {() => (channel ? <Form channel={channel} /> : <NoChannel />)}
      </Shown>
    </div>
  );
}

function Form({ channel }: { channel: AlertChannel }) {
  const kinds = useKinds();
  const tell = useTell();
  return (
    <Shown asked={kinds} what="what it has to know" lines={6}>
      {({ kinds: known }) => {
        const kind = known.find((each) => each.id === channel.kind);
        if (!kind) return <p>This version of Sonde does not know channels of the kind “{channel.kind}”.</p>;
        return (
          <ChannelForm
            kind={kind}
            channel={channel}
            begin={draftOf(kind, channel)}
            onSaved={({ name }) => {
              tell(`${name} is changed.`);
              go(alertsAddress());
            }}
          />
        );
      }}
    </Shown>
  );
}

function Remove({ channel: { id, name } }: { channel: AlertChannel }) {
  const lock = useAdminLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const [asking, setAsking] = useState(false);
  const waiting = useQueue().data?.channels.find((each) => each.channel === id)?.waiting ?? 0;
  const routes = (useAlerts().data?.routes ?? []).filter((route) => route.channels.includes(id)).length;
  const remove = async (): Promise<void> => {
    if (!(await act((client) => client.alerts.removeChannel({ id })))) return;
    tell(`${name} is removed.`);
    go(alertsAddress());
  };
  return (
    <>
      <Button {...lock} size="xs" variant="default" onClick={() => setAsking(true)}>
        Remove
      </Button>
      <Confirm
        title={`Remove ${name}?`}
        verb="Remove"
        open={asking}
        busy={busy}
        onClose={() => setAsking(false)}
        onConfirm={() => void remove()}
      >
        {error ? <ErrorNote error={error} /> : null}
        <p>
          Its secrets are forgotten
          {waiting > 0 ? `, and ${counted(waiting, 'alert that waits', 'alerts that wait')} for it` : ''}.{' '}
          {routes > 0 ? `${counted(routes, 'route leads', 'routes lead')} here no longer. ` : ''}It cannot be taken
          back. To be sent nothing for a while, switch it off instead.
        </p>
      </Confirm>
    </>
  );
}
