import type { ComparedSide, Comparison } from '../../../src-shared/contract/topics/compare.ts';
import { Panel } from '../../components/Panel.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { dateTime, lasted, secondsOf } from '../../lib/clock.ts';
import { bytes, counted } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { Changes, type Column } from './Changes.tsx';
import { Explains } from './Explains.tsx';
import { Named } from './parts.tsx';
import { Volumes } from './Volumes.tsx';

type Row<K extends 'hosts' | 'services' | 'peers' | 'incidents'> = Comparison[K]['new']['rows'][number];

const number = 'number';
const flowsAndBytes: Column<{ flows: number; bytes: number }>[] = [
  { title: 'Flows', className: number, cell: ({ flows }) => flows.toLocaleString('en-US') },
  { title: 'Bytes', className: number, cell: (row) => bytes(row.bytes) },
];

/** `capture`: where a row of this side is looked at. */
const hostColumns = (capture: number | undefined): Column<Row<'hosts'>>[] => [
  { title: 'Host', cell: ({ address, name }) => <Named address={address} name={name} capture={capture} /> },
  { title: 'Whose', cell: ({ local }) => (local ? 'ours' : 'outside') },
  ...flowsAndBytes,
];
const serviceColumns = (capture: number | undefined): Column<Row<'services'>>[] => [
  { title: 'Host', cell: ({ address, name }) => <Named address={address} name={name} capture={capture} /> },
  { title: 'Port', cell: ({ port, proto }) => `${proto}/${port}` },
  { title: 'Service', cell: ({ service }) => (service === '' ? 'not recognised' : service) },
  ...flowsAndBytes,
];
const peerColumns = (capture: number | undefined): Column<Row<'peers'>>[] => [
  { title: 'Host', cell: ({ address, name }) => <Named address={address} name={name} capture={capture} /> },
  { title: 'With', cell: ({ peer, peerName }) => <Named address={peer} name={peerName} capture={capture} /> },
  ...flowsAndBytes,
];
const incidentColumns = (): Column<Row<'incidents'>>[] => [
  {
    title: 'Incident',
    cell: ({ capture, uid, title, severity }) => (
      <>
        <SeverityMark severity={severity} />{' '}
        <Link to={viewAddress('incidents', [uid], { t: '' }, capture)}>{title}</Link>
      </>
    ),
  },
];

export function Found({ found }: { found: Comparison }) {
  const captures: [number | undefined, number | undefined] = [
    found.a.captures[0]?.capture,
    found.b.captures[0]?.capture,
  ];
  return (
    <>
      <Sides found={found} />
      {found.notes.length > 0 ? (
        <ul className="compare-notes">
          {found.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      ) : null}
      <Explains found={found} captures={captures} />
      <Changes title="Incidents" changes={found.incidents} columns={incidentColumns} captures={captures} />
      <Changes
        title="Hosts"
        note="that sent something"
        changes={found.hosts}
        columns={hostColumns}
        captures={captures}
      />
      <Changes
        title="Services of ours"
        note="that were asked for and answered"
        changes={found.services}
        columns={serviceColumns}
        captures={captures}
      />
      <Changes
        title="Pairs"
        note="one of ours and whom it talks to"
        changes={found.peers}
        columns={peerColumns}
        captures={captures}
      />
      <Volumes found={found} />
    </>
  );
}

function Sides({ found: { a, b, hosts } }: { found: Comparison }) {
  return (
    <Panel title="What is compared" note={`${counted(hosts.both, 'host')} in both; counted from flows`}>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              {['', 'Captures', 'From', 'To'].map((title) => (
                <th key={title} scope="col">
                  {title === '' ? <span className="sr-only">Side</span> : title}
                </th>
              ))}
              {['Lasted', 'Flows', 'Bytes', 'Hosts', 'Incidents'].map((title) => (
                <th key={title} scope="col" className={number}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <SideRow label="A" side={a} />
            <SideRow label="B" side={b} />
          </tbody>
        </table>
      </div>
      <p className="dim">
        Bytes are those of IP packets, and hosts are those that sent something. The overview of a capture counts whole
        frames, and every address that occurs, also of what makes no flow.
      </p>
    </Panel>
  );
}

function SideRow({ label, side }: { label: string; side: ComparedSide }) {
  const zone = useZone();
  const time = (text: string | null): string => (text === null ? '–' : dateTime(secondsOf(text), zone));
  const [first] = side.captures;
  return (
    <tr>
      <td>{label}</td>
      <td>
        {first ? <Link to={viewAddress('overview', [], { t: '' }, first.capture)}>{first.name}</Link> : 'none'}
        {side.captures.length > 1 ? (
          <span className="dim"> and {counted(side.captures.length - 1, 'other')}</span>
        ) : null}
      </td>
      <td className="nowrap">{time(side.firstTs)}</td>
      <td className="nowrap">{time(side.lastTs)}</td>
      <td className={number}>{lasted(side.seconds)}</td>
      <td className={number}>{side.flows.toLocaleString('en-US')}</td>
      <td className={number}>{bytes(side.bytes)}</td>
      <td className={number}>{side.hosts.toLocaleString('en-US')}</td>
      <td className={number}>{side.incidents.toLocaleString('en-US')}</td>
    </tr>
  );
}
