/** One scheduled report: when it is sent and was, and what can be done with it. */
import { Button, Switch } from '@mantine/core';
import { useState } from 'react';
import type { ReportScheduleShown } from '../../../../src-shared/contract/topics/reports.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { dateTime } from '../../../lib/clock.ts';
import { useAct } from '../../../lib/desk.tsx';
import { counted } from '../../../lib/numbers.ts';
import { Link } from '../../../lib/place.tsx';
import { useZone } from '../../../lib/zone.tsx';
import { useAdminLock } from '../access.ts';
import { alertsAddress } from '../place.ts';
import { scheduleText } from './words.ts';

interface RowProps {
  schedule: ReportScheduleShown;
  names: ReadonlyMap<string, string>;
}

export function ReportRow({ schedule, names }: RowProps) {
  const { id, name, enabled } = schedule;
  const lock = useAdminLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const [asking, setAsking] = useState(false);
  const send = (): Promise<boolean> =>
    act(async (client) => {
      const { channels, incidents } = await client.reports.send({ id });
      tell(`On its way to ${counted(channels, 'channel')}: it tells of ${counted(incidents, 'incident')}.`);
    });
  const enable = async (on: boolean): Promise<void> => {
    const { last: _, nextAt: __, ...kept } = schedule;
    if (await act((client) => client.reports.set({ ...kept, enabled: on }))) tell(`${name} is ${on ? 'on' : 'off'}.`);
  };
  const remove = async (): Promise<void> => {
    if (await act((client) => client.reports.remove({ id }))) tell(`${name} is removed.`);
  };
  return (
    <li aria-label={name}>
      <div className="alert-channel-head">
        <Link to={alertsAddress(['reports', id])}>{name}</Link>
        <div className="alert-channel-tools">
          <Button {...lock} size="compact-xs" variant="default" loading={busy} onClick={() => void send()}>
            Send now
          </Button>
          <Button {...lock} size="compact-xs" variant="default" onClick={() => setAsking(true)}>
            Remove
          </Button>
          <Switch
            {...lock}
            size="xs"
            aria-label={`${name} on or off`}
            label={enabled ? 'on' : 'off'}
            checked={enabled}
            onChange={({ currentTarget }) => void enable(currentTarget.checked)}
          />
        </div>
      </div>
      <p>{scheduleText(schedule, names)}</p>
      <Times schedule={schedule} />
      {error ? <ErrorNote error={error} /> : null}
      <Confirm
        title={`Remove ${name}?`}
        verb="Remove"
        open={asking}
        busy={busy}
        onClose={() => setAsking(false)}
        onConfirm={() => void remove()}
      >
        It is sent no longer. What is on its way already is not called back.
      </Confirm>
    </li>
  );
}

function Times({ schedule: { last, nextAt } }: { schedule: ReportScheduleShown }) {
  const zone = useZone();
  const next = nextAt === null ? 'Off: none is sent.' : `Next: ${dateTime(nextAt / 1000, zone)}.`;
  const before = last === null ? 'None was sent yet.' : `Last: ${dateTime(last.at / 1000, zone)}.`;
  return (
    <p className="dim">
      {next} {before} <Link to={alertsAddress(['deliveries'])}>Deliveries</Link>
    </p>
  );
}
