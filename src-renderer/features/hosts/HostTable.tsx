import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { HOST_ORDERS, type HostRow } from '../../../src-shared/contract/topics/hosts.ts';
import { HostLink } from '../../components/HostLink.tsx';
import { Risk } from '../../components/Meter.tsx';
import { More } from '../../components/More.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useGrowing } from '../../lib/growing.ts';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { deviceText, rolesText } from '../../lib/known.ts';
import { bytes, counted, exact } from '../../lib/numbers.ts';
import { useParams } from '../../lib/place.tsx';
import { Found } from './Found.tsx';
import { GROUP_TITLE, whereOf } from './where.ts';

type Order = (typeof HOST_ORDERS)[number];

const COLUMNS: readonly { order: Order | null; title: string; numeric: boolean; name?: string }[] = [
  { order: 'address', title: 'Host', numeric: false },
  { order: null, title: 'Where', numeric: false },
  { order: null, title: 'Name', numeric: false },
  { order: null, title: 'Device', numeric: false, name: 'host-device' },
  { order: 'risk', title: 'Risk', numeric: false },
  { order: null, title: 'Incidents', numeric: true },
  { order: 'flows', title: 'Flows', numeric: true },
  { order: 'bytesOut', title: 'Sent', numeric: true },
  { order: 'bytesIn', title: 'Received', numeric: true },
  { order: null, title: 'Role', numeric: false },
];
const STEP = 200;
const TYPING_MS = 200;

function namesTitle({ known, name }: HostRow): string | undefined {
  return [known?.name, name].filter(Boolean).join(', ') || undefined;
}

export function HostTable({ capture }: { capture: number }) {
  const [params, setParams] = useParams();
  const [search, setSearch] = useState(params['search'] ?? '');
  const apply = useDebouncedCallback((text: string) => setParams({ search: text }, true), TYPING_MS);
  const field = useRef<HTMLInputElement>(null);
  useKeys('Hosts', [{ ...KEYS.search, run: () => field.current?.focus() }]);
  const order = HOST_ORDERS.find((each) => each === params['sort']) ?? 'risk';
  const descending = params['up'] !== '1';
  const question = { capture, search: params['search'] ?? '', order, descending, limit: STEP };
  const asked = useGrowing(
    `hosts ${JSON.stringify(question)}`,
    (client, cursor, signal) => client.hosts.list({ ...question, ...cursor }, { signal }),
    ['captures', 'incidents', 'suppressions', 'settings'],
  );
  const sortBy = (next: Order): void => setParams({ sort: next, up: next === order && descending ? '1' : '' }, true);
  return (
    <>
      <div className="view-head">
        <h1>Hosts</h1>
        <div className="view-tools" role="search">
          <TextInput
            ref={field}
            size="xs"
            w={280}
            aria-label="Search hosts"
            placeholder="Address, name, or network like 10.0.0.0/8"
            value={search}
            onChange={({ currentTarget }) => {
              setSearch(currentTarget.value);
              apply(currentTarget.value);
            }}
          />
        </div>
      </div>
      <Found capture={capture} />
      <Panel
        title={asked.data ? counted(asked.data.total, 'host') : 'Hosts'}
        note="every address of the capture, also of groups and of what never spoke"
      >
        <Shown asked={asked} what="the hosts" lines={12}>
          {({ rows, total }) =>
            rows.length === 0 ? (
              <Empty title="No host fits">Clear the search. A capture without IP packets has no hosts.</Empty>
            ) : (
              <div className="table-scroll host-list-scroll">
                <table className="table">
                  <thead>
                    <tr>
                      {COLUMNS.map(({ order: by, title, numeric, name = '' }) => (
                        <th
                          key={title}
                          scope="col"
                          className={numeric ? 'number' : name}
                          aria-sort={by === order ? (descending ? 'descending' : 'ascending') : undefined}
                        >
                          {by === null ? (
                            title
                          ) : (
                            <button type="button" onClick={() => sortBy(by)}>
                              {title}
                              {by === order ? <span aria-hidden="true"> {descending ? '↓' : '↑'}</span> : null}
                            </button>
                          )}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((host) => (
                      <tr key={host.address}>
                        <td className="host-address" title={host.address}>
                          <HostLink address={host.address} />
                        </td>
                        <td title={host.group ? GROUP_TITLE : undefined}>
                          {whereOf(host) === 'ours' ? (
                            <span className="tag">ours</span>
                          ) : (
                            <span className="dim">{whereOf(host)}</span>
                          )}
                        </td>
                        <td className="host-listed" title={namesTitle(host)}>
                          {host.known?.name || host.name}
                        </td>
                        <td className="nowrap host-device" title={host.device?.why.join('; ')}>
                          {deviceText(host.device)}
                        </td>
                        <td>
                          <Risk risk={host.risk} />
                        </td>
                        <td className={`number ${host.incidents === 0 ? 'dim' : ''}`}>{exact(host.incidents)}</td>
                        <td className="number">{exact(host.flows)}</td>
                        <td className="number" title={`${exact(host.bytesOut)} bytes`}>
                          {bytes(host.bytesOut)}
                        </td>
                        <td className="number" title={`${exact(host.bytesIn)} bytes`}>
                          {bytes(host.bytesIn)}
                        </td>
                        <td className="host-roles">{rolesText(host.known, host.roles)}</td>
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
