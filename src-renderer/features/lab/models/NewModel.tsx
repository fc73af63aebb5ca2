/** A new model: what it learns from, and how. */
import { Button, Checkbox, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { MOST_TREES_CHOICE, type TrainOptions } from '../../../../src-shared/contract/topics/models.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote, Shown } from '../../../components/states.tsx';
import { useAsk } from '../../../lib/desk.tsx';
import { go, Link } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { FilesField } from '../FilesField.tsx';
import { Choice, Percent } from '../NewExperiment.tsx';
import { labAddress } from '../place.ts';
import { SendingNote } from '../SendingNote.tsx';
import { useRecords } from '../use-records.tsx';
import { useSending, type Chosen } from '../use-sending.ts';
import { detectorName, REGIME_WORDS } from '../words.ts';

interface Detector {
  id: string;
  supervised: boolean;
}

const SAMPLING_WORDS = [
  { value: 'none', label: 'as it is' },
  { value: 'under', label: 'fewer of the larger class' },
  { value: 'over', label: 'the smaller class repeated' },
];

export function NewModel() {
  const choices = useAsk('model choices', (client, signal) => client.models.choices({}, { signal }));
  return (
    <div className="open">
      <div className="view-head">
        <h1>New model</h1>
        <Link to={labAddress(['models'])}>All models</Link>
      </div>
      <Shown asked={choices} what="the choices">
        {({ detectors, formats }) => <Fields detectors={detectors} formats={formats} />}
      </Shown>
    </div>
  );
}

interface Form {
  files: Chosen[];
  detector: string;
  regime: 'normal-only' | 'contaminated';
  name: string;
  validation: number;
  targetFpr: number;
  seed: number;
  trees: number;
  sampling: TrainOptions['sampling'];
  balanced: boolean;
  keepShortcuts: boolean;
}

const BEGIN: Form = {
  files: [],
  detector: 'random-forest',
  regime: 'normal-only',
  name: '',
  validation: 20,
  targetFpr: 5,
  seed: 1,
  trees: 100,
  sampling: 'none',
  balanced: true,
  keepShortcuts: false,
};

/** `names`: of the detectors, those that learn from labels first. */
function options(detectors: readonly Detector[], supervised: boolean): { value: string; label: string }[] {
  return detectors
    .filter((each) => each.supervised === supervised)
    .map(({ id }) => ({ value: id, label: detectorName(id) }));
}

function Fields({ detectors, formats }: { detectors: readonly Detector[]; formats: readonly string[] }) {
  const [form, setForm] = useState(BEGIN);
  const change = (part: Partial<Form>): void => setForm((now) => ({ ...now, ...part }));
  const records = useRecords(form.files[0]);
  const lock = useLock();
  const { send, cancel, sending, busy, error } = useSending();
  const supervised = detectors.find(({ id }) => id === form.detector)?.supervised ?? true;
  const lacking =
    form.files.length === 0
      ? 'Choose labelled records first.'
      : records.unreadable
        ? 'Choose other records.'
        : records.unclear
          ? 'Say which column is the label, and mark values of it.'
          : null;
  const submit = (): void => {
    if (lacking !== null) return;
    const { detector, seed, trees, sampling, keepShortcuts } = form;
    const given = {
      detector,
      regime: supervised ? ('supervised' as const) : form.regime,
      seed,
      validation: form.validation / 100,
      targetFpr: form.targetFpr / 100,
      keepShortcuts,
      ...(detector === 'random-forest' ? { trees } : {}),
      ...(supervised ? { sampling, classWeights: form.balanced ? ('balanced' as const) : ('none' as const) } : {}),
      ...(records.mapping ? { mapping: records.mapping } : {}),
    };
    void send(form.files, async (client, files) => {
      const name = form.name.trim();
      const data = { kind: 'files' as const, files };
      const { job } = await client.models.train({ data, options: given, ...(name === '' ? {} : { name }) });
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
      <Panel title="1 · Data" note={`recognised from their columns: ${formats.join(', ')}; plain or gzip`}>
        <FilesField
          label="Labelled records"
          hint="What is learned from. A share of them is held back, sets the threshold and judges."
          files={form.files}
          onChange={(files) => change({ files })}
        />
      </Panel>
      {records.panel}
      <Panel title="2 · Learning">
        <div className="lab-fields">
          <NativeSelect
            size="xs"
            label="Detector"
            description="one that a file can hold"
            value={form.detector}
            onChange={({ currentTarget }) => change({ detector: currentTarget.value })}
            data={[
              { group: 'learns from labels', items: options(detectors, true) },
              { group: 'learns without labels', items: options(detectors, false) },
            ]}
          />
          <Percent
            label="Held back, %"
            hint="sets the threshold and judges"
            value={form.validation}
            onChange={(validation) => change({ validation })}
          />
          <Percent
            label="Threshold for false positives, %"
            hint="of ordinary records that were held back"
            value={form.targetFpr}
            onChange={(targetFpr) => change({ targetFpr })}
          />
          <Whole
            label="Seed"
            hint="the same one: the same model"
            least={0}
            most={2 ** 32 - 1}
            value={form.seed}
            onChange={(seed) => change({ seed })}
          />
          {form.detector === 'random-forest' ? (
            <Whole
              label="Trees"
              hint="more of them: steadier, slower"
              least={1}
              most={MOST_TREES_CHOICE}
              value={form.trees}
              onChange={(trees) => change({ trees })}
            />
          ) : null}
          {supervised ? (
            <NativeSelect
              size="xs"
              label="Sampling"
              description="where attacks are rare, or the rule"
              value={form.sampling}
              onChange={({ currentTarget }) => change({ sampling: currentTarget.value as Form['sampling'] })}
              data={SAMPLING_WORDS}
            />
          ) : null}
          <TextInput
            size="xs"
            label="Name"
            description="else those of the files"
            maxLength={200}
            value={form.name}
            onChange={({ currentTarget }) => change({ name: currentTarget.value })}
          />
        </div>
        {supervised ? null : (
          <Choice
            label="What may be learned from"
            value={form.regime}
            options={(['normal-only', 'contaminated'] as const).map((value) => ({ value, ...REGIME_WORDS[value] }))}
            onChange={(regime) => change({ regime })}
          />
        )}
        <div className="lab-checks">
          {supervised ? (
            <Checkbox
              size="xs"
              label="Each class counts half, however rare it is"
              checked={form.balanced}
              onChange={({ currentTarget }) => change({ balanced: currentTarget.checked })}
            />
          ) : null}
          <Checkbox
            size="xs"
            label="Learn from addresses, ports and times too: this one network is learned by heart"
            checked={form.keepShortcuts}
            onChange={({ currentTarget }) => change({ keepShortcuts: currentTarget.checked })}
          />
        </div>
      </Panel>
      {error ? <ErrorNote error={error} /> : null}
      <SendingNote sending={sending} cancel={cancel} />
      <div className="lab-start">
        <Button {...lock} type="submit" loading={busy} disabled={lock.disabled || lacking !== null}>
          Train
        </Button>
        {lacking === null ? (
          <span className="dim">
            What is sent is removed once it is read; the model holds up to 2,064 of its records.
          </span>
        ) : (
          <span className="dim">{lacking}</span>
        )}
      </div>
    </form>
  );
}

interface WholeProps {
  label: string;
  hint: string;
  least: number;
  most: number;
  value: number;
  onChange(value: number): void;
}

function Whole({ label, hint, least, most, value, onChange }: WholeProps) {
  return (
    <NumberInput
      size="xs"
      label={label}
      description={hint}
      hideControls
      allowDecimal={false}
      min={least}
      max={most}
      clampBehavior="blur"
      value={value}
      onChange={(next) => {
        const given = Number(next);
        if (Number.isInteger(given) && given >= least && given <= most && next !== '') onChange(given);
      }}
    />
  );
}
