/** Who did what, latest first. The log can only grow. */
import { Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { AUDIT_ACTIONS } from '../../../src-shared/contract/topics/audit.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { counted } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';

const MOST = 500;
const TYPING_MS = 200;

export default function Audit() {
  const zone = useZone();
  const [search, setSearch] = useState('');
  const [sought] = useDebouncedValue(search, TYPING_MS);
  const [action, setAction] = useState<string | null>(null);
  const chosen = AUDIT_ACTIONS.find((each) => each === action);
  const question = { search: sought, limit: MOST, ...(chosen ? { actions: [chosen] } : {}) };
  const asked = useAsk(
    `audit ${JSON.stringify(question)}`,
    (client, signal) => client.audit.list(question, { signal }),
    {
      topics: ['captures', 'incidents', 'suppressions', 'settings'],
      keep: true,
    },
  );
  return (
    <>
      <div className="view-head">
        <h1>Audit</h1>
        <div className="view-tools" role="search">
          <TextInput
            size="xs"
            w={240}
            aria-label="Search the log"
            placeholder="Search"
            value={search}
            onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          />
          <Select
            size="xs"
            w={176}
            aria-label="Action"
            placeholder="Action"
            clearable
            data={[...AUDIT_ACTIONS]}
            value={action}
            onChange={setAction}
          />
        </div>
      </div>
      <Panel
        title={asked.data ? counted(asked.data.total, 'entry', 'entries') : 'Entries'}
        note="who opened, silenced, exported or changed what"
      >
        <Shown asked={asked} what="the log">
          {({ rows, total }) =>
            rows.length === 0 ? (
              <Empty title="No entry fits" />
            ) : (
              <div className="table-scroll">
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">When</th>
                      <th scope="col">Who</th>
                      <th scope="col">Did</th>
                      <th scope="col">What</th>
                      <th scope="col">Detail</th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map(({ id, at, user, action: did, object, detail }) => (
                      <tr key={id}>
                        <td className="nowrap">{dateTime(at / 1000, zone)}</td>
                        <td className="nowrap">{user}</td>
                        <td className="nowrap">{did}</td>
                        <td>{object}</td>
                        <td className="dim">{detail}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
                {total > rows.length ? (
                  <p className="dim">The latest {rows.length} are shown. Search to see others.</p>
                ) : null}
              </div>
            )
          }
        </Shown>
      </Panel>
    </>
  );
}
