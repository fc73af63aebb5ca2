/** Learns again from other records, with the options of a model, and sets both side by side. */
import { useState } from 'react';
import type { KeptModel } from '../../../../src-shared/contract/topics/models.ts';
import { Panel } from '../../../components/Panel.tsx';
import { go, Link } from '../../../lib/place.tsx';
import { Name } from '../fields.tsx';
import { trainingEstimate } from '../estimate.ts';
import { EstimateNote } from '../EstimateNote.tsx';
import { FilesField } from '../FilesField.tsx';
import { labAddress } from '../place.ts';
import { SendForm } from '../SendForm.tsx';
import { useMachine } from '../use-slowness.ts';
import { useRecords } from '../use-records.tsx';
import { useSending, type Chosen } from '../use-sending.ts';
import { Fact } from './Fact.tsx';
import { KnownModel } from './ModelPage.tsx';
import { trainingFacts } from './words.ts';

export function Retrain({ id }: { id: number }) {
  return <KnownModel id={id}>{(model) => <Fields model={model} />}</KnownModel>;
}

function Fields({ model }: { model: KeptModel }) {
  const [files, setFiles] = useState<Chosen[]>([]);
  const [name, setName] = useState('');
  const records = useRecords('labelled records', files[0], model.notes?.options?.mapping);
  const { send, ...sent } = useSending();
  const { slowness, experiments, known } = useMachine();
  const size = files.length > 0 ? records.look?.size : undefined;
  const estimate = size ? trainingEstimate({ ...askedAgain(model), files, size }, known, slowness) : null;
  const submit = (): void => {
    void send(files, async (client, sources) => {
      const { job } = await client.models.retrain({
        model: model.id,
        files: sources,
        ...(records.mapping ? { mapping: records.mapping } : {}),
        ...(name.trim() === '' ? {} : { name: name.trim() }),
      });
      go(labAddress(['models'], { job: String(job) }));
    });
  };
  return (
    <SendForm action="Retrain" lacking={records.lacking} onSubmit={submit} {...sent}>
      <div className="view-head">
        <h1>Retrain {model.name}</h1>
        <Link to={labAddress(['models', String(model.id)])}>Back to the model</Link>
      </div>
      <p className="dim lab-lead">
        A new model learns from other records with the same options. A fifth of them is held back from it, without those
        whose like it learns from; by these both models are judged. The older one is kept, and scores what it scored,
        until you promote the newer one in its place.
      </p>
      <Panel title="Records" note="of the format the model learned from, or with all the columns it needs">
        <FilesField label="Labelled records" hint="A newer day, or more of them." files={files} onChange={setFiles} />
      </Panel>
      {records.panel}
      <Panel title="Options" note="as the model was trained">
        <dl className="facts">
          {trainingFacts(model).map(({ name: what, value }) => (
            <Fact key={what} name={what} value={value} />
          ))}
        </dl>
        <div className="lab-fields lab-name">
          <Name hint={`else “${model.name} (again)”`} value={name} onChange={setName} />
        </div>
      </Panel>
      <EstimateNote estimate={estimate} experiments={experiments} />
    </SendForm>
  );
}

/** What of a model's training decides how long it takes; a search is not made again. */
function askedAgain({ summary, notes }: KeptModel) {
  const { detector, regime, parameters = {} } = summary;
  const keepShortcuts = notes?.options?.keepShortcuts ?? false;
  return { detector, regime, keepShortcuts, settings: { parameters: { [detector]: parameters }, search: 0 } };
}
