/** The Sigma rules of a run, and what becomes of them. */
import { SigmaMatch } from './match.ts';
import { SigmaReader, type SigmaRefused, type SigmaSet } from './set.ts';

export interface SigmaText {
  /** As it is named in reports. */
  file: string;
  text: string;
}

export class Sigma {
  readonly set: SigmaSet;

  private constructor(set: SigmaSet) {
    this.set = set;
  }

  /** Correlations may be about rules of any of the texts. */
  static of(texts: Iterable<SigmaText>): Sigma {
    const reader = new SigmaReader();
    for (const { file, text } of texts) reader.read(text, file);
    return new Sigma(reader.finish());
  }

  get loaded(): number {
    return this.set.rules.length + this.set.correlations.length;
  }

  get refused(): readonly SigmaRefused[] {
    return this.set.refused;
  }

  /** A run of its own over these rules. */
  behaviour(): SigmaMatch {
    return new SigmaMatch(this.set);
  }
}
