/** What a threshold comes to: the confusion matrix, its rates, and how many alarms a day that would be. */
import { Button } from '@mantine/core';
import type { ResultDetails } from '../../../src-shared/contract/topics/lab.ts';
import { exact } from '../../lib/numbers.ts';
import { DailyFields, useDaily } from './DailyFields.tsx';
import { Figure } from './Figure.tsx';
import { alarmsADay, countsAt, type Counts } from './numbers.ts';
import { fixed, scoreText } from './words.ts';

const NAMES = ['tp', 'fp', 'tn', 'fn', 'precision', 'recall', 'fpr', 'f1', 'accuracy'] as const;

interface AtThresholdProps {
  scores: ResultDetails['scores'];
  cut: number;
  /** Whether it is where validation data set it. */
  asSet: boolean;
  name: string;
  onReset(): void;
}

export function AtThreshold({ scores, cut, asSet, name, onReset }: AtThresholdProps) {
  const counts = countsAt(scores, cut);
  const edge = scores.edges[cut];
  return (
    <Figure
      title="At this threshold"
      note={asSet ? 'as validation data set it' : 'moved by hand'}
      name={`${name}-confusion`}
      className="lab-narrow"
      picture={false}
      tools={
        asSet ? null : (
          <Button size="compact-xs" variant="default" onClick={onReset}>
            Take it back
          </Button>
        )
      }
      csv={() => ({
        head: ['threshold', ...NAMES],
        rows: [[edge ?? null, ...NAMES.map((each) => counts[each])]],
      })}
    >
      <p>
        Alarm from score{' '}
        <strong title={String(edge)}>{edge === undefined ? 'above every one' : scoreText(edge)}</strong>
      </p>
      <Confusion counts={counts} />
      <dl className="figures lab-rates">
        <Rate name="Precision" value={counts.precision} />
        <Rate name="Recall" value={counts.recall} />
        <Rate name="FPR" value={counts.fpr} />
        <Rate name="F1" value={counts.f1} />
        <Rate name="Accuracy" value={counts.accuracy} />
      </dl>
      <Daily counts={counts} />
    </Figure>
  );
}

export function Rate({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={String(value)}>{fixed(value)}</dd>
    </div>
  );
}

export function Confusion({ counts: { tp, fp, tn, fn } }: { counts: Counts }) {
  return (
    <table className="table lab-confusion">
      <caption className="sr-only">Confusion matrix</caption>
      <thead>
        <tr>
          <td />
          <th scope="col" className="number">
            Alarm
          </th>
          <th scope="col" className="number">
            No alarm
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">Attacks</th>
          <td className="number lab-right">{exact(tp)}</td>
          <td className="number lab-wrong">{exact(fn)}</td>
        </tr>
        <tr>
          <th scope="row">Ordinary records</th>
          <td className="number lab-wrong">{exact(fp)}</td>
          <td className="number lab-right">{exact(tn)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function Daily({ counts }: { counts: Counts }) {
  const daily = useDaily();
  const { alarms, right, precision, missed } = alarmsADay(counts, daily.records, daily.percent / 100);
  return (
    <div className="lab-daily">
      <DailyFields daily={daily} />
      <p>
        <strong>{exact(alarms)} alarms a day</strong>, {exact(right)} of them right (precision {fixed(precision)});{' '}
        {exact(missed)} attacks missed.
      </p>
    </div>
  );
}
