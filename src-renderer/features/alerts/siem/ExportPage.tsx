/** A continuous export: a new one, or one that is there. */
import { Empty, Shown } from '../../../components/states.tsx';
import { Link } from '../../../lib/place.tsx';
import { LOOK_NOTE, useAccess } from '../access.ts';
import { alertsAddress } from '../place.ts';
import { useExports } from '../use-alerts.ts';
import { draftOf, NEW_EXPORT } from './draft.ts';
import { ExportForm } from './ExportForm.tsx';

/** `id` null: a new one. */
export function ExportPage({ id }: { id: string | null }) {
  const asked = useExports();
  const access = useAccess();
  const before = asked.data?.exports.find((each) => each.id === id);
  return (
    <div className="alerts">
      <div className="view-head">
        <h1>{id === null ? 'New export' : (before?.name ?? 'Export')}</h1>
        <Link to={alertsAddress(['siem'])}>All exports</Link>
      </div>
      {access === 'look' ? <p className="alert-note">{LOOK_NOTE}</p> : null}
      <Shown asked={asked} what="the export" lines={6}>
        {({ exports }) => {
          const there = exports.find((each) => each.id === id);
          if (id !== null && !there) return <Empty title="No such export" />;
          return <ExportForm begin={there ? draftOf(there) : NEW_EXPORT} />;
        }}
      </Shown>
    </div>
  );
}
