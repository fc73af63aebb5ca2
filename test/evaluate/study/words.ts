/** Figures as the study writes them. */
import type { Regime } from '../../../src-main/detect/lab/report.ts';

export const REGIME_TITLES: Record<Regime, string> = {
  'normal-only': 'without labels of attacks',
  contaminated: 'without any labels',
  supervised: 'with labels',
};

/** Ends of intervals miss 0 and 1 by rounding. */
const NEARLY = 1e-9;

export function percent(exact: number): string {
  const share = exact > 1 - NEARLY ? 1 : exact < NEARLY ? 0 : exact;
  const value = share * 100;
  const digits = value === 0 || value === 100 ? 0 : value < 1 || value > 99 ? 1 : 0;
  const text = value.toFixed(digits);
  // What is not all of it is never told as all of it.
  return `${share < 1 && Number(text) === 100 ? 'over 99.9' : share > 0 && Number(text) === 0 ? 'under 0.1' : text} %`;
}

export function seconds(value: number): string {
  if (value < 0.01) return 'under 0.01 s';
  return `${value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} s`;
}

export const count = (value: number): string => value.toLocaleString('en-US');
