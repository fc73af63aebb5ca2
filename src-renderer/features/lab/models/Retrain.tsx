/** Learns again from other records, with the options of a model, and sets both side by side. */
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { KeptModel } from '../../../../src-shared/contract/topics/models.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { go, Link } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { FilesField } from '../FilesField.tsx';
import { labAddress } from '../place.ts';
import { SendingNote } from '../SendingNote.tsx';
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
  const records = useRecords(files[0], model.notes?.options?.mapping);
  const lock = useLock();
  const { send, cancel, sending, busy, error } = useSending();
  const lacking =
    files.length === 0
      ? 'Choose labelled records first.'
      : records.unreadable
        ? 'Choose other records.'
        : records.unclear
          ? 'Say which column is the label, and mark values of it.'
          : null;
  const submit = (): void => {
    if (lacking !== null) return;
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
    <form
      className="open"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
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
          <TextInput
            size="xs"
            label="Name"
            description={`else “${model.name} (again)”`}
            maxLength={200}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
        </div>
      </Panel>
      {error ? <ErrorNote error={error} /> : null}
      <SendingNote sending={sending} cancel={cancel} />
      <div className="lab-start">
        <Button {...lock} type="submit" loading={busy} disabled={lock.disabled || lacking !== null}>
          Retrain
        </Button>
        {lacking === null ? null : <span className="dim">{lacking}</span>}
      </div>
    </form>
  );
}
