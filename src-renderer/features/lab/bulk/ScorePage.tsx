/** A file of records to be scored by a model, and what was scored since the program started. */
import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { FileLook } from '../../../../src-shared/contract/topics/lab.ts';
import type { ScoredFile } from '../../../../src-shared/contract/topics/scoring.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../../components/states.tsx';
import { ago, dateTime } from '../../../lib/clock.ts';
import { useAsk } from '../../../lib/desk.tsx';
import { exact } from '../../../lib/numbers.ts';
import { go, Link } from '../../../lib/place.tsx';
import { useLock, VIEWER_NOTE } from '../../../lib/role.ts';
import { useZone } from '../../../lib/zone.tsx';
import { firstSaid, mappingOf, type Said } from '../csv-mapping.ts';
import { FilesField } from '../FilesField.tsx';
import { LabJobs } from '../LabJobs.tsx';
import { LabTabs } from '../LabTabs.tsx';
import { MarkedValues } from '../MarkedValues.tsx';
import { labAddress } from '../place.ts';
import { ModelField, useModelChoice, type ModelFile } from '../record/ModelField.tsx';
import '../record/record.css';
import { SendForm } from '../SendForm.tsx';
import { useLook } from '../use-look.ts';
import { useSending, type Chosen } from '../use-sending.ts';
import './bulk.css';

type Reasons = 'anomalous' | 'all' | 'none';

export function ScorePage() {
  const lock = useLock();
  return (
    <div className="open">
      <div className="view-head">
        <h1>Score a file</h1>
        <LabTabs at="Score a file" />
      </div>
      <p className="dim lab-lead">
        Every row gets a score, a verdict and its reasons, as sonde score gives them. Labels in the file are never
        looked at for that: they are counted beside the verdicts. {lock.disabled ? VIEWER_NOTE : ''}
      </p>
      <LabJobs />
      {lock.disabled ? null : <NewScoring />}
      <ScoredList />
    </div>
  );
}

/** A label only where some of its values sound like one: most files to be scored have none. */
function likelySaid(look: FileLook): Said {
  const likely = firstSaid(look);
  return likely.values.length > 0 ? likely : { ...likely, label: '' };
}

function NewScoring() {
  const [file, setFile] = useState<Chosen | null>(null);
  const [modelFile, setModelFile] = useState<ModelFile | null>(null);
  const [reasons, setReasons] = useState<Reasons>('anomalous');
  const model = useModelChoice(modelFile, setModelFile);
  const { look, error: lookError } = useLook(file ?? undefined);
  const [said, setSaid] = useState<{ of: FileLook; said: Said } | null>(null);
  const unknown = look && look.format === null && look.columns.length > 0 ? look : null;
  const answers = unknown && (said?.of === unknown ? said.said : likelySaid(unknown));
  const { send, ...sent } = useSending();
  const start = (): void => {
    if (!file) return;
    const mapping = unknown && answers ? mappingOf(unknown, answers) : null;
    const label = mapping && { column: mapping.label, positive: mapping.positive, negative: mapping.negative };
    void send([file], async (client, [source]) => {
      if (!source) return;
      const { job } = await client.scoring.start({
        file: source,
        model: model.choice,
        reasons,
        ...(label ? { label } : {}),
      });
      setFile(null);
      go(labAddress(['score'], { job: String(job) }));
    });
  };
  return (
    <SendForm action="Score" lacking={file ? null : 'Choose a file first.'} onSubmit={start} {...sent}>
      <Panel title="File and model">
        <div className="lab-pair">
          <FilesField
            label="File to score"
            hint="CSV in any format of the lab, with labels or without, sonde features, or any table that has the columns of the model; plain or gzip."
            files={file ? [file] : []}
            onChange={(files) => setFile(files.at(-1) ?? null)}
          />
          <div className="bulk-choices">
            <ModelField {...model} />
            <NativeSelect
              size="xs"
              label="Reasons"
              description="what a row’s score comes from; they cost more time than the score"
              value={reasons}
              onChange={({ currentTarget }) => setReasons(currentTarget.value as Reasons)}
              data={[
                { value: 'anomalous', label: 'of anomalous rows' },
                { value: 'all', label: 'of all rows' },
                { value: 'none', label: 'none' },
              ]}
            />
          </div>
        </div>
        {look?.format ? <p className="dim">Recognised as {look.format.title}.</p> : null}
        {lookError ? <ErrorNote error={lookError} /> : null}
        {unknown && answers ? (
          <LabelField look={unknown} said={answers} onChange={(next) => setSaid({ of: unknown, said: next })} />
        ) : null}
      </Panel>
    </SendForm>
  );
}

/** Which column says what a row is; without one there is no confusion matrix. */
function LabelField({ look, said, onChange }: { look: FileLook; said: Said; onChange(said: Said): void }) {
  return (
    <div className="lab-pair lab-mapping">
      <NativeSelect
        size="xs"
        label="Label (where the file has one)"
        description="to count verdicts beside it; not scored by"
        value={said.label}
        onChange={({ currentTarget }) => onChange({ ...said, label: currentTarget.value, values: [] })}
        data={[{ value: '', label: 'none' }, ...look.columns.map(({ name }) => ({ value: name, label: name }))]}
      />
      {said.label === '' ? null : <MarkedValues look={look} said={said} onChange={onChange} />}
    </div>
  );
}

function ScoredList() {
  const asked = useAsk('scored files', (client, signal) => client.scoring.list({}, { signal }), { topics: ['lab'] });
  return (
    <Panel title="Scored" note="since the program started, the last ten">
      <Shown asked={asked} what="what was scored">
        {({ files }) =>
          files.length === 0 ? (
            <Empty title="Nothing was scored yet">
              Choose a file above. Without a model of your own, files of sonde features are scored by the one that ships
              with Sonde.
            </Empty>
          ) : (
            <ScoredTable files={files} />
          )
        }
      </Shown>
    </Panel>
  );
}

function ScoredTable({ files }: { files: readonly ScoredFile[] }) {
  const zone = useZone();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Model</th>
            <th scope="col" className="number">
              Rows
            </th>
            <th scope="col" className="number">
              Anomalous
            </th>
            <th scope="col" className="number">
              Unreadable
            </th>
            <th scope="col">Scored</th>
          </tr>
        </thead>
        <tbody>
          {files.map(({ id, name, model, rows, counts, createdAt }) => (
            <tr key={id}>
              <td>
                <Link to={labAddress(['score', String(id)])} className="incident-title">
                  {name}
                </Link>
              </td>
              <td className="nowrap">{model.name}</td>
              <td className="number">{exact(rows)}</td>
              <td className="number">{exact(counts.anomalous)}</td>
              <td className="number">{exact(counts.unreadable)}</td>
              <td className="nowrap" title={dateTime(createdAt / 1000, zone)}>
                {ago(createdAt, Date.now())}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
