/** One continuous export: how it goes, and what can be done with it. */
import { Button, Switch } from '@mantine/core';
import { useState } from 'react';
import type { SiemExportShown } from '../../../../src-shared/contract/topics/siem.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { ago, dateTime } from '../../../lib/clock.ts';
import { useAct } from '../../../lib/desk.tsx';
import { Link } from '../../../lib/place.tsx';
import { useZone } from '../../../lib/zone.tsx';
import { useAdminLock } from '../access.ts';
import { TestAnswer } from '../channels/TestAnswer.tsx';
import { Mark } from '../Mark.tsx';
import { alertsAddress } from '../place.ts';
import { draftOf } from './draft.ts';
import { useExportTest } from './use-test.ts';
import { exportCounts, exportStanding, exportText } from './words.ts';

export function ExportRow({ shown }: { shown: SiemExportShown }) {
  const { id, name, enabled } = shown;
  const lock = useAdminLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const trial = useExportTest();
  const [asking, setAsking] = useState(false);
  const enable = async (on: boolean): Promise<void> => {
    const change = { ...draftOf(shown), enabled: on };
    if (await act((client) => client.siem.set(change))) tell(`${name} is ${on ? 'on' : 'off'}.`);
  };
  const remove = async (): Promise<void> => {
    if (await act((client) => client.siem.remove({ id }))) tell(`${name} is removed.`);
  };
  return (
    <li aria-label={name}>
      <div className="alert-channel-head">
        <Link to={alertsAddress(['siem', id])}>{name}</Link>
        <div className="alert-channel-tools">
          <Button
            {...lock}
            size="compact-xs"
            variant="default"
            loading={trial.busy}
            onClick={() => void trial.test(draftOf(shown))}
          >
            Send test
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
      <p>{exportText(shown)}.</p>
      <Stands shown={shown} />
      {error ? <ErrorNote error={error} /> : null}
      {trial.error ? <ErrorNote error={trial.error} /> : null}
      <TestAnswer tested={trial.tested} busy={trial.busy} name={name} />
      <Confirm
        title={`Remove ${name}?`}
        verb="Remove"
        open={asking}
        busy={busy}
        onClose={() => setAsking(false)}
        onConfirm={() => void remove()}
      >
        Nothing more is written. What was written already stays where it is.
      </Confirm>
    </li>
  );
}

function Stands({ shown }: { shown: SiemExportShown }) {
  const zone = useZone();
  const { mark, text } = exportStanding(shown);
  const counts = exportCounts(shown);
  const { error, errorAt, state } = shown;
  return (
    <>
      <p className={`alert-standing alert-standing-${mark}`}>
        <Mark mark={mark} /> <span>{text}</span>
        {counts === '' ? null : <span className="dim">{counts}</span>}
      </p>
      {errorAt !== null && state !== 'failing' ? (
        <p className="alert-answer">
          <span className="dim" title={dateTime(errorAt / 1000, zone)}>
            Last error, {ago(errorAt, Date.now())}:
          </span>{' '}
          <q>{error}</q>
        </p>
      ) : null}
    </>
  );
}
