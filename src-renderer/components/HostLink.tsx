import { useKnownDevices } from '../lib/devices.ts';
import { useHostNames } from '../lib/host-names.ts';
import { knownText } from '../lib/known.ts';
import { Link, viewAddress } from '../lib/place.tsx';

/** An address that leads to its page; what the settings say of it is its tooltip. */
export function HostLink({ address, capture }: { address: string; capture?: number }) {
  const known = knownText(useKnownDevices(capture).get(address));
  return (
    <Link
      to={viewAddress('hosts', [address], {}, capture)}
      className="host-link"
      {...(known === '' ? {} : { title: known })}
    >
      {address}
    </Link>
  );
}

/** What a host is called, beside its address. */
export function HostName({ name = '' }: { name?: string | undefined }) {
  return name === '' ? null : <span className="dim"> {name}</span>;
}

/** As `HostList`, each followed by what it is called. */
export function NamedHosts({ addresses, total, most }: { addresses: readonly string[]; total: number; most: number }) {
  const names = useHostNames(addresses.slice(0, most));
  return <HostList addresses={addresses} total={total} most={most} names={names} />;
}

/** A few of many addresses: "10.0.0.5, 10.0.0.7 and 12 more". */
export function HostList({
  addresses,
  total,
  capture,
  most = 3,
  names,
}: {
  addresses: readonly string[];
  total: number;
  capture?: number;
  most?: number;
  /** What they are called, by address. */
  names?: ReadonlyMap<string, string>;
}) {
  const shown = addresses.slice(0, most);
  const more = total - shown.length;
  return (
    <span className={names ? 'host-list host-named' : 'host-list'}>
      {shown.map((address, i) => (
        <span key={address}>
          {i > 0 ? ', ' : ''}
          <HostLink address={address} {...(capture === undefined ? {} : { capture })} />
          <HostName name={names?.get(address)} />
        </span>
      ))}
      {more > 0 ? <span className="dim"> and {more.toLocaleString('en-US')} more</span> : null}
    </span>
  );
}
