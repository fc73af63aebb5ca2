/** The names of a host: from where, when, and who said so. */
import { HostLink } from '../../components/HostLink.tsx';
import { Panel } from '../../components/Panel.tsx';
import { dateTime } from '../../lib/clock.ts';
import { exact } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';
import type { HostAnswer } from './HostPage.tsx';

type Name = HostAnswer['names'][number];

const SOURCES: Record<Name['from'], string> = {
  dns: 'answer of DNS',
  mdns: 'answer of mDNS or LLMNR',
  netbios: 'NetBIOS',
  dhcp: 'DHCP',
  ntlm: 'NTLM',
  tls: 'name asked for in TLS',
  certificate: 'its certificate',
  http: 'host asked for in HTTP',
  claimed: 'said unasked, or not confirmed',
};

export function Names({ answer: { host, names } }: { answer: HostAnswer }) {
  const zone = useZone();
  if (names.length === 0) return null;
  return (
    <Panel title="Names" note={`${exact(names.length)}, with from where and when`}>
      <div className="table-scroll host-scroll" tabIndex={0} role="region" aria-label="Names">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">From</th>
              <th scope="col">Said by</th>
              <th scope="col">First seen</th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={`${name.from} ${name.name}`}>
                <td>{name.name}</td>
                <td className="nowrap">{SOURCES[name.from]}</td>
                <td className="nowrap">
                  <Teller by={name.by} address={host.address} />
                </td>
                <td className="nowrap">{name.first === null ? '–' : dateTime(name.first, zone)}</td>
                <td className="nowrap">{name.last === null ? '–' : dateTime(name.last, zone)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Teller({ by, address }: { by: string; address: string }) {
  if (by === '') return '–';
  return by === address ? 'itself' : <HostLink address={by} />;
}
