/** Several detectors as one: what they have in common, and how they are kept in one file. */
import type { AfterStep, MatrixDetector, MatrixState } from '../detectors/matrix/types.ts';
import type { DetectorSnapshot, FeatureMatrix } from '../types.ts';
import { Views, type Scaling } from './encode.ts';

/** Its members look at other views of the rows than it is given: it has to be told the scaling. */
export abstract class Together implements MatrixDetector {
  abstract readonly id: string;
  abstract readonly minimumRows: number;
  abstract readonly members: readonly MatrixDetector[];
  readonly view = 'plain';
  chosen = '';
  private scaling: Scaling | undefined;
  private known: readonly Views[] = [];

  /** `known`: views of matrices that will be given again, which are then not made anew. */
  useScaling(scaling: Scaling, known: readonly Views[] = []): void {
    this.scaling = scaling;
    this.known = known;
  }

  protected viewsOf(matrix: FeatureMatrix): Views {
    const found = this.known.find((views) => views.get('plain') === matrix);
    if (found) return found;
    if (!this.scaling) throw new RangeError(`${this.id} was not told the scaling`);
    return new Views(matrix, this.scaling);
  }

  fit(matrix: FeatureMatrix, seed: number, attack?: Uint8Array): Promise<void> {
    return this.fitInTurns(matrix, seed, attack, () => Promise.resolve());
  }

  abstract fitInTurns(
    matrix: FeatureMatrix,
    seed: number,
    attack: Uint8Array | undefined,
    afterStep: AfterStep,
  ): Promise<void>;
  abstract scoreViews(views: Views): Float64Array;
  abstract save(): MatrixState;
  abstract load(snapshot: DetectorSnapshot, columns: readonly string[]): void;

  score(matrix: FeatureMatrix): Float64Array {
    return this.scoreViews(this.viewsOf(matrix));
  }
}

const nameIn = (id: string, name: string): string => `${id}: ${name}`;

/** What each detector has learned, as one. @throws RangeError for one that cannot be kept. */
export function saveParts(parts: readonly MatrixDetector[]): MatrixState {
  const state: MatrixState = { head: {}, arrays: {} };
  for (const part of parts) {
    const own = part.save?.();
    if (!own) throw new RangeError(`${part.id}: what it has learned cannot be kept in a file`);
    state.head[part.id] = own.head;
    for (const [name, array] of Object.entries(own.arrays)) state.arrays[nameIn(part.id, name)] = array;
  }
  return state;
}

/** Lets a detector take over what is its own. @throws RangeError where there is nothing that fits. */
export function loadPart(part: MatrixDetector, snapshot: DetectorSnapshot, columns: readonly string[]): void {
  const head = snapshot.head[part.id];
  if (typeof head !== 'object' || head === null || !part.load) throw new RangeError(`${snapshot.id}: no ${part.id}`);
  const prefix = nameIn(part.id, '');
  const arrays = Object.entries(snapshot.arrays)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, array]) => [name.slice(prefix.length), array] as const);
  part.load(
    { id: part.id, version: 1, head: head as Record<string, unknown>, arrays: Object.fromEntries(arrays) },
    columns,
  );
}
