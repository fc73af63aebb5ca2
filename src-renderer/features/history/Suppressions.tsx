/** What is silenced: by whom, why, until when, and how much it silences. */
import { Button, Switch } from '@mantine/core';
import type { SuppressionRow } from '../../../src-shared/contract/topics/suppressions.ts';
import { scopeText } from '../../../src-shared/domain/suppression.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { exact } from '../../lib/numbers.ts';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';

export function Suppressions() {
  const asked = useAsk('suppressions', (client, signal) => client.suppressions.list({}, { signal }), {
    topics: ['suppressions', 'incidents'],
  });
  const { act, error } = useAct();
  const tell = useTell();
  const remove = async ({ id, scope, reason, expiresAt }: SuppressionRow): Promise<void> => {
    if (!(await act((client) => client.suppressions.remove({ id })))) return;
    tell(`No longer silenced: ${scopeText(scope)}.`, {
      label: 'Silence it again',
      run: () => void act((client) => client.suppressions.create({ scope, reason, expiresAt })),
    });
  };
  return (
    <Panel title="Silenced as expected" note="hits: incidents it silences now">
      {error ? <ErrorNote error={error} /> : null}
      <Shown asked={asked} what="what is silenced">
        {({ suppressions }) =>
          suppressions.length === 0 ? (
            <Empty title="Nothing is silenced">
              Open an incident and press “Silence as expected” to silence it and its like.
            </Empty>
          ) : (
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
                    <th scope="col">On</th>
                    <th scope="col">
                      <span className="sr-only">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {suppressions.map((row) => (
                    <Row
                      key={row.id}
                      row={row}
                      onEnable={(enabled) =>
                        void act((client) => client.suppressions.setEnabled({ id: row.id, enabled }))
                      }
                      onRemove={() => void remove(row)}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Shown>
    </Panel>
  );
}

function Row({ row, onEnable, onRemove }: { row: SuppressionRow; onEnable(enabled: boolean): void; onRemove(): void }) {
  const zone = useZone();
  const lock = useLock();
  const until = row.expiresAt === null ? 'removed' : dateTime(row.expiresAt / 1000, zone);
  return (
    <tr>
      <td>{scopeText(row.scope)}</td>
      <td>{row.reason}</td>
      <td className="nowrap">{row.author}</td>
      <td className="nowrap">{row.state === 'expired' ? `expired ${until}` : until}</td>
      <td className="number">{exact(row.hits)}</td>
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
