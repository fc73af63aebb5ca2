/** Text for people on a terminal. */
export { formatBytes, formatCount, plural } from '../../../src-shared/domain/amounts.ts';
/** Control characters of hostile names and paths must not reach a terminal. */
export { plainText as printable } from '../../../src-shared/domain/plain-text.ts';
