import { parseNetwork } from '../../../src-shared/domain/network.ts';

/** Networks as typed: one a line, or with commas or spaces between. */
export function networksOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== '');
}

/** What is wrong, in words; null when nothing is. */
export function networksFault(text: string): string | null {
  const wrong = networksOf(text).find((part) => parseNetwork(part) === null);
  return wrong === undefined ? null : `${wrong} is neither an address nor a network like 10.0.0.0/8`;
}
