/** What the lab's two sides agree on: choices by name, and how much of a figure is kept. */

/** Detectors that learn from made-up rows: made-up anomalies judge all others, and would flatter these. */
export const LEARN_MADE_UP: readonly string[] = ['contrast-forest', 'contrast-ensemble'];

export const REGIMES = ['normal-only', 'contaminated', 'supervised'] as const;
export const SPLITS = ['official', 'time', 'group', 'random'] as const;
export const CLASS_WEIGHTS = ['balanced', 'none'] as const;
export const SAMPLINGS = ['none', 'under', 'over'] as const;
export const HOLD_BACK = ['random', 'shifted'] as const;

/** Points of a curve, bins of a histogram, named kinds of attack, columns that are described: at most. */
export const MOST_POINTS = 400;
export const MOST_BINS = 160;
export const MOST_KINDS = 40;
export const MOST_FEATURES = 100;
export const MOST_IMPORTANT = 20;
/** Records of each class whose scores are taken apart, and points of a curve of distances: at most. */
export const MOST_ATTRIBUTED = 60;
export const MOST_DISTANCES = 200;

/** Settings that a search tries of each detector at most. */
export const MOST_TRIES = 50;
