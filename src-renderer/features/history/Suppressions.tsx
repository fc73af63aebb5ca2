/** What is silenced: by whom, why, until when, and how much it silences. */
import { Button, Switch } from '@mantine/core';
import { useState } from 'react';
import type { SuppressionRow } from '../../../src-shared/contract/topics/suppressions.ts';
import { scopeText } from '../../../src-shared/domain/suppression.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { counted, exact } from '../../lib/numbers.ts';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';
import { addAgain } from '../suppressions/batches.ts';
import { Import } from '../suppressions/Import.tsx';
import { NewSuppression } from '../suppressions/NewSuppression.tsx';
import '../suppressions/suppressions.css';
import { staleText } from '../suppressions/words.ts';

/** What can be done about rows; what is removed can be had again for a moment. */
function useRows(): {
  enable(row: SuppressionRow, enabled: boolean): void;
  remove(rows: readonly SuppressionRow[]): void;
  busy: boolean;
  error: SondeError | null;
} {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const remove = async (rows: readonly SuppressionRow[]): Promise<void> => {
    const [only] = rows.length === 1 ? rows : [];
    const ids = rows.map(({ id }) => id);
    const done = await act((client) =>
      only ? client.suppressions.remove({ id: only.id }) : client.suppressions.removeAll({ ids }),
    );
    if (!done) return;
    const what = only
      ? `No longer silenced: ${scopeText(only.scope)}.`
      : `${counted(rows.length, 'suppression')} removed.`;
    tell(what, { label: 'Undo', run: () => void addBack(rows) });
  };
  const addBack = async (rows: readonly SuppressionRow[]): Promise<void> => {
    const only = rows.length === 1 ? rows[0] : undefined;
    const what = only ? scopeText(only.scope) : counted(rows.length, 'suppression');
    if (await act((client) => addAgain(client, rows))) tell(`Taken back: ${what} silenced again.`);
  };
  return {
    enable: ({ id }, enabled) => void act((client) => client.suppressions.setEnabled({ id, enabled })),
    remove: (rows) => void remove(rows),
    busy,
    error,
  };
}

export function Suppressions() {
  const asked = useAsk('suppressions', (client, signal) => client.suppressions.list({}, { signal }), {
    topics: ['suppressions', 'incidents'],
  });
  const { enable, remove, busy, error } = useRows();
  return (
    <Panel
      title="Silenced as expected"
      note="hits: incidents it silences now"
      tools={<Tools rows={asked.data?.suppressions ?? []} />}
    >
      {error ? <ErrorNote error={error} /> : null}
      <Shown asked={asked} what="what is silenced">
        {({ suppressions }) =>
          suppressions.length === 0 ? (
            <Empty title="Nothing is silenced">
              Open an incident and press “Silence as expected” to silence it and its like.
            </Empty>
          ) : (
            <>
              <Tidy rows={suppressions.filter(({ stale }) => stale !== null)} busy={busy} onRemove={remove} />
              <Table rows={suppressions} onEnable={enable} onRemove={(row) => remove([row])} />
            </>
          )
        }
      </Shown>
    </Panel>
  );
}

function Tools({ rows }: { rows: readonly SuppressionRow[] }) {
  const [making, setMaking] = useState(false);
  const { act, busy, error } = useAct();
  const lock = useLock();
  const save = async (): Promise<void> => {
    await act(async (client) => download(await client.suppressions.export({})));
  };
  return (
    <>
      {error ? <ErrorNote error={error} /> : null}
      <Button {...lock} size="compact-xs" variant="default" onClick={() => setMaking(true)}>
        Silence by hand
      </Button>
      <Import known={rows} />
      <Button
        {...lock}
        disabled={lock.disabled || rows.length === 0}
        size="compact-xs"
        variant="default"
        loading={busy}
        onClick={() => void save()}
      >
        Export
      </Button>
      <NewSuppression open={making} onClose={() => setMaking(false)} />
    </>
  );
}

interface TidyProps {
  rows: readonly SuppressionRow[];
  busy: boolean;
  onRemove(rows: readonly SuppressionRow[]): void;
}

/** Offers to remove what has expired or never silenced anything. */
function Tidy({ rows, busy, onRemove }: TidyProps) {
  const lock = useLock();
  const text = staleText(rows);
  if (text === '') return null;
  return (
    <div className="tidy">
      <span>{text}</span>
      <Button {...lock} size="compact-xs" variant="default" loading={busy} onClick={() => onRemove(rows)}>
        {rows.length === 1 ? 'Remove it' : `Remove these ${exact(rows.length)}`}
      </Button>
    </div>
  );
}

interface TableProps {
  rows: readonly SuppressionRow[];
  onEnable(row: SuppressionRow, enabled: boolean): void;
  onRemove(row: SuppressionRow): void;
}

function Table({ rows, onEnable, onRemove }: TableProps) {
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Why</th>
            <th scope="col">By</th>
            <th scope="col">Until</th>
            <th scope="col" className="number">
              Hits
            </th>
            <th scope="col">Last hit</th>
            <th scope="col">On</th>
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} onEnable={(enabled) => onEnable(row, enabled)} onRemove={() => onRemove(row)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, onEnable, onRemove }: { row: SuppressionRow; onEnable(enabled: boolean): void; onRemove(): void }) {
  const zone = useZone();
  const lock = useLock();
  const until = row.expiresAt === null ? 'you remove it' : dateTime(row.expiresAt / 1000, zone);
  return (
    <tr className={row.state === 'expired' ? 'dim' : undefined}>
      <td className="suppression-scope">{scopeText(row.scope)}</td>
      <td>{row.reason}</td>
      <td className="nowrap">{row.author}</td>
      <td className="nowrap">{row.stale === 'expired' ? `expired ${until}` : until}</td>
      <td className="number">{exact(row.hits)}</td>
      <td className="nowrap">{row.lastHitAt === null ? 'never' : dateTime(row.lastHitAt / 1000, zone)}</td>
      <td>
        <Switch
          {...lock}
          size="xs"
          aria-label={`Silence ${scopeText(row.scope)}`}
          checked={row.enabled}
          onChange={({ currentTarget }) => onEnable(currentTarget.checked)}
        />
      </td>
      <td className="number">
        <Button {...lock} size="compact-xs" variant="default" onClick={onRemove}>
          Remove
        </Button>
      </td>
    </tr>
  );
}
