/** The parts of the alerts. */
import { Link } from '../../lib/place.tsx';
import { counted } from '../../lib/numbers.ts';
import { alertsAddress } from './place.ts';
import { useQueue } from './use-alerts.ts';

const TABS = [
  { part: [], title: 'Channels' },
  { part: ['routes'], title: 'Routes' },
  { part: ['policy'], title: 'Quiet and digest' },
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
          {title === 'Deliveries' && dead > 0 ? (
            <span className="alert-count" title={`${counted(dead, 'alert')} given up`}>
              {' '}
              {dead}
              <span className="sr-only"> given up</span>
            </span>
          ) : null}
        </Link>
      ))}
    </nav>
  );
}
