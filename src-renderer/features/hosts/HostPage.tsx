/** All that is known of one host. */
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { Risk } from '../../components/Meter.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { deviceReasons, rolesText } from '../../lib/known.ts';
import { bytes, counted, exact } from '../../lib/numbers.ts';
import { placeLong } from '../../lib/place-words.ts';
import { usePlaces } from '../../lib/places.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { IncidentTable } from '../incidents/IncidentTable.tsx';
import { Activity } from './Activity.tsx';
import { SeemsToBe } from './Found.tsx';
import { Names } from './Names.tsx';
import { Peers, Services, Unusual } from './parts.tsx';
import { GROUP_TITLE, whereOf } from './where.ts';

export type HostAnswer = Output<(typeof contract)['hosts']['get']>;

/** Names in the head; all of them stand in their own table. */
const SHOWN = 5;

export function HostPage({ capture, address }: { capture: number; address: string }) {
  const asked = useAsk(
    `host ${capture} ${address}`,
    (client, signal) => client.hosts.get({ capture, address }, { signal }),
    {
      topics: ['captures', 'incidents', 'suppressions', 'settings'],
    },
  );
  return (
    <Shown asked={asked} what="the host" lines={12}>
      {(answer) => (
        <article className="host">
          <Head capture={capture} answer={answer} />
          <Panel title="Incidents" note="it began or suffered">
            {answer.incidents.length === 0 ? (
              <Empty title="No incidents with this host" />
            ) : (
              <IncidentTable rows={answer.incidents} />
            )}
          </Panel>
          <Names answer={answer} />
          <Activity answer={answer} />
          <Unusual unusual={answer.unusual} />
          <Peers answer={answer} />
          <Services services={answer.services} />
        </article>
      )}
    </Shown>
  );
}

function namesText(names: readonly string[]): string {
  const different = [...new Set(names)];
  const more = different.length > SHOWN ? ` and ${exact(different.length - SHOWN)} more` : '';
  return different.length === 0 ? 'seen under no name' : different.slice(0, SHOWN).join(', ') + more;
}

const nameOf = ({ known, name }: HostAnswer['host']): string => known?.name || name;

/** What a card's address says: who made it, or that it was made up. */
export function cardText({ mac, kind, vendor }: HostAnswer['cards'][number]): string {
  if (kind === 'group') return `${mac} (an address for groups, of no single card)`;
  if (kind === 'local')
    return vendor === null ? `${mac} (made up: a randomised or virtual card)` : `${mac} (made up: ${vendor})`;
  return `${mac} (${vendor ?? 'maker not registered'})`;
}

/** Where it is registered, and what Radar says of its network. */
function Known({ address }: { address: string }) {
  const [place] = usePlaces([address]);
  if (!place) return null;
  return (
    <>
      <dt>Place</dt>
      <dd>
        {placeLong(place)}
        {place.radar === '' ? null : <span className="host-radar">{place.radar}</span>}
      </dd>
    </>
  );
}

function Head({ capture, answer: { host, names, cards } }: { capture: number; answer: HostAnswer }) {
  return (
    <header className="host-head">
      <div className="view-head">
        <h1>{host.address}</h1>
        {nameOf(host) === '' ? null : <span className="host-name">{nameOf(host)}</span>}
        <span className="tag" title={host.group ? GROUP_TITLE : undefined}>
          {whereOf(host)}
        </span>
        <div className="view-tools">
          <Link to={viewAddress('flows', [], { q: `host == ${host.address}` })}>Its flows</Link>
        </div>
      </div>
      <dl className="facts">
        <dt>Risk</dt>
        <dd>
          <Risk risk={host.risk} />
        </dd>
        <dt>Role</dt>
        <dd>{rolesText(host.known, host.roles) || 'not known'}</dd>
        <SeemsToBe capture={capture} address={host.address} />
        {host.device === null ? null : (
          <>
            <dt>Device</dt>
            <dd>{deviceReasons(host.device)}</dd>
          </>
        )}
        <Known address={host.address} />
        <dt>Names</dt>
        <dd>{namesText(names.map(({ name }) => name))}</dd>
        <dt>Card</dt>
        <dd>{cards.length === 0 ? 'no hardware address seen' : cards.map(cardText).join('; ')}</dd>
        <dt>Traffic</dt>
        <dd>
          {counted(host.flows, 'flow')}, {bytes(host.bytesOut)} sent, {bytes(host.bytesIn)} received
        </dd>
      </dl>
    </header>
  );
}
