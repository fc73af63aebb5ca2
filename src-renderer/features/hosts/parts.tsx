import { HostLink } from '../../components/HostLink.tsx';
import { Risk } from '../../components/Meter.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { bytes, counted, exact, measured } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import type { HostAnswer } from './HostPage.tsx';

const AGAINST = { own: 'its own past', peers: 'its peers' } as const;

export function Unusual({ unusual }: { unusual: HostAnswer['unusual'] }) {
  const zone = useZone();
  return (
    <Panel title="What is unusual" note="against its own past and its peers">
      {unusual.length === 0 ? (
        <Empty title="Nothing stands out">
          Its windows resemble each other and those of its peers, or there are too few to tell.
        </Empty>
      ) : (
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col" className="number">
                  Observed
                </th>
                <th scope="col" className="number">
                  Usual
                </th>
                <th scope="col">Against</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {unusual.map(({ measure, unit, value, usual, against, at, text }) => (
                <tr key={`${measure} ${against} ${at}`}>
                  <td title={text}>{`${measure.charAt(0).toUpperCase()}${measure.slice(1)}`}</td>
                  <td className="number">{measured(value, unit)}</td>
                  <td className="number dim">{measured(usual, unit)}</td>
                  <td className="nowrap">{AGAINST[against]}</td>
                  <td className="nowrap">{at === null ? 'whole capture' : `10 min from ${dateTime(at, zone)}`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

export function Peers({ answer: { host, peers, peersTotal } }: { answer: HostAnswer }) {
  return (
    <Panel title="Whom it talks to" note={`${counted(peersTotal, 'host')}, most bytes first`} className="half">
      {peers.length === 0 ? (
        <Empty title="Nobody" />
      ) : (
        <div className="table-scroll host-scroll" tabIndex={0} role="region" aria-label="Peers">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Host</th>
                <th scope="col">Risk</th>
                <th scope="col" className="number">
                  Flows
                </th>
                <th scope="col" className="number">
                  Sent
                </th>
                <th scope="col" className="number">
                  Received
                </th>
              </tr>
            </thead>
            <tbody>
              {peers.map((peer) => (
                <tr key={peer.address}>
                  <td>
                    <HostLink address={peer.address} />
                  </td>
                  <td>
                    <Risk risk={peer.risk} />
                  </td>
                  <td className="number">
                    <Link to={viewAddress('flows', [], { q: `host == ${host.address} && host == ${peer.address}` })}>
                      {exact(peer.flows)}
                    </Link>
                  </td>
                  <td className="number">{bytes(peer.bytesOut)}</td>
                  <td className="number">{bytes(peer.bytesIn)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

const isPing = (proto: string): boolean => proto.startsWith('icmp');

export function Services({ services }: { services: HostAnswer['services'] }) {
  return (
    <Panel title="What it offers" note="ports that answered others" className="half">
      {services.length === 0 ? (
        <Empty title="Nothing seen">Nobody got an answer from a port of it.</Empty>
      ) : (
        <div className="table-scroll host-scroll" tabIndex={0} role="region" aria-label="Services">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Port</th>
                <th scope="col">Service</th>
                <th scope="col" className="number">
                  Flows
                </th>
                <th scope="col" className="number">
                  Clients
                </th>
              </tr>
            </thead>
            <tbody>
              {services.map(({ port, proto, service, flows, clients }) => (
                <tr key={`${proto} ${port}`}>
                  <td>{isPing(proto) ? <span className="dim">no port</span> : `${port}/${proto}`}</td>
                  <td>
                    {isPing(proto)
                      ? 'answers ping (ICMP echo)'
                      : service || <span className="dim">not recognised</span>}
                  </td>
                  <td className="number">{exact(flows)}</td>
                  <td className="number">{exact(clients)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
