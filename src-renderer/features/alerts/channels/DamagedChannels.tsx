/** Channels of which the database holds nothing that can be read: nothing is sent by them, and they can go. */
import { Button } from '@mantine/core';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { useAdminLock } from '../access.ts';

interface Damaged {
  id: string;
  name: string;
}

export function DamagedChannels({ damaged }: { damaged: readonly Damaged[] }) {
  const lock = useAdminLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const remove = async ({ id, name }: Damaged): Promise<void> => {
    if (await act((client) => client.alerts.removeChannel({ id }))) tell(`${name} is removed.`);
  };
  return (
    <Panel title="Damaged" note="nothing is sent by these">
      {error ? <ErrorNote error={error} /> : null}
      <ul className="alert-channels">
        {damaged.map((channel) => (
          <li key={channel.id} aria-label={channel.name}>
            <div className="alert-channel-head">
              <strong>{channel.name}</strong>
              <div className="alert-channel-tools">
                <Button
                  {...lock}
                  size="compact-xs"
                  variant="default"
                  aria-label={`Remove ${channel.name}`}
                  disabled={lock.disabled || busy}
                  onClick={() => void remove(channel)}
                >
                  Remove
                </Button>
              </div>
            </div>
            <p>
              What the database holds of this channel cannot be read any more. Remove it, with what waits for it, and
              make it again.
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
