/** The rules that an incident was found by, as they are kept now. */
import { Panel } from '../../components/Panel.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { Link } from '../../lib/place.tsx';
import { rulesAddress } from './place.ts';
import './rules.css';
import { STATE_WORDS } from './words.ts';

const PREFIX = 'signature:';
/** Rules of one incident that are shown. */
const SHOWN = 20;

/** Numbers of the rules among those that found it. */
export function sidsOf(detectors: Readonly<Record<string, number>>): number[] {
  return Object.keys(detectors)
    .filter((id) => id.startsWith(PREFIX))
    .map((id) => Number(id.slice(PREFIX.length)))
    .filter((sid) => Number.isSafeInteger(sid) && sid >= 0)
    .slice(0, SHOWN);
}

export function MatchedRules({ detectors }: { detectors: Readonly<Record<string, number>> }) {
  const sids = sidsOf(detectors);
  const rules = useAsk(`rules of ${sids.join()}`, (client, signal) => client.rules.list({ sids }, { signal }), {
    topics: ['rules'],
    when: sids.length > 0,
  }).data?.rows;
  // A file that was opened by rules of the command line names rules that the desk does not keep.
  if (sids.length === 0 || rules === undefined || rules.length === 0) return null;
  return (
    <Panel title="Rules that matched" note="as they are kept now">
      <ul className="rules-matched">
        {rules.map(({ source, sid, sourceName, state, text, message }) => (
          <li key={`${source} ${sid}`}>
            <p>
              <Link to={rulesAddress('all', { search: String(sid) })}>{message === '' ? `Rule ${sid}` : message}</Link>{' '}
              <span className="dim">
                {sid}, {sourceName}
                {state === 'on' ? '' : `, ${STATE_WORDS[state]}`}
              </span>
            </p>
            <pre className="rules-text">{text}</pre>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
