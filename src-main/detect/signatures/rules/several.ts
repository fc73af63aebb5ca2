/** Numbers of which a transaction has several: one of them by its place, all of them, so many of them, or how many there are. */
import { RuleFault } from './fault.ts';
import { numberTest, type NumberTest } from './numbers.ts';

/** Whether the numbers of a transaction hold, in their order. */
export type SeveralTest = (values: readonly number[]) => boolean;

const PLACE = /^-?\d{1,5}$/;

/** `form`: what stands behind the comparison; undefined for words that mean no choice. @throws RuleFault */
export function severalTest(keyword: string, test: NumberTest, form: string): SeveralTest | undefined {
  if (PLACE.test(form)) {
    const place = Number(form);
    return (values) => {
      const value = values.at(place);
      return value !== undefined && test(value);
    };
  }
  if (form === 'all') return (values) => values.length > 0 && values.every(test);
  const number = /^nb\s*(.+)$/.exec(form)?.[1];
  if (number === undefined) return undefined;
  const enough = numberTest(keyword, number);
  return (values) => enough(values.filter(test).length);
}

/** `count >5`: how many there are, whatever they say; undefined where that is not asked. @throws RuleFault */
export function countTest(keyword: string, text: string): SeveralTest | undefined {
  const number = /^count\s*(.+)$/.exec(text)?.[1];
  if (number === undefined) return undefined;
  const enough = numberTest(keyword, number);
  return (values) => enough(values.length);
}

/** @throws RuleFault */
export function cannotChoose(keyword: string): never {
  throw new RuleFault(keyword, 'choosing one of several is not supported');
}
