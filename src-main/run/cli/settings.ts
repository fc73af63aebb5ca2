/** `--set`, `--search`, `--class-weights`, `--sampling`: what detectors are told, alike in all commands. */
import { MOST_TRIES } from '../../../src-shared/domain/lab.ts';
import { labDetector } from '../../detect/lab/lab-detectors.ts';
import { CLASS_WEIGHTS, SAMPLINGS, type ClassWeights, type Sampling } from '../../detect/lab/sampling.ts';
import { oneOf, usageError, wholeNumber, type OptionSpec, type Parsed } from './arguments.ts';

/** Of detectors that learn from labels. */
export const IMBALANCE_OPTIONS: readonly OptionSpec[] = [
  { name: 'class-weights', value: 'HOW', help: 'balanced (default): each class counts half; none' },
  {
    name: 'sampling',
    value: 'HOW',
    help: 'none (default); under: fewer of the larger class; over: repeats of the smaller',
  },
];

export const SEARCH_OPTION: OptionSpec = {
  name: 'search',
  value: 'N',
  help: `try N settings on validation data, at most ${MOST_TRIES}, and take the best; what --set says stays`,
};

export function imbalanceOf(parsed: Parsed): { classWeights: ClassWeights; sampling: Sampling } {
  return {
    classWeights: oneOf(parsed, 'class-weights', CLASS_WEIGHTS) ?? 'balanced',
    sampling: oneOf(parsed, 'sampling', SAMPLINGS) ?? 'none',
  };
}

export const searchOf = (parsed: Parsed): number => wholeNumber(parsed, 'search', 0, 1, MOST_TRIES);

/**
 * By detector: `trees=200` of `detector`, or of the one named in front (`random-forest.trees=200`). Whether there is such a
 * parameter, and its bounds, are checked where they are used.
 *
 * @throws SondeError `usage`
 */
export function settingsOf(parsed: Parsed, detector?: string): Record<string, Record<string, number>> {
  const out: Record<string, Record<string, number>> = {};
  const example = detector === undefined ? 'random-forest.trees=200' : 'trees=200,maxDepth=16';
  for (const text of parsed.values('set').flatMap((each) => each.split(','))) {
    const wrong = (what: string): Error => usageError(`--set ${text}: ${what}`, '--set', `Write --set ${example}.`);
    const [, named, id, value] = /^\s*(?:([\w-]+)\.)?(\w+)\s*=\s*(-?[\d.]+(?:e-?\d+)?)\s*$/i.exec(text) ?? [];
    if (id === undefined || !Number.isFinite(Number(value))) throw wrong('is no parameter with a number');
    const owner = named ?? detector;
    if (owner === undefined) throw wrong('does not say of which detector');
    if (detector !== undefined && owner !== detector) throw wrong(`is not of ${detector}`);
    if (!labDetector(owner)) throw wrong('there is no such detector');
    const own = (out[owner] ??= {});
    if (own[id] !== undefined) throw wrong('was given twice');
    own[id] = Number(value);
  }
  return out;
}
