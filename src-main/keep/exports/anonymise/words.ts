/**
 * Sentences of Sonde without what they say of anybody: words that Sonde's own sentences are made of stay, and so do
 * numbers and times; everything else becomes a pseudonym. What is not known to be harmless is taken to be somebody's.
 */
import { addressText, parseNetwork } from '../../../../src-shared/domain/network.ts';
import type { Pseudonyms } from './pseudonyms.ts';

/** The number of a rule, which tells nothing but to whoever has the rule. */
const RULE_NUMBER = String.raw`(?:[Rr]ule|sid) \d{1,10}(?![\p{L}\p{N}]|[.:/-][\p{L}\p{N}])`;
const IS_RULE_NUMBER = new RegExp(`^${RULE_NUMBER}$`, 'u');

/** What somebody quotes, a sentence of ours, a rule's number, a word, or what stands between. */
function piecesWith(phrases: Iterable<string>): RegExp {
  const own = [...phrases]
    .filter((each) => each.includes(' '))
    .sort((a, b) => b.length - a.length)
    .map((each) => each.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  const known = own.length === 0 ? '' : String.raw`(?:${own.join('|')})(?![\p{L}\p{N}])|`;
  const rest = String.raw`[^\s“”"(){}[\],;]+|[\s(){}[\],;]+|[“”"]`;
  return new RegExp(`“[^“”]*”|"[^"]*"|${known}${RULE_NUMBER}|${rest}`, 'gu');
}
const BETWEEN = /^[\s“”"(){}[\],;]+$/u;
const QUOTED = /^[“"](.*)[”"]$/su;
const CORE = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/su;
/** Longer runs of signs are no punctuation. */
const SIGNS_MAX = 3;
/** Longer pieces are no words of a sentence: nothing in them is looked at. */
const PIECE_MAX = 256;

/** Counts, shares, durations: nothing of six and more digits in a row, which may be somebody's number. */
const NUMBER = /^\d{1,5}(?:\.\d{1,9})?(?:%|[kMGT]?B|[kMGT]?bit|[mµn]?s|min|h|d|x)?$/u;
const UNIT = /^(?:[kMGT]?(?:B|bit)|[kMG]?bit\/s|[kMG]?B\/s|[mµ]?s|min|h|d)$/u;
const RANGE = /^\d{1,5}[–-]\d{1,5}$/u;
const TIME = /^\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?$/u;
const MOMENT = /^[+-]?\d{4,6}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?)?$/u;
const PORT = /^\d{1,5}\/(?:tcp|udp|sctp)$/u;
const COUNTED = /^\d{1,5}-(\p{L}+)$/u;
/** An address with what may hang on it. */
const IPV4 = /^(\d{1,3}(?:\.\d{1,3}){3})(:\d{1,5}|\/\d{1,2})?$/u;
const IPV6 = /^([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:[\d.]+)?)(\/\d{1,3})?$/iu;

/** What is Sonde's own: it says nothing of anybody, wherever it stands. */
export interface OwnTexts {
  /** Of its sentences, in small letters. */
  words: ReadonlySet<string>;
  /** What its rules say and look for, as they are written. */
  phrases: ReadonlySet<string>;
  /** Messages of its rules by their numbers. */
  rules: ReadonlyMap<number, string>;
  /** ATT&CK's names of techniques by their ids. */
  techniques: ReadonlyMap<string, string>;
}

export class Anonymiser {
  readonly names: Pseudonyms;
  readonly own: OwnTexts;
  private readonly words: ReadonlySet<string>;
  private readonly pieces: RegExp;

  constructor(names: Pseudonyms, own: OwnTexts) {
    this.names = names;
    this.own = own;
    this.words = own.words;
    this.pieces = piecesWith(own.phrases);
  }

  /** A sentence, a title, a filter of packets. */
  text(text: string): string {
    return text.replaceAll(this.pieces, (piece) => this.piece(piece));
  }

  /** An address or a network; what is neither becomes a name. */
  address(text: string): string {
    return this.withNumbers(text) ?? this.names.address(text);
  }

  private piece(piece: string): string {
    const quoted = QUOTED.exec(piece);
    if (quoted) {
      const [, said = ''] = quoted;
      return said === '' || this.own.phrases.has(said) ? piece : `${piece[0]!}${this.names.name(said)}${piece.at(-1)!}`;
    }
    if (BETWEEN.test(piece) || IS_RULE_NUMBER.test(piece) || this.own.phrases.has(piece)) return piece;
    if (piece.length > PIECE_MAX) return this.names.name(piece);
    return this.withNumbers(piece) ?? this.word(piece);
  }

  private word(piece: string): string {
    const [, before = '', core = '', after = ''] = CORE.exec(piece) ?? [];
    if (core === '') return piece.length <= SIGNS_MAX ? piece : '…';
    if (before.length > SIGNS_MAX || after.length > SIGNS_MAX) return this.names.name(piece);
    const said = this.withNumbers(core) ?? (this.isHarmless(core, after) ? core : this.names.name(core));
    return `${before}${said}${after}`;
  }

  private isHarmless(core: string, after: string): boolean {
    if (NUMBER.test(core) || NUMBER.test(`${core}${after}`)) return true;
    if (UNIT.test(core) || RANGE.test(core)) return true;
    if (TIME.test(core) || MOMENT.test(core) || PORT.test(core)) return true;
    const counted = COUNTED.exec(core)?.[1];
    return this.words.has(core.toLowerCase()) || (counted !== undefined && this.words.has(counted.toLowerCase()));
  }

  /** Of an address with or without a port or the length of a prefix; undefined: it is none. */
  private withNumbers(text: string): string | undefined {
    const [, address, more = ''] = IPV4.exec(text) ?? IPV6.exec(text) ?? [];
    if (address === undefined) return undefined;
    const network = parseNetwork(`${address}${more.startsWith('/') ? more : ''}`);
    if (!network) return undefined;
    const pseudonym = this.names.address(address);
    if (!more.startsWith('/')) return `${pseudonym}${more}`;
    return networkText(pseudonym, more);
  }
}

/** What of the pseudonym lies beyond the prefix is nobody's, and stays zero. */
function networkText(address: string, prefix: string): string {
  const network = parseNetwork(`${address}${prefix}`);
  return `${network ? addressText(network.first) : address}${prefix}`;
}
