/** What of a detector can be set: declared beside it, shown wherever it is chosen, checked in one place. */
import { SondeError } from '../../../../src-shared/errors.ts';

export interface Parameter {
  id: string;
  /** In a few words, with its unit. */
  meaning: string;
  /** Bounds, both allowed. */
  least: number;
  most: number;
  usual: number;
  /** Whole numbers alone. */
  whole: boolean;
  /** Where a search looks; absent: nowhere. `log`: as many values from 1 to 10 as from 10 to 100. */
  search?: { least: number; most: number; log?: boolean };
}

/** By id; what is not named has its usual value. */
export type ParameterValues = Readonly<Record<string, number>>;

export const usualValues = (parameters: readonly Parameter[]): Record<string, number> =>
  Object.fromEntries(parameters.map(({ id, usual }) => [id, usual]));

function wrong(detector: string, id: string, what: string, cure: string): SondeError {
  return new SondeError('usage', `${detector}.${id}: ${what}`, '--set', cure);
}

const listed = (parameters: readonly Parameter[]): string =>
  parameters.length === 0 ? 'It has none to be set.' : `It has: ${parameters.map(({ id }) => id).join(', ')}.`;

/** All values, the usual ones where none is given. @throws SondeError `usage` for an unknown one or one out of its bounds */
export function parameterValues(
  detector: string,
  parameters: readonly Parameter[],
  given: ParameterValues,
): Record<string, number> {
  for (const [id, value] of Object.entries(given)) {
    const known = parameters.find((parameter) => parameter.id === id);
    if (!known) throw wrong(detector, id, 'there is no such parameter', listed(parameters));
    const { least, most, whole, meaning, usual } = known;
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) continue;
    const kind = whole ? 'a whole number' : 'a number';
    const cure = `It is ${meaning}; usually ${usual}.`;
    throw wrong(detector, id, `${value} is not ${kind} from ${least} to ${most}`, cure);
  }
  return { ...usualValues(parameters), ...given };
}

/** Values where a search looks, one for each parameter that it may set; the others have their usual ones. */
export function drawnValues(
  parameters: readonly Parameter[],
  given: ParameterValues,
  random: () => number,
): Record<string, number> {
  const out: Record<string, number> = { ...given };
  for (const { id, whole, search } of parameters) {
    if (!search) continue;
    const share = random();
    if (given[id] !== undefined) continue;
    const { least, most, log = false } = search;
    const value = log ? least * (most / least) ** share : least + (most - least) * share;
    out[id] = whole ? Math.round(value) : Number(value.toPrecision(3));
  }
  return out;
}

/** Of detectors that look at nearest records: how many of them. */
export function neighbours(meaning: string, usual: number): Parameter {
  const search = { least: 2, most: 50, log: true };
  return { id: 'neighbours', meaning, least: 1, most: 200, usual, whole: true, search };
}

/** … and among how many. */
export function reference(usual: number): Parameter {
  const meaning = 'records it compares with at most';
  return { id: 'reference', meaning, least: 100, most: 50_000, usual, whole: true };
}

/** Of networks that learn by gradients. */
export const LEARNING_RATE: Parameter = {
  id: 'learningRate',
  meaning: 'length of the first steps',
  least: 1e-5,
  most: 0.1,
  usual: 0.002,
  whole: false,
  search: { least: 0.0005, most: 0.01, log: true },
};
