import { useKnownDevices } from '../lib/devices.ts';
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

/** A few of many addresses: "10.0.0.5, 10.0.0.7 and 12 more". */
export function HostList({
  addresses,
  total,
  capture,
  most = 3,
}: {
  addresses: readonly string[];
  total: number;
  capture?: number;
  most?: number;
}) {
  const shown = addresses.slice(0, most);
  const more = total - shown.length;
  return (
    <span className="host-list">
      {shown.map((address, i) => (
        <span key={address}>
          {i > 0 ? ', ' : ''}
          <HostLink address={address} {...(capture === undefined ? {} : { capture })} />
        </span>
      ))}
      {more > 0 ? <span className="dim"> and {more.toLocaleString('en-US')} more</span> : null}
    </span>
  );
}
