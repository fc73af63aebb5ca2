/** The choices of a new experiment, in the order in which they matter. */
import { Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import { slowAmong } from '../../../src-shared/domain/lab-costs.ts';
import type { HOLD_BACK, REGIMES } from '../../../src-shared/domain/lab.ts';
import type { KnownParameters } from '../../../src-shared/contract/topics/lab.ts';
import { Panel } from '../../components/Panel.tsx';
import { Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { Link } from '../../lib/place.tsx';
import { DetectorBoxes } from './DetectorBoxes.tsx';
import { askedSize, estimateOf, timesOf } from './estimate.ts';
import { EstimateNote } from './EstimateNote.tsx';
import { Choice, KnownFormats, Name, Percent, ShortcutsBox, Threshold } from './fields.tsx';
import { FilesField } from './FilesField.tsx';
import { labAddress } from './place.ts';
import { givenSettings, Parameters, USUAL_SETTINGS, type Settings } from './Parameters.tsx';
import { useRecords } from './use-records.tsx';
import { SendForm } from './SendForm.tsx';
import type { Chosen } from './use-sending.ts';
import { useSlowness } from './use-slowness.ts';
import { useStart } from './use-start.ts';
import { HOLD_BACK_WORDS, RANDOM_WARNING, REGIME_WORDS, seedsOf, SPLIT_WORDS } from './words.ts';

type Regime = (typeof REGIMES)[number];
type HoldBack = (typeof HOLD_BACK)[number];
type OwnSplit = keyof typeof SPLIT_WORDS;

interface Form {
  train: Chosen[];
  test: Chosen[];
  split: OwnSplit;
  regime: Regime;
  /** Those that are not wanted; null: the slow ones, by what is known of the files. */
  without: readonly string[] | null;
  seeds: string;
  validation: number;
  holdBack: HoldBack;
  targetFpr: number;
  duplicates: 'drop' | 'keep';
  keepShortcuts: boolean;
  settings: Settings;
  name: string;
}

const BEGIN: Form = {
  train: [],
  test: [],
  split: 'time',
  regime: 'normal-only',
  without: null,
  seeds: '1, 2, 3',
  validation: 20,
  holdBack: 'random',
  targetFpr: 5,
  duplicates: 'drop',
  keepShortcuts: false,
  settings: USUAL_SETTINGS,
  name: '',
};

export function NewExperiment() {
  const choices = useAsk('lab choices', (client, signal) => client.lab.choices({}, { signal }));
  return (
    <div className="open">
      <div className="view-head">
        <h1>New experiment</h1>
        <Link to={labAddress()}>All experiments</Link>
      </div>
      <Shown asked={choices} what="the choices">
        {({ regimes, formats, parameters }) => (
          <Fields regimes={regimes} parameters={parameters} formats={formats.map(({ title }) => title)} />
        )}
      </Shown>
    </div>
  );
}

interface FieldsProps {
  regimes: readonly { regime: Regime; detectors: readonly string[] }[];
  formats: readonly string[];
  parameters: KnownParameters;
}

function Fields({ regimes, formats, parameters }: FieldsProps) {
  const detectorsOf = (regime: Regime): readonly string[] =>
    regimes.find((each) => each.regime === regime)?.detectors ?? [];
  const [form, setForm] = useState(BEGIN);
  const change = (part: Partial<Form>): void => setForm((now) => ({ ...now, ...part }));
  const all = detectorsOf(form.regime);
  const seeds = seedsOf(form.seeds);
  const records = useRecords('training data', form.train[0]);
  const { start, ...sent } = useStart();
  const { slowness, experiments } = useSlowness(regimes, parameters);
  const asked = { ...form, files: [...form.train, ...form.test], detectors: all, seeds: seeds?.length ?? 1 };
  const size = form.train.length > 0 ? records.look?.size : undefined;
  const whole = size ? askedSize({ ...asked, size }, parameters) : null;
  const slow = whole ? slowAmong(all, whole, slowness) : slowAmong(all);
  const without = form.without ?? slow;
  const wanted = all.filter((id) => !without.includes(id));
  const chosen = whole && { ...whole, detectors: whole.detectors.filter((id) => !without.includes(id)) };
  const estimate = chosen && estimateOf(chosen, slowness);
  const lacking =
    records.lacking ??
    (wanted.length === 0 ? 'Choose a detector.' : null) ??
    (seeds === null ? 'Seeds are up to 20 different whole numbers.' : null);
  const submit = (): void => {
    if (seeds === null) return;
    void start(form.train, form.test, {
      regime: form.regime,
      ...(wanted.length === all.length ? {} : { detectors: wanted }),
      split: form.split,
      seeds,
      validation: form.validation / 100,
      targetFpr: form.targetFpr / 100,
      ...(form.holdBack === 'random' ? {} : { holdBack: form.holdBack }),
      duplicates: form.duplicates,
      ...(records.mapping ? { mapping: records.mapping } : {}),
      keepShortcuts: form.keepShortcuts,
      ...givenSettings(form.settings, wanted, parameters),
      ...(form.name.trim() === '' ? {} : { name: form.name.trim() }),
    });
  };
  return (
    <SendForm action="Start" lacking={lacking} onSubmit={submit} {...sent}>
      <Panel title="1 · Data">
        <div className="lab-pair">
          <FilesField
            label="Training data"
            hint="What is learned from, with labels."
            files={form.train}
            onChange={(train) => change({ train })}
          />
          <FilesField
            label="Test data"
            hint="The official test file, or another day. Without one the training data are divided."
            files={form.test}
            onChange={(test) => change({ test })}
          />
        </div>
        <KnownFormats formats={formats} />
      </Panel>
      {records.panel}
      <Panel title="2 · Split">
        {form.test.length > 0 ? (
          <p>The test data judge; nothing is learned or chosen from them.</p>
        ) : (
          <Choice
            label="How the training data are divided"
            value={form.split}
            options={(['time', 'group', 'random'] as const).map((value) => ({ value, ...SPLIT_WORDS[value] }))}
            onChange={(split) => change({ split })}
          />
        )}
        {form.test.length === 0 && form.split === 'random' ? (
          <p className="lab-warning" role="note">
            {RANDOM_WARNING}
          </p>
        ) : null}
      </Panel>
      <Panel title="3 · Learning">
        <Choice
          label="What may be learned from"
          value={form.regime}
          options={regimes.map(({ regime }) => ({ value: regime, ...REGIME_WORDS[regime] }))}
          onChange={(regime) => change({ regime, without: null })}
        />
        <DetectorBoxes
          all={all}
          without={without}
          slow={slow}
          times={chosen && timesOf(all, chosen, slowness)}
          hosts={size?.hosts ?? true}
          onChange={(next) => change({ without: next })}
        />
        <div className="lab-fields">
          <TextInput
            size="xs"
            label="Seeds"
            description="one result a seed; several show how much is chance"
            value={form.seeds}
            error={seeds === null ? 'up to 20 different whole numbers' : null}
            onChange={({ currentTarget }) => change({ seeds: currentTarget.value })}
          />
          <Percent
            label="Held back for validation, %"
            hint="of the training data: for thresholds and choices"
            value={form.validation}
            onChange={(validation) => change({ validation })}
          />
          <Threshold
            hint="on validation data; test data show what it comes to"
            value={form.targetFpr}
            onChange={(targetFpr) => change({ targetFpr })}
          />
          <Name hint="else those of the files" value={form.name} onChange={(name) => change({ name })} />
        </div>
        <div className="lab-hold-back">
          <Choice
            label="What sets the thresholds"
            value={form.holdBack}
            options={(['random', 'shifted'] as const).map((value) => ({ value, ...HOLD_BACK_WORDS[value] }))}
            onChange={(holdBack) => change({ holdBack })}
          />
        </div>
        <Parameters
          detectors={wanted}
          known={parameters}
          supervised={form.regime === 'supervised'}
          value={form.settings}
          onChange={(settings) => change({ settings })}
        />
        <div className="lab-checks">
          <ShortcutsBox checked={form.keepShortcuts} onChange={(keepShortcuts) => change({ keepShortcuts })} />
          <Checkbox
            size="xs"
            label="Judge by test records too that also stand in the training data"
            checked={form.duplicates === 'keep'}
            onChange={({ currentTarget }) => change({ duplicates: currentTarget.checked ? 'keep' : 'drop' })}
          />
        </div>
      </Panel>
      <EstimateNote estimate={estimate} experiments={experiments} />
    </SendForm>
  );
}
