/** A rule that was refused, in a line: where it stands, which it is, the keyword in the way and why. */
import { printable } from './words.ts';

export interface RefusedRule {
  file: string;
  line: number;
  keyword: string;
  reason: string;
  /** Of rules of signatures. */
  sid?: number;
  /** Title of a Sigma rule; '' where it was not read so far. */
  title?: string;
}

export function refusedWords({ file, line, keyword, reason, sid, title = '' }: RefusedRule): string {
  const which = title !== '' ? ` “${printable(title)}”` : sid === undefined ? '' : ` sid ${sid}`;
  return `${printable(file)}:${line}${which}: ${printable(keyword)}: ${printable(reason)}`;
}
