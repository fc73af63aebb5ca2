/** Networks that were found in a capture: which count as ours, and which may be, too. */
import { Button } from '@mantine/core';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct } from '../../lib/desk.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { deskAddress } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import type { RolesAnswer } from './Roles.tsx';

type Network = RolesAnswer['networks'][number];

function whyText({ ours, oursNow, cards }: Network): string {
  if (oursNow && !ours) return 'is ours from the next capture on';
  if (!oursNow && ours) return 'was ours when this was read, and is no longer';
  if (oursNow) return 'ours';
  return `counts as outside, and ${counted(cards, 'machine')} of it ${cards === 1 ? 'is' : 'are'} on your own links`;
}

export function OurNetworks({ capture, answer }: { capture: number; answer: RolesAnswer }) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const lock = useLock();
  if (answer.networks.length === 0) return null;
  const add = async (network: string): Promise<void> => {
    const done = await act((client) => client.roles.addNetwork({ capture, network }));
    if (done) tell(`${network} is one of yours. It counts for what is read from now on.`);
  };
  const named = answer.named.length === 0 ? 'the private addresses' : counted(answer.named.length, 'named network');
  return (
    <Panel
      title="Our networks"
      note={`found in this capture; ours are ${named}`}
      tools={<a href={deskAddress('settings')}>Settings</a>}
    >
      {error ? <ErrorNote error={error} /> : null}
      <div className="table-scroll host-scroll" tabIndex={0} role="region" aria-label="Networks that were found">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Network</th>
              <th
                scope="col"
                className="number"
                title="Addresses that took part in a conversation, or whose network card was seen. Those of a link alone (fe80::…, 169.254.…) and of groups are of no network."
              >
                Took part
              </th>
              <th scope="col">What it is</th>
              <th scope="col">
                <span className="sr-only">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {answer.networks.map((each) => (
              <tr key={each.network}>
                <td className="nowrap">{each.network}</td>
                <td className="number">{exact(each.hosts)}</td>
                <td>{whyText(each)}</td>
                <td className="number">
                  {each.oursNow ? null : (
                    <Button
                      size="compact-xs"
                      variant="default"
                      {...lock}
                      disabled={lock.disabled || busy}
                      aria-label={`It is ours: ${each.network}`}
                      onClick={() => void add(each.network)}
                    >
                      It is ours
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
