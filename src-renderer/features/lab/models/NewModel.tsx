/** A new model: what it learns from, and how. */
import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { KnownParameters } from '../../../../src-shared/contract/topics/lab.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Shown } from '../../../components/states.tsx';
import { useAsk } from '../../../lib/desk.tsx';
import { go, Link } from '../../../lib/place.tsx';
import { Choice, KnownFormats, Name, Percent, ShortcutsBox, Threshold, Whole } from '../fields.tsx';
import { trainingEstimate } from '../estimate.ts';
import { EstimateNote } from '../EstimateNote.tsx';
import { FilesField } from '../FilesField.tsx';
import { givenSettings, Parameters, USUAL_SETTINGS, type Settings } from '../Parameters.tsx';
import { labAddress } from '../place.ts';
import { SendForm } from '../SendForm.tsx';
import { useMachine } from '../use-slowness.ts';
import { useRecords } from '../use-records.tsx';
import { useSending, type Chosen } from '../use-sending.ts';
import { detectorName, detectorWords, REGIME_WORDS } from '../words.ts';

interface Detector {
  id: string;
  supervised: boolean;
}

export function NewModel() {
  const choices = useAsk('model choices', (client, signal) => client.models.choices({}, { signal }));
  return (
    <div className="open">
      <div className="view-head">
        <h1>New model</h1>
        <Link to={labAddress(['models'])}>All models</Link>
      </div>
      <Shown asked={choices} what="the choices">
        {({ detectors, parameters, formats }) => <Fields detectors={detectors} known={parameters} formats={formats} />}
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
  settings: Settings;
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
  settings: USUAL_SETTINGS,
  keepShortcuts: false,
};

/** `names`: of the detectors, those that learn from labels first. */
function options(detectors: readonly Detector[], supervised: boolean): { value: string; label: string }[] {
  return detectors
    .filter((each) => each.supervised === supervised)
    .map(({ id }) => ({ value: id, label: detectorName(id) }));
}

interface FieldsProps {
  detectors: readonly Detector[];
  known: KnownParameters;
  formats: readonly string[];
}

function Fields({ detectors, known, formats }: FieldsProps) {
  const [form, setForm] = useState(BEGIN);
  const change = (part: Partial<Form>): void => setForm((now) => ({ ...now, ...part }));
  const records = useRecords('labelled records', form.files[0]);
  const { send, ...sent } = useSending();
  const { slowness, experiments, known: costly } = useMachine();
  const supervised = detectors.find(({ id }) => id === form.detector)?.supervised ?? true;
  const size = form.files.length > 0 ? records.look?.size : undefined;
  const regime = supervised ? ('supervised' as const) : form.regime;
  const estimate = size ? trainingEstimate({ ...form, size, regime }, costly, slowness) : null;
  const submit = (): void => {
    const { detector, seed, keepShortcuts } = form;
    const { parameters, search, classWeights, sampling } = givenSettings(form.settings, [detector], known);
    const given = {
      detector,
      regime,
      seed,
      validation: form.validation / 100,
      targetFpr: form.targetFpr / 100,
      keepShortcuts,
      ...(parameters?.[detector] ? { parameters: parameters[detector] } : {}),
      ...(search ? { search } : {}),
      ...(supervised && classWeights ? { classWeights } : {}),
      ...(supervised && sampling ? { sampling } : {}),
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
    <SendForm
      action="Train"
      lacking={records.lacking}
      note="What is sent is removed once it is read; the model holds up to 2,064 of its records."
      onSubmit={submit}
      {...sent}
    >
      <Panel title="1 · Data">
        <FilesField
          label="Labelled records"
          hint="What is learned from. A share of them is held back, sets the threshold and judges."
          files={form.files}
          onChange={(files) => change({ files })}
        />
        <KnownFormats formats={formats} />
      </Panel>
      {records.panel}
      <Panel title="2 · Learning">
        <div className="lab-fields">
          <NativeSelect
            size="xs"
            label="Detector"
            description={detectorWords(form.detector)}
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
          <Threshold
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
          <Name hint="else those of the files" value={form.name} onChange={(name) => change({ name })} />
        </div>
        {supervised ? null : (
          <Choice
            label="What may be learned from"
            value={form.regime}
            options={(['normal-only', 'contaminated'] as const).map((value) => ({ value, ...REGIME_WORDS[value] }))}
            onChange={(regime) => change({ regime })}
          />
        )}
        <Parameters
          detectors={[form.detector]}
          known={known}
          supervised={supervised}
          value={form.settings}
          onChange={(settings) => change({ settings })}
        />
        <div className="lab-checks">
          <ShortcutsBox checked={form.keepShortcuts} onChange={(keepShortcuts) => change({ keepShortcuts })} />
        </div>
      </Panel>
      <EstimateNote estimate={estimate} experiments={experiments} />
    </SendForm>
  );
}
