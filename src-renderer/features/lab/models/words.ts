/** What is said of models. */
import type { LabOptions, LabResult, ParameterSearch } from '../../../../src-shared/contract/topics/lab.ts';
import type { AskedTrainOptions, KeptModel, Promotion } from '../../../../src-shared/contract/topics/models.ts';
import { isDamaged } from '../../../../src-shared/domain/lab-model.ts';
import { plainNumber } from '../../../../src-shared/features/words.ts';
import { detectorName, fixed, REGIME_WORDS, SAMPLING_WORDS, scoreText, valuesText, WEIGHT_WORDS } from '../words.ts';

/** A figure that may be unknown. */
export function figure(value: number | null): string {
  return value === null ? '–' : fixed(value);
}

/** A figure of records that were held back: without such records, or where it cannot be read, it was not measured. */
export function measured(value: number | null, isKnown = true): string {
  return value === null || !isKnown ? 'not measured' : fixed(value);
}

/** Rates of a model, each by the records it is a share of. */
export function heldBackFigures(model: Pick<KeptModel, 'summary'>): { name: string; value: string }[] {
  const { heldBack, threshold } = model.summary;
  const isWhole = !isDamaged(model);
  return [
    { name: 'ROC-AUC', value: measured(heldBack.rocAuc, isWhole) },
    { name: 'PR-AUC', value: measured(heldBack.prAuc, isWhole) },
    { name: 'Recall', value: measured(heldBack.recall, isWhole) },
    { name: 'False-positive rate', value: measured(heldBack.fpr, isWhole && heldBack.normal > 0) },
    { name: 'Threshold', value: isWhole ? scoreText(threshold.score) : measured(null) },
  ];
}

export function percentOf(value: number): string {
  return `${plainNumber(Number((value * 100).toPrecision(3)))} %`;
}

const SOURCES: Record<KeptModel['source']['kind'], (detail: string) => string> = {
  experiment: (detail) => `experiment ${detail}`,
  records: (detail) => detail,
  retrain: (detail) => `${detail}, as an older model`,
  import: (detail) => `file ${detail}`,
  schedule: (detail) => (detail === '' ? 'daily learning' : `daily learning: ${detail}`),
};

export function sourceText({ kind, detail }: KeptModel['source']): string {
  return SOURCES[kind](detail);
}

const BY: Record<NonNullable<KeptModel['promotable']['by']>, string> = {
  'flow-features': 'It can score captures: it learned from features of flows, and packets give all of them.',
  'flow-fields': 'It can score captures: it learned from fields of flows, and packets give all of them.',
};

export function flowsText({ promotable: { by, reason } }: KeptModel): string {
  return by === null ? `It cannot score flows: ${reason}.` : BY[by];
}

const OF_FLOWS = 10_000;

/** What a threshold means for whoever has to read the alarms. */
export function alarmsText(targetFpr: number): string {
  const alarms = plainNumber(Number((OF_FLOWS * targetFpr).toPrecision(2)));
  return (
    `Its threshold is set for ${percentOf(targetFpr)} false positives: of ${plainNumber(OF_FLOWS)} ordinary flows about ${alarms} ` +
    'are marked as anomalous. Those that no known attack explains become notes, at most ten in a capture.'
  );
}

/** Where a roll-back leads, as far as the history that is at hand says. */
export function rollBackText(slot: string, name: string, last: Promotion | undefined): string {
  const as = `lab:${slot}`;
  if (last?.action !== 'promote')
    return `What scored as ${as} before ${name} does so again; where there was nothing, nothing does.`;
  if (last.before === null) return `Nothing scored as ${as} before ${name}, and nothing does from then on.`;
  return `${last.beforeName} scores as ${as} again, as it did before ${name}.`;
}

export function promotionText({ action, name, before, beforeName, slot }: Promotion): string {
  const as = `lab:${slot}`;
  switch (action) {
    case 'promote':
      return before === null ? `${name} scores as ${as}` : `${name} scores as ${as} in place of ${beforeName}`;
    case 'roll-back':
      return name === ''
        ? `${beforeName} taken back: nothing scores as ${as}`
        : `back to ${name} as ${as} from ${beforeName}`;
    case 'withdraw':
      return `${beforeName} no longer scores as ${as}`;
  }
}

const SLOT_SIGNS = /[^a-z0-9]+/g;

/** A name of a detector or model as the name it scores under. */
export function slotOf(text: string): string {
  return text.toLowerCase().replaceAll(SLOT_SIGNS, '-').replaceAll(/^-|-$/g, '').slice(0, 40);
}

/** With what options it was trained. */
export function trainingFacts({ summary, notes }: KeptModel): { name: string; value: string }[] {
  const { detector, regime, seed, threshold } = summary;
  const options = notes?.options ?? null;
  const parameters = summary.parameters ?? options?.parameters ?? {};
  const known = options
    ? [
        { name: 'Held back', value: percentOf(options.validation) },
        ...(options.search ? [{ name: 'Searched', value: `${options.search} settings, on validation data` }] : []),
        ...(regime === 'supervised'
          ? [
              { name: 'Class weights', value: WEIGHT_WORDS[options.classWeights].toLowerCase() },
              { name: 'Sampling', value: SAMPLING_WORDS[options.sampling].toLowerCase() },
            ]
          : []),
        { name: 'Addresses, ports, times', value: options.keepShortcuts ? 'learned from' : 'left out' },
      ]
    : [];
  return [
    { name: 'Detector', value: detectorName(detector) },
    { name: 'Learns from', value: REGIME_WORDS[regime].title.toLowerCase() },
    { name: 'Threshold set for', value: `${percentOf(threshold.targetFpr)} false positives` },
    { name: 'Seed', value: String(seed) },
    ...(Object.keys(parameters).length > 0 ? [{ name: 'Parameters', value: valuesText(parameters) }] : []),
    ...known,
  ];
}

/** How a detector of an experiment is trained once more: with what its search chose, or what was set. */
export function keptOptions(
  { validation, targetFpr, keepShortcuts, mapping, classWeights, sampling, parameters: set }: LabOptions,
  { detector, regime, seed }: LabResult,
  search: readonly ParameterSearch[] = [],
): AskedTrainOptions {
  const parameters = search.find((each) => each.detector === detector)?.chosen ?? set?.[detector] ?? {};
  return {
    detector,
    regime,
    seed,
    validation,
    targetFpr,
    keepShortcuts,
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
    ...(classWeights ? { classWeights } : {}),
    ...(sampling ? { sampling } : {}),
    ...(mapping ? { mapping } : {}),
  };
}
