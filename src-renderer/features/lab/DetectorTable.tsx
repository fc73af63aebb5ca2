/** Every detector with its figures, means over the seeds; one of them is looked at below. */
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { LabReport, LabResult } from '../../../src-shared/contract/topics/lab.ts';
import { formatDuration } from '../../../src-shared/domain/time.ts';
import { counted } from '../../lib/numbers.ts';
import { Figure } from './Figure.tsx';
import { meanOf, rangeOf, type DetectorRow } from './numbers.ts';
import { CRITERION, detectorName, detectorWords, fixed, notRanked } from './words.ts';

interface Column {
  title: string;
  hint: string;
  of(run: LabResult): number;
}

export const COLUMNS: readonly Column[] = [
  { title: 'ROC-AUC', hint: 'chance that an attack scores above an ordinary record', of: (run) => run.rocAuc },
  { title: 'PR-AUC', hint: 'average precision', of: (run) => run.prAuc },
  { title: 'at .1 %', hint: 'recall at 0.1 % false positives', of: (run) => run.recallAtFpr['0.001'] ?? 0 },
  { title: 'at 1 %', hint: 'recall at 1 % false positives', of: (run) => run.recallAtFpr['0.01'] ?? 0 },
  { title: 'at 5 %', hint: 'recall at 5 % false positives', of: (run) => run.recallAtFpr['0.05'] ?? 0 },
  { title: 'FPR', hint: 'at the threshold that validation data set', of: (run) => run.threshold.fpr },
  { title: 'Recall', hint: 'at that threshold', of: (run) => run.threshold.recall },
  { title: 'Precision', hint: 'at that threshold', of: (run) => run.threshold.precision },
  { title: 'F1', hint: 'at that threshold', of: (run) => run.threshold.f1 },
  { title: 'Accuracy', hint: 'at that threshold', of: (run) => run.threshold.accuracy },
  { title: 'Validation', hint: 'ROC-AUC on validation data, by which one is selected', of: (run) => run.validation },
];

interface DetectorTableProps {
  report: LabReport;
  rows: readonly DetectorRow[];
  shown: string;
  name: string;
  onShow(detector: string): void;
}

export function DetectorTable({ report, rows, shown, name, onShow }: DetectorTableProps) {
  const seeds = new Set(report.results.map(({ seed }) => seed)).size;
  const [spreads, setSpreads] = useState(false);
  const regime = report.results[0]!.regime;
  return (
    <Figure
      title="Detectors"
      note={`${seeds > 1 ? `${spreads ? 'least and most' : 'means'} of ${seeds} seeds; ` : ''}selected is what validation data would choose`}
      name={`${name}-detectors`}
      picture={false}
      tools={
        seeds > 1 ? (
          <SegmentedControl
            size="xs"
            aria-label="What is told of the seeds"
            value={spreads ? 'spread' : 'mean'}
            onChange={(value) => setSpreads(value === 'spread')}
            data={[
              { value: 'mean', label: 'Means' },
              { value: 'spread', label: 'Spread' },
            ]}
          />
        ) : null
      }
      csv={() => ({
        head: ['detector', 'regime', 'seed', ...COLUMNS.map(({ title }) => title), 'fit ms', 'score ms', 'chosen'],
        rows: rows.flatMap(({ detector, runs }) =>
          runs.map((run) => [
            detector,
            run.regime,
            run.seed,
            ...COLUMNS.map(({ of }) => of(run)),
            run.fitMs,
            run.scoreMs,
            run.chosen,
          ]),
        ),
      })}
    >
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Detector</th>
              {COLUMNS.map(({ title, hint }) => (
                <th key={title} scope="col" className="number" title={hint}>
                  {title}
                </th>
              ))}
              <th scope="col" className="number">
                Learning
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.detector} aria-selected={row.detector === shown}>
                <td className="nowrap">
                  <button
                    type="button"
                    className="text-button"
                    aria-pressed={row.detector === shown}
                    title={[detectorWords(row.detector), row.runs[0]?.chosen ?? '']
                      .filter((text) => text !== '')
                      .join('\n')}
                    onClick={() => onShow(row.detector)}
                  >
                    {detectorName(row.detector)}
                  </button>{' '}
                  {row.selected ? <span className="tag lab-selected">selected</span> : null}{' '}
                  {row.baseline ? <span className="tag">baseline{besideText(row, report)}</span> : null}
                </td>
                {COLUMNS.map(({ title, of }) => (
                  <td key={title} className="number nowrap" title={spread(row, of)}>
                    {spreads ? spreadText(row, of) : fixed(meanOf(row.runs, of))}
                  </td>
                ))}
                <td className="number" title={`scoring ${formatDuration(meanOf(row.runs, (r) => r.scoreMs) / 1000)}`}>
                  {formatDuration(meanOf(row.runs, (run) => run.fitMs) / 1000)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="dim">
        Selected: {CRITERION[regime]} The test data had no say. {notRanked(rows)}
      </p>
      <p className="dim">Choose a detector to see it below. {counted(rows.length, 'detector')} were judged.</p>
    </Figure>
  );
}

/** A baseline of the other regime says how it learned. */
function besideText({ runs }: DetectorRow, { results }: LabReport): string {
  const regime = runs[0]?.regime;
  if (regime === undefined || regime === results[0]?.regime) return '';
  return regime === 'supervised' ? ', with labels' : ', without labels';
}

/** Three decimals, the second without its zero: 0.912–.934. */
function spreadText({ runs }: DetectorRow, of: (run: LabResult) => number): string {
  const [least, most] = rangeOf(runs, of).map(fixed);
  return least === most ? least! : `${least}–${most!.replace(/^0/, '')}`;
}

function spread({ runs }: DetectorRow, of: (run: LabResult) => number): string {
  return runs.map((run) => `seed ${run.seed}: ${of(run).toFixed(4)}`).join('\n');
}
