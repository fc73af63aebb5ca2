/** The parts of the view. */
import { Link } from '../../lib/place.tsx';
import { rulesAddress, type RulesPart } from './place.ts';

const TABS: readonly { part: RulesPart; title: string }[] = [
  { part: '', title: 'Sets and lists' },
  { part: 'all', title: 'Rules' },
  { part: 'refused', title: 'Refused' },
  { part: 'classes', title: 'Classes' },
  { part: 'try', title: 'Try a rule' },
];

export function RuleTabs({ at }: { at: RulesPart }) {
  return (
    <nav className="rules-tabs" aria-label="Rules and lists">
      {TABS.map(({ part, title }) => (
        <Link key={part} to={rulesAddress(part)} {...(part === at ? { 'aria-current': 'page' as const } : {})}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
