/** What is said of the other side: its own words, short, on one line, without secrets; and what went wrong on the way. */
import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import { withoutForms, withoutTraces } from '../redact.ts';

/** Longest answer that is kept, characters. */
export const WORDS_MAX = 500;

/** At most `max` UTF-16 units, no character cut in two; what was cut ends in "…". */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, Math.max(0, max - 1)).replace(/[\ud800-\udbff]$/, '');
  return max < 1 ? '' : `${cut}…`;
}

/** As the other side said it: one line, 500 characters, secrets removed. */
export function saidBy(text: string, secrets: readonly string[]): string {
  const line = withoutForms(text, secrets).replace(/\s+/g, ' ').trim();
  return shorten(plainText(withoutTraces(line, secrets)), WORDS_MAX);
}

const MEANING: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut by the other side',
  EPIPE: 'the connection was cut by the other side',
  ECONNABORTED: 'the connection was cut',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'there is no way to that address',
  ENOTFOUND: 'no address is known by that name',
  EAI_AGAIN: 'names cannot be resolved at present',
  HPE_INVALID_CONSTANT: 'what answers is no HTTP server',
  EPROTO: 'the TLS handshake failed',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers does not speak TLS there',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself; name the file of its authority to trust it',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not known here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** The code of a system's error; of several attempts, that of the first. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** What went wrong on the way to `place` (host and port), in words. */
export function troubleWords(error: unknown, place: string): string {
  const code = codeOf(error);
  const known = Object.hasOwn(MEANING, code) ? MEANING[code] : undefined;
  if (known !== undefined) return `${place}: ${known} (${code})`;
  if (code.startsWith('HPE_')) return `${place}: what answers is no HTTP server (${code})`;
  const said = error instanceof Error ? error.message : String(error);
  return `${place}: ${shorten(plainText(said), 200)}`;
}
