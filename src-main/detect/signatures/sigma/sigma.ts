/** The Sigma rules of a run, and what becomes of them. */
import { SigmaMatch, type SigmaHeard } from './match.ts';
import { SigmaReader, type SigmaRefused, type SigmaSet } from './set.ts';

export interface SigmaText {
  /** As it is named in reports. */
  file: string;
  text: string;
}

export class Sigma {
  private rules: SigmaSet;
  /** Runs that go on by other rules when these are replaced. */
  private readonly runs: SigmaMatch[] = [];

  private constructor(set: SigmaSet) {
    this.rules = set;
  }

  /** Correlations may be about rules of any of the texts. */
  static of(texts: Iterable<SigmaText>): Sigma {
    const reader = new SigmaReader();
    for (const { file, text } of texts) reader.read(text, file);
    return new Sigma(reader.finish());
  }

  get set(): SigmaSet {
    return this.rules;
  }

  get loaded(): number {
    return this.set.rules.length + this.set.correlations.length;
  }

  get refused(): readonly SigmaRefused[] {
    return this.set.refused;
  }

  /** A run of its own over these rules. `heard`: each time that one tells. */
  behaviour(heard?: SigmaHeard): SigmaMatch {
    const run = new SigmaMatch(this.set, heard);
    this.runs.push(run);
    return run;
  }

  /** Runs go on by the rules of another: what those that stay counted so far is kept. */
  replace({ set }: Sigma): void {
    this.rules = set;
    for (const run of this.runs) run.reload(set);
  }

  /** How often each rule told in its runs, by file and line; also rules that are gone. */
  counts(): { file: string; line: number; count: number }[] {
    return this.runs.flatMap((run) =>
      run.report().signatures.map(({ file = '', line = 0, count }) => ({ file, line, count })),
    );
  }
}
