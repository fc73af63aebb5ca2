/** Models, as the commands load them. */
import type { PromotedModel } from '../../detect/lab/promoted.ts';
import { loadAnyModel, loadScoringModel, type AnyModel } from '../pipeline/model.ts';
import type { NamedModel } from '../pipeline/triage-types.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';

export { loadScoringModel, sayingModel } from '../pipeline/model.ts';

export const MODEL_OPTION: OptionSpec = {
  name: 'model',
  value: 'FILE',
  help: 'score against this baseline (see sonde train) instead of the shipped one; a model of the lab scores beside it; repeatable',
  repeatable: true,
};

export interface ScoringModels {
  /** Absent with `--no-models`. */
  model?: NamedModel;
  promoted?: PromotedModel[];
}

/**
 * What scores: the baseline of `--model` or the shipped one, and models of the lab of `--model` and of the database.
 *
 * @throws SondeError where one is missing, damaged, or needs what packets do not give.
 */
export async function scoringModels(parsed: Parsed): Promise<ScoringModels> {
  if (parsed.on('no-models')) return {};
  const found: AnyModel[] = [];
  for (const path of parsed.values('model')) found.push(await loadAnyModel(path));
  const [baseline, second] = found.filter((each) => each.kind === 'flows');
  if (second) throw usageError('--model names two baselines', '--model', 'Name one; models of the lab may be several.');
  const model = baseline ?? (await loadScoringModel(undefined));
  const files = found.filter((each) => each.kind === 'records');
  if (files.length === 0) return { model };
  return { model, promoted: (await import('../pipeline/lab-models.ts')).withFiles([], files) };
}

/** With the models that a database has promoted. */
export async function withKept(models: ScoringModels, kept: readonly PromotedModel[]): Promise<ScoringModels> {
  if (!models.model || kept.length === 0) return models;
  const own = (models.promoted ?? []).map(
    ({ model, name, sha256 }) => ({ kind: 'records', model, name, sha256 }) as const,
  );
  return { ...models, promoted: (await import('../pipeline/lab-models.ts')).withFiles(kept, own) };
}
