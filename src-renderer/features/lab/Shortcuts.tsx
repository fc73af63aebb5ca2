/** Columns by which a network is learned by heart, and the same experiment with or without them, one click away. */
import type { ExperimentRow } from '../../../src-shared/contract/topics/lab.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useAct } from '../../lib/desk.tsx';
import { go } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import { labAddress } from './place.ts';

/** `columns`: undefined where the experiment is of before they were told. */
export function Shortcuts({ row, columns }: { row: ExperimentRow; columns: readonly string[] | undefined }) {
  const { act, busy, error } = useAct();
  const lock = useLock();
  if (columns?.length === 0) return <>none: these records have no addresses, ports, times or TTLs</>;
  const { keepShortcuts } = row.options;
  const compare = (): Promise<boolean> =>
    act(async (client) => {
      const { job, experiment } = await client.lab.ablate({ id: row.id });
      if (experiment !== null) go(labAddress(['compare', String(row.id), String(experiment)]));
      else go(labAddress([], { job: String(job), beside: String(row.id) }));
    });
  return (
    <>
      {columns?.join(', ') ?? 'addresses, ports, times'}: {keepShortcuts ? 'learned from' : 'left out'}.{' '}
      <button
        type="button"
        className="text-button"
        {...lock}
        disabled={lock.disabled || busy}
        onClick={() => void compare()}
      >
        Compare {keepShortcuts ? 'without' : 'with'} them
      </button>
      {error ? <ErrorNote error={error} /> : null}
    </>
  );
}
