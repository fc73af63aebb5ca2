/** What Sonde found out about the network by itself, above the list of hosts. */
import { roleTitle } from '../../../src-shared/domain/roles.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useAsk, type Asked } from '../../lib/desk.tsx';
import { Link, viewAddress } from '../../lib/place.tsx';
import { OurNetworks } from './OurNetworks.tsx';
import { Roles, type RolesAnswer } from './Roles.tsx';
import './roles.css';

function useRoles(capture: number): Asked<RolesAnswer> {
  return useAsk(`roles ${capture}`, (client, signal) => client.roles.list({ capture }, { signal }), {
    topics: ['captures', 'settings'],
    keep: true,
  });
}

export function Found({ capture }: { capture: number }) {
  const asked = useRoles(capture);
  if (asked.error) return <ErrorNote error={asked.error} retry={asked.reload} />;
  if (asked.data === undefined) return null;
  return (
    <div className="found">
      <Roles capture={capture} answer={asked.data} />
      <OurNetworks capture={capture} answer={asked.data} />
    </div>
  );
}

/** On the page of a host: what it seems to be, where nobody has decided. */
export function SeemsToBe({ capture, address }: { capture: number; address: string }) {
  const proposed = useRoles(capture).data?.proposed ?? [];
  const here = proposed.filter((one) => one.address === address && one.decision === null);
  if (here.length === 0) return null;
  return (
    <>
      <dt>Seems to be</dt>
      <dd className="in-words">
        {here.map(({ role, evidence }) => `${roleTitle(role)} (${evidence[0]?.fact ?? ''})`).join('; ')}.{' '}
        <Link to={viewAddress('hosts')}>Confirm or reject</Link>
      </dd>
    </>
  );
}
