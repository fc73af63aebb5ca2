/** Numbers of Sigma rules in the store, which have none of their own. */
import { createHash } from 'node:crypto';
import { sigmaNumber } from '../../../../src-shared/contract/topics/rules.ts';

/** Hexadecimal digits of a number: with what lies below Sigma's numbers it stays exact. */
const DIGITS = 12;

/** What a detector of incidents (`sigma:…`) is numbered. */
export function numberOf(detector: string): number {
  return sigmaNumber(Number.parseInt(createHash('sha256').update(detector).digest('hex').slice(0, DIGITS), 16));
}
