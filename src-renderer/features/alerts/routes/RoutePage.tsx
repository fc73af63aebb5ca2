/** A route: a new one, or one that is there. */
import type { AlertRoute } from '../../../../src-shared/contract/topics/alerts.ts';
import { Empty, Shown } from '../../../components/states.tsx';
import { Link } from '../../../lib/place.tsx';
import { LOOK_NOTE, useAccess } from '../access.ts';
import { alertsAddress } from '../place.ts';
import { useAlerts } from '../use-alerts.ts';
import { NEW_ROUTE } from './draft.ts';
import { RouteForm } from './RouteForm.tsx';

/** `index`: from 0; null: a new one. */
export function RoutePage({ index }: { index: number | null }) {
  const asked = useAlerts();
  const access = useAccess();
  return (
    <div className="alerts">
      <div className="view-head">
        <h1>{index === null ? 'New route' : `Route ${index + 1}`}</h1>
        <Link to={alertsAddress(['routes'])}>All routes</Link>
      </div>
      {access === 'look' ? <p className="alert-note">{LOOK_NOTE}</p> : null}
      <Shown asked={asked} what="the route" lines={6}>
        {({ routes, channels }) => {
          const before = index === null ? null : (routes[index] ?? null);
          if (index !== null && before === null) return <Empty title="No such route" />;
          return <RouteForm begin={before ?? withOnly(channels)} before={before} channels={channels} />;
        }}
      </Shown>
    </div>
  );
}

/** Where there is but one channel, it is chosen. */
function withOnly(channels: readonly { id: string }[]): AlertRoute {
  return { ...NEW_ROUTE, channels: channels.length === 1 ? channels.map(({ id }) => id) : [] };
}
