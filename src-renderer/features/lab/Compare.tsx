/** Two experiments side by side: what they did differently, and what came of it. */
import type { ExperimentRow, LabReport } from '../../../src-shared/contract/topics/lab.ts';
import { Panel } from '../../components/Panel.tsx';
import { Shown } from '../../components/states.tsx';
import { Link } from '../../lib/place.tsx';
import { CompareCosts, type ComparedRow } from './CompareCosts.tsx';
import { Curves, type CurveSeries } from './Curves.tsx';
import { COLUMNS } from './DetectorTable.tsx';
import { Figure } from './Figure.tsx';
import { detectorRows, meanOf, rangeOf, type DetectorRow } from './numbers.ts';
import { labAddress } from './place.ts';
import { useExperiment } from './ResultPage.tsx';
import { detectorName, fixed, optionRows } from './words.ts';

interface Side {
  row: ExperimentRow;
  report: LabReport;
}

export function Compare({ ids: [one, other] }: { ids: [number, number] }) {
  const first = useExperiment(one);
  const second = useExperiment(other);
  return (
    <div className="open">
      <div className="view-head">
        <h1>Two experiments</h1>
        <Link to={labAddress()}>All experiments</Link>
      </div>
      <Shown asked={first} what="the first experiment">
        {(a) => (
          <Shown asked={second} what="the second experiment">
            {(b) => <Both a={a} b={b} />}
          </Shown>
        )}
      </Shown>
    </div>
  );
}

function Both({ a, b }: { a: Side; b: Side }) {
  const rows = [a, b].map(({ report }) => detectorRows(report)) as [DetectorRow[], DetectorRow[]];
  const series = [selectedOf(rows[0], a, 'A', 'var(--series-1)'), selectedOf(rows[1], b, 'B', 'var(--anomaly)')];
  const same = a.report.data.test.sha256 === b.report.data.test.sha256;
  const name = `experiments-${a.row.id}-${b.row.id}`;
  const ids = [...new Set(rows.flatMap((own) => own.map(({ detector }) => detector)))];
  const lines = ids.map((detector) => ({
    detector,
    sides: rows.map((own) => own.find((row) => row.detector === detector)),
  }));
  return (
    <>
      <Options a={a} b={b} />
      {same && a.report.data.test.rows === b.report.data.test.rows ? null : (
        <p className="lab-warning" role="note">
          They were not judged by the same records: their figures are not those of one contest.
        </p>
      )}
      <Results lines={lines} name={name} />
      <CompareCosts lines={lines} name={name} />
      <div className="lab-figures">
        <Curves kind="roc" series={series} name={name} />
        <Curves kind="pr" series={series} name={name} />
      </div>
    </>
  );
}

function selectedOf(rows: readonly DetectorRow[], { row }: Side, letter: string, colour: string): CurveSeries {
  const found = rows.find(({ selected }) => selected) ?? rows[0]!;
  return { name: `${letter} (${row.id}): ${detectorName(found.detector)}`, colour, row: found };
}

function Options({ a, b }: { a: Side; b: Side }) {
  const [first, second] = [a, b].map(
    ({ row }) => new Map(optionRows(row.options).map(({ name, value }) => [name, value])),
  );
  const names = [...new Set([...first!.keys(), ...second!.keys()])];
  return (
    <Panel title="What was done" note="differences are marked">
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Option</th>
              {[a, b].map(({ row }, i) => (
                <th key={i} scope="col">
                  {i === 0 ? 'A' : 'B'}: <Link to={labAddress([String(row.id)])}>{row.name}</Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const [x, y] = [first!.get(name) ?? '–', second!.get(name) ?? '–'];
              return (
                <tr key={name}>
                  <th scope="row">{x === y ? name : <strong>{name} ≠</strong>}</th>
                  <td>{x}</td>
                  <td>{y}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Results({ lines, name }: { lines: readonly ComparedRow[]; name: string }) {
  const value = (row: DetectorRow | undefined, at: number): number | null =>
    row ? meanOf(row.runs, COLUMNS[at]!.of) : null;
  return (
    <Figure
      title="Detectors"
      note="means over the seeds: A, B, and how much B is above A; pointing at one says how far its seeds lie apart"
      name={`${name}-detectors`}
      picture={false}
      csv={() => ({
        head: [
          'detector',
          ...COLUMNS.flatMap(({ title }) =>
            ['A', 'B'].flatMap((side) => ['', ' least', ' most'].map((of) => `${side} ${title}${of}`)),
          ),
        ],
        rows: lines.map(({ detector, sides }) => [
          detector,
          ...COLUMNS.flatMap(({ of }, at) =>
            sides.flatMap((side) => [value(side, at), ...(side ? rangeOf(side.runs, of) : [null, null])]),
          ),
        ]),
      })}
    >
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Detectors of both">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Detector</th>
              {COLUMNS.slice(0, SHOWN).map(({ title, hint }) => (
                <th key={title} scope="col" className="number" title={hint}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ detector, sides: [x, y] }) => (
              <tr key={detector}>
                <td className="nowrap">
                  {detectorName(detector)} {x?.selected ? <span className="tag lab-selected">A</span> : null}{' '}
                  {y?.selected ? <span className="tag lab-selected">B</span> : null}
                </td>
                {COLUMNS.slice(0, SHOWN).map(({ title, of }, at) => (
                  <td key={title} className="number" title={`${spread('A', x, of)}\n${spread('B', y, of)}`}>
                    <Pair a={value(x, at)} b={value(y, at)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Figure>
  );
}

const SHOWN = 7;

function spread(side: string, row: DetectorRow | undefined, of: (typeof COLUMNS)[number]['of']): string {
  if (!row) return `${side}: not judged`;
  const [least, most] = rangeOf(row.runs, of).map(fixed);
  return `${side}: ${least} to ${most} over ${row.runs.length === 1 ? 'one seed' : `${row.runs.length} seeds`}`;
}

function Pair({ a, b }: { a: number | null; b: number | null }) {
  const text = (value: number | null): string => (value === null ? '–' : fixed(value));
  const change = a === null || b === null ? null : b - a;
  return (
    <>
      {text(a)} · {text(b)}{' '}
      <span className="dim">{change === null ? '' : `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(3)}`}</span>
    </>
  );
}
