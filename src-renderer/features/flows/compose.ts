/** Puts tests together to filters. */
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';

/** Whether a text must be bracketed before something is joined to it by `&&`. */
function hasOr(text: string): boolean {
  const parsed = parseFilter(text);
  return parsed.ok && parsed.filter?.type === 'or';
}

function part(text: string): string {
  const trimmed = text.trim();
  return hasOr(trimmed) && !/^\([^()]*\)$/.test(trimmed) ? `(${trimmed})` : trimmed;
}

/** Both hold. An empty filter lets everything through. */
export function including(filter: string, test: string): string {
  if (filter.trim() === '') return test;
  return filter.includes(test) && !hasOr(filter) ? filter : `${part(filter)} && ${part(test)}`;
}

/** The filter holds, the test does not. */
export function excluding(filter: string, test: string): string {
  const simple = /^([\w.]+) == ((?:[^\s()"]+|"(?:[^"\\]|\\.)*"))$/.exec(test);
  const not = simple ? `${simple[1]} != ${simple[2]}` : /^\(.*\)$/.test(test) ? `!${test}` : `!(${test})`;
  return filter.trim() === '' ? not : `${part(filter)} && ${not}`;
}
