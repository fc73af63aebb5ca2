/** What the model says of the record, why, and what it knows that is like it. */
import type { DescribedModel, RecordVerdict } from '../../../../src-shared/contract/topics/scoring.ts';
import { Panel } from '../../../components/Panel.tsx';
import { counted, percent } from '../../../lib/numbers.ts';
import { fieldsOf, wordsOf } from './fields.ts';
import { rarity, scoreDigits } from './score-words.ts';

export interface TimedVerdict extends RecordVerdict {
  /** From asking to the answer, ms. */
  ms: number;
}

export function Verdict({ model, verdict }: { model: DescribedModel; verdict: TimedVerdict }) {
  const { score, threshold, certainty, reasons, unknown, unused, impossible, ms } = verdict;
  const anomalous = verdict.verdict === 'anomalous';
  const sure = anomalous ? certainty : 1 - certainty;
  return (
    <>
      <Panel title="Verdict" note={`answered in ${Math.max(1, Math.round(ms))} ms`}>
        <div role="status" aria-live="polite">
          <p className={`record-verdict ${anomalous ? 'record-anomalous' : ''}`}>
            {anomalous ? 'Anomalous' : 'Ordinary'}
          </p>
          <p>
            Score <strong title={`${score}`}>{scoreDigits(score)}</strong>: {rarity(score)}{' '}
            {score > 0.5 ? 'score as high' : 'score higher'}. Anomalous from {scoreDigits(threshold)} on.
          </p>
        </div>
        {unknown.length === 0 ? (
          <p className="dim">Everything that the model goes by is known.</p>
        ) : (
          <p>
            {counted(unknown.length, 'column')} unknown, filled in from known records one after the other:{' '}
            <strong>{percent(sure)}</strong> of the ways lead to the same verdict.
          </p>
        )}
        {impossible.length > 0 ? (
          <ul className="lab-warnings" aria-label="What cannot be">
            {impossible.map(({ message }) => (
              <li key={message} className="lab-warning">
                {message}
              </li>
            ))}
          </ul>
        ) : null}
        <h3 className="record-why">What made it stand out</h3>
        {reasons.length === 0 ? (
          <p className="dim">Nothing that is known moved the score towards an alarm.</p>
        ) : (
          <ol className="record-reasons" aria-label="Reasons">
            {reasons.map(({ column, text, contribution }) => (
              <li key={column} title={`${column} moved the detector’s own score by ${contribution.toPrecision(3)}`}>
                {text}
              </li>
            ))}
          </ol>
        )}
        {unknown.length > 0 ? <Names title="unknown" names={unknown} /> : null}
        {unused.length > 0 ? <Names title="known that the model does not go by" names={unused} /> : null}
      </Panel>
      <Nearest model={model} verdict={verdict} />
    </>
  );
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  return (
    <details className="record-names">
      <summary>
        {names.length} {title}
      </summary>
      <p className="dim">{names.map((name) => wordsOf(name)).join(', ')}</p>
    </details>
  );
}

const SHOWN = 6;

function shown(value: number | string | null | undefined): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : value;
}

function Nearest({ model, verdict: { nearest, unknown } }: { model: DescribedModel; verdict: RecordVerdict }) {
  const what = model.scores === 'flows' ? 'flows of the sample capture' : 'records that the model learned from';
  const missing = new Set(unknown);
  const values = nearest[0]?.values ?? {};
  const names = fieldsOf(model)
    .map(({ column }) => column.name)
    .filter((name) => Object.hasOwn(values, name));
  // What is known first: by that they were found.
  const columns = [...names.filter((name) => !missing.has(name)), ...names.filter((name) => missing.has(name))];
  const heads = columns.slice(0, SHOWN);
  return (
    <Panel title={model.scores === 'flows' ? 'Nearest known flows' : 'Nearest known records'} note={what}>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Nearest, table">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Known as</th>
              <th scope="col" className="number">
                Distance
              </th>
              {heads.map((name) => (
                <th key={name} scope="col" title={name}>
                  {wordsOf(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {nearest.map(({ kind, attack, distance, values }, i) => (
              <tr key={i}>
                <td className="nowrap">{attack ? <strong>{kind}</strong> : 'ordinary'}</td>
                <td className="number" title={String(distance)}>
                  {distance.toFixed(2)}
                </td>
                {heads.map((name) => (
                  <td key={name} className="nowrap">
                    {shown(values[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
