/** What detectors are told: parameters with their usual values, how classes count, and a search on validation data. */
import { NumberInput, Select } from '@mantine/core';
import { useState } from 'react';
import { CLASS_WEIGHTS, MOST_TRIES, SAMPLINGS } from '../../../src-shared/domain/lab.ts';
import type { KnownParameters, LabOptions, LabParameter } from '../../../src-shared/contract/topics/lab.ts';
import { detectorName, SAMPLING_WORDS, WEIGHT_WORDS } from './words.ts';

export interface Settings {
  /** By detector: what is not as usual. */
  parameters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** 0: none. */
  search: number;
  classWeights: NonNullable<LabOptions['classWeights']>;
  sampling: NonNullable<LabOptions['sampling']>;
}

type Known = Readonly<KnownParameters>;

export const USUAL_SETTINGS: Settings = { parameters: {}, search: 0, classWeights: 'balanced', sampling: 'none' };

/** A search of these detectors has something to look for. */
function searchable(detectors: readonly string[], known: Known): boolean {
  return known.some(
    ({ detector, parameters }) => detectors.includes(detector) && parameters.some(({ searched }) => searched),
  );
}

/** As `lab.start` takes them: only what is not as usual, of the detectors that take part. */
export function givenSettings(settings: Settings, detectors: readonly string[], known: Known): Partial<LabOptions> {
  const { classWeights, sampling } = settings;
  const search = searchable(detectors, known) ? settings.search : 0;
  const parameters = Object.fromEntries(
    Object.entries(settings.parameters).flatMap(([id, values]) =>
      detectors.includes(id) && Object.keys(values).length > 0 ? [[id, { ...values }]] : [],
    ),
  );
  return {
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(search > 0 && { search }),
    ...(classWeights !== USUAL_SETTINGS.classWeights && { classWeights }),
    ...(sampling !== USUAL_SETTINGS.sampling && { sampling }),
  };
}

interface Props {
  /** Those that take part. */
  detectors: readonly string[];
  known: Known;
  /** They learn from labels: how classes count can be said. */
  supervised: boolean;
  value: Settings;
  onChange(value: Settings): void;
}

export function Parameters({ detectors, known, supervised, value, onChange }: Props) {
  const shown = known.filter(({ detector }) => detectors.includes(detector));
  const changed = shown.reduce((sum, { detector }) => sum + Object.keys(value.parameters[detector] ?? {}).length, 0);
  const set = (detector: string, id: string, given: number | undefined): void => {
    const { [id]: _, ...others } = value.parameters[detector] ?? {};
    const own = given === undefined ? others : { ...others, [id]: given };
    onChange({ ...value, parameters: { ...value.parameters, [detector]: own } });
  };
  return (
    <details className="lab-options lab-parameters">
      <summary>Parameters{changed > 0 ? ` (${changed} not as usual)` : ', all as usual'}</summary>
      <div className="lab-fields">
        {searchable(detectors, known) ? (
          <NumberInput
            size="xs"
            label="Settings to try"
            description={`0: no search; else that many of each detector are judged on validation data, at most ${MOST_TRIES}`}
            min={0}
            max={MOST_TRIES}
            allowDecimal={false}
            hideControls
            value={value.search}
            onChange={(next) => {
              const search = Number(next);
              if (Number.isInteger(search) && search >= 0 && search <= MOST_TRIES) onChange({ ...value, search });
            }}
          />
        ) : null}
        {supervised ? (
          <>
            <Select
              size="xs"
              label="Weights of the classes"
              allowDeselect={false}
              data={CLASS_WEIGHTS.map((each) => ({ value: each, label: WEIGHT_WORDS[each] }))}
              value={value.classWeights}
              onChange={(next) => onChange({ ...value, classWeights: next ?? value.classWeights })}
            />
            <Select
              size="xs"
              label="Sampling"
              allowDeselect={false}
              data={SAMPLINGS.map((each) => ({ value: each, label: SAMPLING_WORDS[each] }))}
              value={value.sampling}
              onChange={(next) => onChange({ ...value, sampling: next ?? value.sampling })}
            />
          </>
        ) : null}
      </div>
      {shown.map(({ detector, parameters }) => (
        <fieldset key={detector} className="lab-detectors">
          <legend>{detectorName(detector)}</legend>
          <div className="lab-fields">
            {parameters.map((parameter) => (
              <Field
                key={parameter.id}
                parameter={parameter}
                searching={value.search > 0}
                value={value.parameters[detector]?.[parameter.id]}
                onChange={(given) => set(detector, parameter.id, given)}
              />
            ))}
          </div>
        </fieldset>
      ))}
      {shown.length === 0 ? <p className="dim">None of the chosen detectors has anything to be set.</p> : null}
    </details>
  );
}

interface FieldProps {
  parameter: LabParameter;
  searching: boolean;
  /** undefined: as usual. */
  value: number | undefined;
  onChange(value: number | undefined): void;
}

function Field({ parameter, searching, value, onChange }: FieldProps) {
  const { id, meaning, least, most, usual, whole, searched } = parameter;
  // What is typed passes numbers out of bounds on its way to one within.
  const [typed, setTyped] = useState<number | string>(value ?? '');
  const sought = searching && searched && value === undefined;
  return (
    <NumberInput
      size="xs"
      label={id}
      description={`${meaning}; ${least} to ${most}, usually ${usual}`}
      placeholder={sought ? 'is sought' : String(usual)}
      hideControls
      allowDecimal={!whole}
      min={least}
      max={most}
      clampBehavior="blur"
      value={typed}
      onChange={(next) => {
        setTyped(next);
        if (next === '') onChange(undefined);
        else if (Number(next) >= least && Number(next) <= most) onChange(Number(next));
      }}
    />
  );
}
