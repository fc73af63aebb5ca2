/** The parts of the alerts. */
import { Link } from '../../lib/place.tsx';
import { counted } from '../../lib/numbers.ts';
import { alertsAddress } from './place.ts';
import { useQueue } from './use-alerts.ts';

const TABS = [
  { part: [], title: 'Channels' },
  { part: ['routes'], title: 'Routes' },
  { part: ['policy'], title: 'Quiet and digest' },
  { part: ['reports'], title: 'Reports' },
  { part: ['siem'], title: 'Export for a SIEM' },
  { part: ['document'], title: 'Settings document' },
  { part: ['deliveries'], title: 'Deliveries' },
] as const;

export type AlertTab = (typeof TABS)[number]['title'];

export function AlertTabs({ at }: { at: AlertTab }) {
  const dead = (useQueue().data?.channels ?? []).reduce((sum, channel) => sum + channel.dead, 0);
  return (
    <nav className="alert-tabs" aria-label="Alerts">
      {TABS.map(({ part, title }) => (
        <Link key={title} to={alertsAddress([...part])} {...(title === at ? { 'aria-current': 'page' as const } : {})}>
          {title}
          {title === 'Deliveries' ? <Count dead={dead} /> : null}
        </Link>
      ))}
    </nav>
  );
}

/** What is shown of a number of any length. */
const COUNTED_MAX = 999;

/** Of the last tab: nothing stands behind it that would move when the count comes. */
function Count({ dead }: { dead: number }) {
  if (dead === 0) return null;
  return (
    <span className="alert-count" title={`${counted(dead, 'alert')} given up`}>
      {dead > COUNTED_MAX ? `${COUNTED_MAX}+` : dead}
      <span className="sr-only"> given up</span>
    </span>
  );
}
