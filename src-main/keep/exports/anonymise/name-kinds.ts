/** What a text is that stands for somebody: an address, a card, a domain, a mail address, or anything else. */
import { parseAddress } from '../../../../src-shared/domain/network.ts';

export type NameKind = 'address' | 'card' | 'domain' | 'mail' | 'other';

const CARD = /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
const DOMAIN = /^(?:\*\.)?[\w-]{1,63}(?:\.[\w-]{1,63})+\.?$/;
const MAIL = /^[^\s@]{1,128}@[^\s@]{1,255}$/;

/** Ends of domains that say nothing of anybody: general ones, and those of protocols. */
const PUBLIC_ENDS: ReadonlySet<string> = new Set(
  'com net org edu gov mil int info biz arpa local lan home internal test example invalid localhost'.split(' '),
);

/** Every country's too, where the text is known to be a domain: elsewhere two letters may end the name of an account. */
export function publicEnd(label: string, isDomain: boolean): boolean {
  return PUBLIC_ENDS.has(label) || (isDomain && /^[a-z]{2}$/.test(label));
}

/** Longer texts are no names (RFC 1035 §2.3.4, RFC 5321 §4.5.3.1). */
const LONGEST = 384;

export function nameKind(text: string): NameKind {
  if (text.length > LONGEST) return 'other';
  if (parseAddress(text)) return 'address';
  if (CARD.test(text)) return 'card';
  if (DOMAIN.test(text)) return 'domain';
  return MAIL.test(text) ? 'mail' : 'other';
}
