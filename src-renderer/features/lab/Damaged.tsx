/** Experiments of which what is kept cannot be read any more: named, and nothing but removed. */
import { Button } from '@mantine/core';
import type { DamagedExperiment } from '../../../src-shared/contract/topics/lab.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct } from '../../lib/desk.tsx';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';

export function Damaged({ experiments }: { experiments: readonly DamagedExperiment[] }) {
  if (experiments.length === 0) return null;
  return (
    <ul className="lab-damaged" aria-label="Damaged experiments">
      {experiments.map((each) => (
        <One key={each.id} about={each} />
      ))}
    </ul>
  );
}

function One({ about: { id, name, createdAt, user } }: { about: DamagedExperiment }) {
  const zone = useZone();
  const lock = useLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const remove = async (): Promise<void> => {
    if (await act((client) => client.lab.remove({ id }))) tell(`${name} is removed.`);
  };
  return (
    <li>
      {name}, made on {dateTime(createdAt / 1000, zone)} by {user}, is damaged: what is kept of it cannot be read.{' '}
      <Button {...lock} size="compact-xs" variant="default" loading={busy} onClick={() => void remove()}>
        Remove {name}
      </Button>
      {error ? <ErrorNote error={error} /> : null}
    </li>
  );
}
