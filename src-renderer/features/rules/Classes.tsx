/** Classes of rules, which can be switched off as a whole. */
import { Switch } from '@mantine/core';
import { Panel } from '../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../components/states.tsx';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { exact } from '../../lib/numbers.ts';
import { Link } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import { rulesAddress } from './place.ts';

export function Classes() {
  const asked = useAsk('rule classes', (client, signal) => client.rules.classes({}, { signal }), {
    topics: ['rules', 'captures'],
    keep: true,
  });
  const { act, busy, error } = useAct();
  const lock = useLock();
  return (
    <Panel title="Classes" note="of all sets together">
      {error ? <ErrorNote error={error} /> : null}
      <Shown asked={asked} what="the classes">
        {({ classes }) =>
          classes.length === 0 ? (
            <Empty title="There are no rules">Add some under “Sets and lists”.</Empty>
          ) : (
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Class</th>
                  <th scope="col" className="number">
                    Rules
                  </th>
                  <th scope="col" className="number">
                    Hits
                  </th>
                  <th scope="col">On</th>
                </tr>
              </thead>
              <tbody>
                {classes.map(({ classtype, rules, hits, enabled }) => (
                  <tr key={classtype} className={enabled ? '' : 'rules-off'}>
                    <td>
                      <Link to={rulesAddress('all', { search: classtype })}>{nameOf(classtype)}</Link>
                    </td>
                    <td className="number">{exact(rules)}</td>
                    <td className="number">{exact(hits)}</td>
                    <td>
                      <Switch
                        {...lock}
                        size="xs"
                        checked={enabled}
                        disabled={lock.disabled || busy}
                        aria-label={`Class ${nameOf(classtype)} is on`}
                        onChange={() => void act((client) => client.rules.setClass({ classtype, enabled: !enabled }))}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Shown>
    </Panel>
  );
}

const nameOf = (classtype: string): string => (classtype === '' ? 'no class' : classtype);
