/**
 * One entry a line: address, network, name, URL, JA3 or JA4, hash, in any mixture. What follows # or ; is a remark; a
 * remark beside an entry is what the entry is about. A name means all names below it, too. Lines of the form
 * `# sonde: WORD [VALUE]` before the first entry say what the list is.
 */
import { timeOf } from '../dates.ts';
import { THREATS, UNSAID, type Details, type Intake } from '../types.ts';
import { readValue } from '../values.ts';
import type { LineFormat, LineReader } from './types.ts';

const REMARK = /(?:^|\s)[#;]/;
const NO_SAYING =
  'a line “# sonde:” says one of: source NAME, threat command (payload, other), confidence 0 to 100, expires DATE, allow';
const SAYS = /^#\s*sonde:\s*([a-z]+)(?:\s+(.*))?$/i;

/** What a `# sonde:` line says of the whole list; undefined where it says nothing that is known. */
function saying(word: string, value: string, intake: Intake): Partial<Details> | undefined {
  switch (word) {
    case 'allow':
      intake.head({ allow: true });
      return {};
    case 'source':
      intake.head({ source: value });
      return {};
    case 'expires':
      return timeOf(value) > 0 ? { expires: timeOf(value) } : undefined;
    case 'confidence':
      return /^\d{1,3}$/.test(value) && Number(value) <= 100 ? { confidence: Number(value) } : undefined;
    case 'threat': {
      const threat = THREATS.find((one) => one === value);
      return threat && { threat };
    }
    default:
      return undefined;
  }
}

class PlainReader implements LineReader {
  private readonly intake: Intake;
  private details: Details = UNSAID;
  private begun = false;

  constructor(intake: Intake) {
    this.intake = intake;
  }

  line(text: string, number: number): void {
    const trimmed = text.trim();
    if (trimmed === '') return;
    const at = trimmed.search(REMARK);
    if (at === 0) return this.remark(trimmed, number);
    this.begun = true;
    const given = at < 0 ? trimmed : trimmed.slice(0, at).trim();
    const value = readValue(given);
    if (typeof value === 'string') return this.intake.refuse(number, value);
    const label = at < 0 ? '' : trimmed.slice(at).replace(/^[\s#;]+/, '');
    const { details } = this;
    this.intake.entry(
      value.observable,
      label === '' && value.port === 0 ? details : { ...details, label, port: value.port },
    );
  }

  private remark(text: string, number: number): void {
    const [, word, value = ''] = SAYS.exec(text) ?? [];
    if (word === undefined) return;
    const said = this.begun ? undefined : saying(word.toLowerCase(), value.trim(), this.intake);
    if (said) this.details = { ...this.details, ...said };
    else this.intake.refuse(number, this.begun ? 'stands after the first entry' : NO_SAYING);
  }
}

export const plain: LineFormat = {
  id: 'plain',
  recognises: () => true,
  open: (_head, intake) => new PlainReader(intake),
};
