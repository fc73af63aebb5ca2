/** Texts of Sigma rules to what can be looked for, and what is refused of them. */
import { Allowance, type Terms } from '../expression/allowance.ts';
import { RuleFault } from '../rules/fault.ts';
import { parseCorrelation, settleCorrelation, type CorrelationDraft, type SigmaCorrelation } from './correlation.ts';
import { nameIn } from './head.ts';
import { SIGMA_LIMITS } from './limits.ts';
import { parseSigmaRule, type SigmaRule } from './rule.ts';
import { documentsOf, readYaml, YamlFault, type YamlMap } from './yaml.ts';

/** A rule that is not taken, and why. */
export interface SigmaRefused {
  file: string;
  line: number;
  /** Its title, else its id; '' where neither can be read. */
  rule: string;
  /** The key in the way. */
  key: string;
  reason: string;
}

export interface SigmaSet {
  rules: SigmaRule[];
  correlations: SigmaCorrelation[];
  refused: SigmaRefused[];
  /** All that were refused; the list is bounded. */
  refusedTotal: number;
}

/** Reads texts; `finish` when all are in: correlations may be about rules of any of them. */
export class SigmaReader {
  private readonly rules: SigmaRule[] = [];
  private readonly drafts: CorrelationDraft[] = [];
  private readonly refused: SigmaRefused[] = [];
  private refusedTotal = 0;
  private readonly terms: Terms;

  /** `allowance`: of the expressions of all that is read. */
  constructor(allowance = new Allowance()) {
    this.terms = { allowance };
  }

  read(text: string, file: string): void {
    let documents = 0;
    for (const document of documentsOf(text)) {
      const rules = this.rules.length + this.drafts.length + this.refusedTotal;
      if (Math.max(rules, documents++) >= SIGMA_LIMITS.rules) {
        this.refuse(file, document.line, '', 'rules', `more than ${SIGMA_LIMITS.rules} rules`);
        return;
      }
      this.document(document.text, file, document.line);
    }
  }

  private document(text: string, file: string, line: number): void {
    let map: YamlMap | undefined;
    const begin = line + blankLines(text);
    const place = { file, line: begin, text };
    try {
      map = readYaml(text);
      if (!map) return;
      if (map.has('correlation')) this.drafts.push(parseCorrelation(map, place));
      else this.rules.push(parseSigmaRule(map, place, this.terms));
    } catch (error) {
      if (!(error instanceof RuleFault)) throw error;
      const at = error instanceof YamlFault && error.line > 0 ? line + error.line : begin;
      this.refuse(file, at, map ? nameIn(map) : '', error.keyword, error.message);
    }
  }

  private refuse(file: string, line: number, rule: string, key: string, reason: string): void {
    this.refusedTotal++;
    if (this.refused.length < SIGMA_LIMITS.refused)
      this.refused.push({ file, line, rule, key: key || 'detection', reason });
  }

  finish(): SigmaSet {
    const byName = this.names();
    const correlations: SigmaCorrelation[] = [];
    const spoken = new Set<SigmaRule>();
    const taken = new Set<SigmaRule>();
    for (const draft of this.drafts) {
      try {
        const correlation = settleCorrelation(draft, (name) => byName.get(name));
        correlations.push(correlation);
        for (const { rule } of correlation.rules) (draft.generates ? spoken : taken).add(rule);
      } catch (error) {
        if (!(error instanceof RuleFault)) throw error;
        this.refuse(draft.file, draft.line, draft.title, error.keyword, error.message);
      }
    }
    for (const rule of taken) rule.silent = !spoken.has(rule);
    const { rules, refused, refusedTotal } = this;
    return { rules, correlations, refused, refusedTotal };
  }

  /** Rules by what correlations may call them; the first of a name has it. */
  private names(): Map<string, SigmaRule> {
    const names = new Map<string, SigmaRule>();
    for (const rule of this.rules)
      for (const name of [rule.name, rule.id]) if (name !== '' && !names.has(name)) names.set(name, rule);
    return names;
  }
}

/** Lines before the first that says something. */
function blankLines(text: string): number {
  let lines = 0;
  for (const line of text.split('\n', 1000)) {
    if (/^\s*(?:#.*)?$|^---\s*(?:#.*)?$/.test(line)) lines++;
    else break;
  }
  return lines;
}

export interface LoadedText {
  /** Rules and correlations that can be looked for. */
  loaded: { title: string; id: string; level: string; log: string; line: number }[];
  refused: SigmaRefused[];
}

/** What would become of one text by itself: for whoever shows or checks rules. */
export function loadSigmaText(text: string, file: string): LoadedText {
  const reader = new SigmaReader();
  reader.read(text, file);
  const { rules, correlations, refused } = reader.finish();
  const of = (log: string, { title, id, level, line }: SigmaRule | SigmaCorrelation) => ({
    title,
    id,
    level,
    log,
    line,
  });
  return {
    loaded: [...rules.map((one) => of(one.log.id, one)), ...correlations.map((one) => of('correlation', one))],
    refused,
  };
}
