/** A new channel: first of which kind, then what that has to know. */
import type { ChannelKindShown as ChannelKind } from '../../../../src-shared/contract/topics/alerts.ts';
import { Shown } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { go, Link, useParams } from '../../../lib/place.tsx';
import { alertsAddress } from '../place.ts';
import { useAlerts, useKinds } from '../use-alerts.ts';
import { ChannelForm } from './ChannelForm.tsx';
import { newDraft } from './draft.ts';

export function NewChannel() {
  const [{ kind: chosen }] = useParams();
  const kinds = useKinds();
  const alerts = useAlerts();
  const tell = useTell();
  return (
    <div className="alerts">
      <div className="view-head">
        <h1>New channel</h1>
        <Link to={alertsAddress()}>All channels</Link>
      </div>
      <Shown asked={kinds} what="the kinds of channel" lines={6}>
        {({ kinds: known }) => {
          const kind = known.find(({ id }) => id === chosen);
          if (!kind) return <Kinds kinds={known} />;
          return (
            <Shown asked={alerts} what="the channels" lines={6}>
              {({ channels }) => (
                <ChannelForm
                  key={kind.id}
                  kind={kind}
                  begin={newDraft(kind, channels)}
                  onSaved={({ name }) => {
                    tell(`${name} is there.`);
                    go(alertsAddress());
                  }}
                />
              )}
            </Shown>
          );
        }}
      </Shown>
    </div>
  );
}

function Kinds({ kinds }: { kinds: readonly ChannelKind[] }) {
  return (
    <ul className="alert-kinds" aria-label="Kinds of channel">
      {kinds.map(({ id, title, hint }) => (
        <li key={id}>
          <Link to={alertsAddress(['new'], { kind: id })}>
            <strong>{title}</strong>
            <span className="dim">{hint}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
