/** Settings as their fields say they are. What is absent or of another type counts as not set. */
import { saidBy } from '../../http/words.ts';
import type { ChannelSettings, Field } from '../../types.ts';

/** Shorter pieces of a secret address are words such as `services`. */
const PIECE_LEAST = 9;

export function textOf(settings: ChannelSettings, name: string, otherwise = ''): string {
  const value = settings[name];
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

export function numberOf(settings: ChannelSettings, name: string, otherwise: number): number {
  const value = settings[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

export function switchOf(settings: ChannelSettings, name: string): boolean {
  return settings[name] === true;
}

export function linesOf(settings: ChannelSettings, name: string): readonly string[] {
  const value = settings[name];
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? (value as readonly string[]).filter((line) => line !== '') : [];
}

/** A secret and the parts of it that are as secret: a password behind a name, a token behind a word, a path. */
function partsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return [secret, ...secret.split(/[:\s]/).slice(1)];
  const { pathname, search, searchParams } = new URL(secret);
  const pieces = pathname.split('/').filter((piece) => piece.length >= PIECE_LEAST);
  return [secret, pathname + search, pathname, ...pieces, ...searchParams.values()];
}

/** The values of all secret fields that are set, in every form that another side may repeat. */
export function secretsOf(settings: ChannelSettings, fields: readonly Field[]): string[] {
  const found = fields.filter(({ type }) => type === 'secret').map(({ name }) => textOf(settings, name));
  // Headers are no secrets by their type, but some are by what is in them.
  const lines = fields.filter(({ type }) => type === 'headers').flatMap(({ name }) => linesOf(settings, name));
  const values = lines.map((line) => line.slice(line.indexOf(':') + 1).trim());
  const long = values.filter((value) => value.length >= PIECE_LEAST);
  return [...found.filter((secret) => secret !== '').flatMap(partsOf), ...long];
}

/** Words of ours or of a library about these settings, without their secrets. */
export function wordsFor(text: string, settings: ChannelSettings, fields: readonly Field[]): string {
  return saidBy(text, secretsOf(settings, fields));
}
