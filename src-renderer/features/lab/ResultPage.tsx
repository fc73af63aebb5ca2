/** One experiment: what was judged by what, which detector came out how, and its figures. */
import { Button, Select } from '@mantine/core';
import { useState } from 'react';
import type { ExperimentRow, LabReport, LabResult } from '../../../src-shared/contract/topics/lab.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote, Shown } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { counted, exact } from '../../lib/numbers.ts';
import { go, Link, useParams } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';
import { AtThreshold } from './AtThreshold.tsx';
import { Attribution } from './Attribution.tsx';
import { Boxes } from './Boxes.tsx';
import { Calibration } from './Calibration.tsx';
import { Clusters } from './Clusters.tsx';
import { Curves, seriesOf } from './Curves.tsx';
import { DetectorTable } from './DetectorTable.tsx';
import { useExperiments } from './Experiments.tsx';
import { Importance } from './Importance.tsx';
import { Kinds } from './Kinds.tsx';
import { Shortcuts } from './Shortcuts.tsx';
import { cutFor, detectorRows, type DetectorRow } from './numbers.ts';
import { KeepModel } from './models/KeepModel.tsx';
import { labAddress } from './place.ts';
import { Scores } from './Scores.tsx';
import { SettingsTried, SettingsUsed } from './SettingsUsed.tsx';
import { SharedColumns } from './SharedColumns.tsx';
import { detectorName, detectorWords, noteText, optionRows } from './words.ts';

export function useExperiment(id: number) {
  return useAsk(`experiment ${id}`, (client, signal) => client.lab.get({ id }, { signal }));
}

export function ResultPage({ id }: { id: number }) {
  const asked = useExperiment(id);
  return (
    <div className="open">
      <Shown asked={asked} what="the experiment" lines={8}>
        {({ row, report }) => <Result row={row} report={report} />}
      </Shown>
    </div>
  );
}

function Result({ row, report }: { row: ExperimentRow; report: LabReport }) {
  const [params, setParams] = useParams();
  const rows = detectorRows(report);
  const shown =
    rows.find(({ detector }) => detector === params['d']) ?? rows.find(({ selected }) => selected) ?? rows[0]!;
  const name = `experiment-${row.id}-${shown.detector}`;
  return (
    <>
      <Head row={row} />
      <Judged row={row} report={report} />
      {report.data.shared ? <SharedColumns shared={report.data.shared} name={`experiment-${row.id}`} /> : null}
      <DetectorTable
        report={report}
        rows={rows}
        shown={shown.detector}
        name={`experiment-${row.id}`}
        onShow={(d) => setParams({ d, cut: '', s: '' }, true)}
      />
      <div className="lab-start">
        <h2 className="lab-shown">{detectorName(shown.detector)}</h2>
        <span className="dim">{detectorWords(shown.detector)}</span>
        <KeepModel
          row={row}
          search={report.settings?.search}
          run={shown.runs.find(({ seed }) => String(seed) === params['s']) ?? shown.runs[0]!}
        />
      </div>
      <Figures
        key={shown.detector}
        shown={shown}
        rows={rows}
        report={report}
        shifted={row.options.holdBack === 'shifted'}
        name={name}
      />
      {report.settings ? (
        <>
          <SettingsUsed settings={report.settings} name={`experiment-${row.id}`} />
          {report.settings.search.map((search) => (
            <SettingsTried key={search.detector} search={search} name={`experiment-${row.id}`} />
          ))}
        </>
      ) : null}
    </>
  );
}

function Head({ row }: { row: ExperimentRow }) {
  const zone = useZone();
  const lock = useLock();
  const { act, busy, error } = useAct();
  const [removing, setRemoving] = useState(false);
  const others = useExperiments().data?.experiments.filter(({ id }) => id !== row.id) ?? [];
  const remove = async (): Promise<void> => {
    if (await act((client) => client.lab.remove({ id: row.id }))) go(labAddress());
  };
  return (
    <>
      <div className="view-head">
        <h1>{row.name}</h1>
        <span className="dim">
          {dateTime(row.createdAt / 1000, zone)} · {row.user}
        </span>
        <div className="view-tools">
          <Link to={labAddress()}>All experiments</Link>
          {others.length > 0 ? (
            <Select
              size="xs"
              aria-label="Compare with"
              placeholder="Compare with …"
              value={null}
              data={others.map(({ id, name }) => ({ value: String(id), label: `${id} · ${name}` }))}
              onChange={(other) => other !== null && go(labAddress(['compare', String(row.id), other]))}
            />
          ) : null}
          <Button
            {...lock}
            size="xs"
            variant="default"
            disabled={lock.disabled || busy}
            onClick={() => void act(async (client) => download(await client.lab.export({ id: row.id })))}
          >
            Export experiment
          </Button>
          <Button {...lock} size="xs" variant="default" onClick={() => setRemoving(true)}>
            Remove
          </Button>
        </div>
      </div>
      {error ? <ErrorNote error={error} /> : null}
      <Confirm
        title={`Remove ${row.name}?`}
        verb="Remove"
        open={removing}
        busy={busy}
        onClose={() => setRemoving(false)}
        onConfirm={() => void remove()}
      >
        <p>Its figures are removed, and the files that were sent for it. Export it first to be able to repeat it.</p>
      </Confirm>
    </>
  );
}

function setText({ normal, attack, skipped }: LabReport['data']['train']): string {
  const left = skipped > 0 ? `, ${exact(skipped)} left out` : '';
  return `${counted(normal, 'ordinary record')}, ${counted(attack, 'attack')}${left}`;
}

