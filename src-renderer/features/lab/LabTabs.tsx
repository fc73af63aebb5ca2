/** The parts of the lab. */
import { Link } from '../../lib/place.tsx';
import { labAddress } from './place.ts';

const TABS = [
  { part: [], title: 'Experiments' },
  { part: ['models'], title: 'Models' },
  { part: ['models', 'daily'], title: 'Every day' },
  { part: ['score'], title: 'Score a file' },
  { part: ['record'], title: 'A single record' },
] as const;

export type LabTab = (typeof TABS)[number]['title'];

export function LabTabs({ at }: { at: LabTab }) {
  return (
    <nav className="lab-tabs" aria-label="Lab">
      {TABS.map(({ part, title }) => (
        <Link key={title} to={labAddress([...part])} {...(title === at ? { 'aria-current': 'page' as const } : {})}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
