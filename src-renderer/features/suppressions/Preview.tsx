/** What a suppression of a scope would have silenced, before one says yes. */
import type { SuppressionPreview } from '../../../src-shared/contract/topics/suppressions.ts';
import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { Shown } from '../../components/states.tsx';
import { dateTime, secondsOf } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { WORST_FIRST } from '../../lib/severity.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import './suppressions.css';
import { alreadyText, previewText, pursuedText } from './words.ts';

/** Incidents that are named. */
const NAMED = 10;

interface PreviewProps {
  scope: SuppressionScope;
  /** Of the incident from which it is made. */
  uid?: string;
  /** One of them is opened. */
  onLeave(): void;
}

export function Preview({ scope, uid, onLeave }: PreviewProps) {
  const asked = useAsk(
    `preview ${JSON.stringify(scope)}`,
    (client, signal) => client.suppressions.preview({ scope }, { signal }),
    { topics: ['suppressions', 'incidents'], keep: true },
  );
  return (
    <div className="preview" aria-live="polite">
      <Shown asked={asked} what="the preview" lines={2}>
        {(preview) => <Words preview={preview} uid={uid} onLeave={onLeave} />}
      </Shown>
    </div>
  );
}

interface WordsProps extends Pick<PreviewProps, 'onLeave'> {
  preview: SuppressionPreview;
  uid: string | undefined;
}

function Words({ preview, uid, onLeave }: WordsProps) {
  const zone = useZone();
  const { rows, total, severities } = preview;
  const others = rows.filter((row) => row.uid !== uid);
  const own = others.length < rows.length;
  const named = others.slice(0, NAMED);
  const left = total - named.length - (own ? 1 : 0);
  const [pursued, already] = [pursuedText(preview), alreadyText(preview)];
  return (
    <>
      <p>{previewText(preview, own, zone)}</p>
      {total > 1 ? (
        <p className="preview-counts">
          {WORST_FIRST.filter((severity) => severities[severity] > 0).map((severity) => (
            <span key={severity}>
              <SeverityMark severity={severity} word /> {exact(severities[severity])}
            </span>
          ))}
        </p>
      ) : null}
      {pursued === '' ? null : <p className="preview-careful">{pursued}</p>}
      <ul>
        {named.map((row) => (
          <li key={`${row.capture} ${row.uid}`}>
            <SeverityMark severity={row.severity} />{' '}
            <Link to={viewAddress('incidents', [row.uid], {}, row.capture)} onClick={onLeave}>
              {row.title}
            </Link>{' '}
            <span className="dim">
              {dateTime(secondsOf(row.firstTs), zone)}, {row.captureName}
            </span>
          </li>
        ))}
      </ul>
      {left > 0 ? <p className="dim">and {counted(left, 'more incident')}</p> : null}
      {already === '' ? null : <p className="dim">{already}</p>}
    </>
  );
}