/** Notes without which the figures would be misread. */
const GRAVE: ReadonlySet<string> = new Set([
  'random-split',
  'same-file',
  'swapped-files',
  'shortcuts-kept',
  'no-validation-attacks',
  'cross-data',
  'label-in-other-words',
]);

function Judged({ row, report }: { row: ExperimentRow; report: LabReport }) {
  const { data, warnings } = report;
  const sets = row.options.test.length > 0 ? [data.train, data.test] : [data.train];
  const skipped = sets.flatMap(({ skippedReasons }) => skippedReasons);
  const unset = sets.flatMap(({ notes }) => notes ?? []);
  const columns = data.train.leftOut ?? [];
  const alike = data.alikeAcross ?? 0;
  return (
    <Panel title="What was judged" note={`${data.train.format}, ${counted(data.features, 'column')} after encoding`}>
      <dl className="facts">
        <dt>Learned from</dt>
        <dd>{setText(data.train)}</dd>
        <dt>Judged by</dt>
        <dd>{setText(data.test)}</dd>
        <dt>In both</dt>
        <dd>
          {alike > data.duplicatesAcross
            ? `${counted(alike, 'test record')} equal to one of the training data in all that is learned from; `
            : ''}
          {counted(data.duplicatesAcross, 'test record')} also in the training data,{' '}
          {row.options.duplicates === 'drop' ? 'left out' : 'judged all the same'}
        </dd>
        <dt>Shortcuts</dt>
        <dd>
          <Shortcuts row={row} columns={data.shortcuts} />
        </dd>
      </dl>
      {warnings.length > 0 ? (
        <ul className="lab-warnings" aria-label="Notes">
          {warnings.map(({ code, message }) => (
            <li key={message} className={GRAVE.has(code) ? 'lab-warning' : ''}>
              {noteText(message)}
            </li>
          ))}
        </ul>
      ) : null}
      <details className="lab-options">
        <summary>Options{skipped.length > 0 ? ', and lines that were left out' : ''}</summary>
        <dl className="facts">
          {optionRows(row.options).map(({ name, value }) => (
            <Fact key={name} name={name} value={value} />
          ))}
          {skipped.map((each, i) => (
            <Fact key={`skipped ${i}`} name={`Left out: ${each.reason}`} value={linesText(each)} />
          ))}
          {unset.map((each, i) => (
            <Fact key={`unset ${i}`} name={`Read as unset: ${each.reason}`} value={linesText(each)} />
          ))}
          {columns.map(({ name, why }) => (
            <Fact key={`column ${name}`} name={`Column ${name}`} value={`left out: ${why}`} />
          ))}
        </dl>
      </details>
    </Panel>
  );
}

function linesText({ count, lines }: LabReport['data']['train']['skippedReasons'][number]): string {
  return `${counted(count, 'line')} (${lines.join(', ')}${count > lines.length ? ', …' : ''})`;
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

interface FiguresProps {
  shown: DetectorRow;
  rows: readonly DetectorRow[];
  report: LabReport;
  /** Held back by folds: single columns were not looked at. */
  shifted: boolean;
  name: string;
}

function Figures({ shown, rows, report, shifted, name }: FiguresProps) {
  const [params, setParams] = useParams();
  const run = shown.runs.find(({ seed }) => String(seed) === params['s']) ?? shown.runs[0]!;
  const series = seriesOf(shown, rows);
  const clusters = run.details?.clusters ?? null;
  return (
    <div className="lab-figures">
      <Curves kind="roc" series={series} name={name} />
      <Curves kind="pr" series={series} name={name} />
      {shown.runs.length > 1 ? (
        <div className="lab-full lab-seed">
          <Select
            size="xs"
            label="Figures below are of seed"
            allowDeselect={false}
            value={String(run.seed)}
            data={shown.runs.map(({ seed }) => String(seed))}
            onChange={(seed) => setParams({ s: seed ?? '', cut: '' }, true)}
          />
        </div>
      ) : null}
      <Judging key={run.seed} run={run} name={name} />
      {shifted && !run.details?.importance ? (
        <p className="lab-full dim">
          What columns matter is not measured where records are held back as if traffic had drifted.
        </p>
      ) : (
        <Importance runs={shown.runs} name={name} />
      )}
      <Attribution runs={shown.runs} name={name} alone={clusters === null} />
      {clusters === null ? null : <Clusters search={clusters} name={name} />}
      {report.details ? (
        <Boxes features={report.details.features} total={report.details.featuresTotal} name={name} />
      ) : null}
    </div>
  );
}

/** What depends on the threshold. It stands in the address once it was moved. */
function Judging({ run, name }: { run: LabResult; name: string }) {
  const [params, setParams] = useParams();
  const { details, threshold } = run;
  if (!details) return null;
  const { scores } = details;
  const set = cutFor(scores, threshold.value);
  const given = params['cut'] ?? '';
  const moved = given === '' ? NaN : Number(given);
  const cut = Number.isInteger(moved) && moved >= 0 && moved <= scores.edges.length ? moved : set;
  const change = (next: number): void => setParams({ cut: next === set ? '' : String(next) }, true);
  return (
    <>
      <Scores scores={scores} cut={cut} set={threshold.value} name={name} onCut={change} />
      <AtThreshold scores={scores} cut={cut} asSet={cut === set} name={name} onReset={() => change(set)} />
      <Kinds scores={scores} cut={cut} name={name} />
      <Calibration calibration={details.calibration} name={name} />
    </>
  );
}
