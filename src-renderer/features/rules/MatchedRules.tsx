/** The rules that an incident was found by, as they are kept now. */
import { useState } from 'react';
import { Panel } from '../../components/Panel.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { Link } from '../../lib/place.tsx';
import { rulesAddress } from './place.ts';
import './rules.css';
import { RuleText } from './RuleText.tsx';
import { numberText, STATE_WORDS } from './words.ts';

const BY_RULES = /^(?:signature|sigma):/;
/** Rules of one incident that are shown; of few, the texts are open at once. */
const SHOWN = 20;
const OPEN = 3;

/** Those among what found it that are rules. */
export function rulesAmong(detectors: Readonly<Record<string, number>>): string[] {
  return Object.keys(detectors)
    .filter((id) => BY_RULES.test(id))
    .slice(0, SHOWN);
}

function Text({ text, isOpen }: { text: string; isOpen: boolean }) {
  const [open, setOpen] = useState(isOpen);
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>The rule’s text</summary>
      {open ? <RuleText text={text} /> : null}
    </details>
  );
}

export function MatchedRules({ detectors }: { detectors: Readonly<Record<string, number>> }) {
  const among = rulesAmong(detectors);
  const rules = useAsk(
    `rules of ${among.join()}`,
    (client, signal) => client.rules.list({ detectors: among }, { signal }),
    { topics: ['rules'], when: among.length > 0 },
  ).data?.rows;
  // A file that was opened by rules of the command line names rules that the desk does not keep.
  if (among.length === 0 || rules === undefined || rules.length === 0) return null;
  return (
    <Panel title="Rules that matched" note="as they are kept now; what they look for is marked">
      <ul className="rules-matched">
        {rules.map(({ source, sid, sourceName, state, text, message }) => (
          <li key={`${source} ${sid}`}>
            <p>
              <Link to={rulesAddress('all', { search: message === '' ? String(sid) : message, set: String(source) })}>
                {message === '' ? `Rule ${sid}` : message}
              </Link>{' '}
              <span className="dim">
                {numberText(sid, 0).number}, {sourceName}
                {state === 'on' ? '' : `, ${STATE_WORDS[state]}`}
              </span>
            </p>
            <Text text={text} isOpen={rules.length <= OPEN} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
