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
  { part: ['deliveries'], title: 'Deliveries' },
  { part: ['document'], title: 'Settings document' },
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

/** As wide with a count as without one: the tabs behind it stay where they are. */
function Count({ dead }: { dead: number }) {
  if (dead === 0) return <span className="alert-count" />;
  return (
    <span className="alert-count" title={`${counted(dead, 'alert')} given up`}>
      {dead > COUNTED_MAX ? `${COUNTED_MAX}+` : dead}
      <span className="sr-only"> given up</span>
    </span>
  );
}
