/** Who did what, latest first. The log can only grow. */
import { Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { AUDIT_ACTIONS } from '../../../src-shared/contract/topics/audit.ts';
import { More } from '../../components/More.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useGrowing } from '../../lib/growing.ts';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { counted } from '../../lib/numbers.ts';
import { useParams } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import './audit.css';
import { actionText, detailText, objectText } from './words.ts';

const STEP = 200;
const TYPING_MS = 200;

export default function Audit() {
  const zone = useZone();
  const [params, setParams] = useParams();
  const sought = params['search'] ?? '';
  const [search, setSearch] = useState(sought);
  const apply = useDebouncedCallback((text: string) => setParams({ search: text }, true), TYPING_MS);
  useEffect(() => setSearch(sought), [sought]);
  const field = useRef<HTMLInputElement>(null);
  useKeys('Audit', [{ ...KEYS.search, run: () => field.current?.focus() }]);
  const chosen = AUDIT_ACTIONS.find((each) => each === params['action']);
  const question = { search: sought, limit: STEP, ...(chosen ? { actions: [chosen] } : {}) };
  const asked = useGrowing(
    `audit ${JSON.stringify(question)}`,
    (client, cursor, signal) => client.audit.list({ ...question, ...cursor }, { signal }),
    ['captures', 'incidents', 'suppressions', 'settings'],
  );
  return (
    <>
      <div className="view-head">
        <h1>Audit</h1>
        <div className="view-tools" role="search">
          <TextInput
            ref={field}
            size="xs"
            w={240}
            aria-label="Search the log"
            placeholder="Search who, what, detail"
            value={search}
            onChange={({ currentTarget }) => {
              setSearch(currentTarget.value);
              apply(currentTarget.value);
            }}
          />
          <Select
            size="xs"
            w={176}
            aria-label="Action"
            placeholder="Action"
            clearable
            data={AUDIT_ACTIONS.map((value) => ({ value, label: actionText(value) }))}
            value={chosen ?? null}
            onChange={(value) => setParams({ action: value ?? '' })}
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
              <Empty title="No entry fits">Clear the search, or choose another action.</Empty>
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
                        <td className="nowrap">{actionText(did)}</td>
                        <td className="audit-text">{objectText(did, object)}</td>
                        <td className="audit-text dim">{detailText(did, detail)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
                <More shown={rows.length} total={total} onMore={asked.more} busy={asked.loading} />
              </div>
            )
          }
        </Shown>
      </Panel>
    </>
  );
}
