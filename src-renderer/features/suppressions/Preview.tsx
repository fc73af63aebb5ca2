/** What a suppression of a scope would have silenced, before one says yes. */
import type { SuppressionPreview } from '../../../src-shared/contract/topics/suppressions.ts';
import type { SuppressionScope } from '../../../src-shared/domain/suppression.ts';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { WORST_FIRST } from '../../lib/severity.ts';
import { useZone } from '../../lib/zone.tsx';
import './suppressions.css';
import { alreadyText, previewText, pursuedText } from './words.ts';

interface PreviewProps {
  scope: SuppressionScope;
  /** Of the incident from which it is made. */
  uid?: string;
}

export function Preview({ scope, uid }: PreviewProps) {
  const asked = useAsk(
    `preview ${JSON.stringify(scope)}`,
    (client, signal) => client.suppressions.preview({ scope }, { signal }),
    { topics: ['suppressions', 'incidents'], keep: true },
  );
  return (
    <div className="preview" aria-live="polite">
      <Shown asked={asked} what="the preview" lines={2}>
        {(preview) => <Words preview={preview} uid={uid} />}
      </Shown>
    </div>
  );
}

function Words({ preview, uid }: { preview: SuppressionPreview; uid: string | undefined }) {
  const zone = useZone();
  const { rows, total, severities } = preview;
  const others = rows.filter((row) => row.uid !== uid);
  const own = others.length < rows.length;
  const left = total - rows.length;
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
        {others.map((row) => (
          <li key={`${row.capture} ${row.uid}`}>
            <SeverityMark severity={row.severity} /> {row.title} <span className="dim">{row.captureName}</span>
          </li>
        ))}
      </ul>
      {left > 0 ? <p className="dim">and {counted(left, 'more incident')}</p> : null}
      {already === '' ? null : <p className="dim">{already}</p>}
    </>
  );
}
