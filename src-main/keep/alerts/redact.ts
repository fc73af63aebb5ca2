/** Takes secrets out of words that came from elsewhere. */
import { viewsOf } from './http/views.ts';

/** Shorter ones would take ordinary words apart. */
const LEAST = 4;
const WORDS_MAX = 500;
const MASK = '[secret]';
/** In its place while others are looked for: a secret may be in the word itself. No character of any text. */
const HOLE = '\ufffe';
/** For words in which a secret is written in a way that cannot be told from the rest. */
export const WITHHELD = 'the answer held a secret and is not shown';
/** How much longer a secret may become by being written in other ways, such as `\u0041` in JSON in JSON. */
const GROWTH = 12;
const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** `Bearer …`, `Basic …` and their like: what follows is the secret. */
const SCHEME = /^(?:basic|bearer|token|api-?key|[\w-]+(?=\s+\S{8}))\s+(\S+)$/i;

/** The user's name with the password, and the password alone, of a Basic header's value. */
function basicOf(value: string): string[] {
  const [, encoded] = /^basic\s+(\S+)$/i.exec(value) ?? [];
  if (encoded === undefined) return [];
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  return [decoded, decoded.slice(decoded.indexOf(':') + 1)];
}

/** The secrets with their parts that are as secret as the whole, the longest first: one may hold another. */
function partsOf(secrets: readonly string[]): string[] {
  const lines = secrets.flatMap((each) => [each, ...each.split('\n')]);
  const values = lines.flatMap((line) => [line, line.trim(), line.slice(line.indexOf(':') + 1).trim()]);
  const behind = values.flatMap((value) => [value, SCHEME.exec(value)?.[1] ?? '', ...basicOf(value)]);
  return [...new Set(behind)].filter((part) => part.length >= LEAST).toSorted((a, b) => b.length - a.length);
}

/** A secret as it often comes back: as it is, in an address, in JSON, in a form, in a header. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const address = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret.replace(/[&<>"]/g, (one) => HTML[one] ?? one);
  return [
    secret,
    ...[address, form].flatMap((each) => [each, each.replace(/%../g, (byte) => byte.toLowerCase())]),
    ...[json, json.replaceAll('/', '\\/')],
    ...[html, html.replaceAll("'", '&#39;'), html.replaceAll("'", '&#x27;').replaceAll('/', '&#x2F;')],
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

/** Text of any length without the usual forms of these secrets. */
export function withoutForms(text: string, secrets: readonly string[]): string {
  const forms = partsOf(secrets).flatMap(formsOf);
  return [...new Set(forms)]
    .filter((form) => form.length >= LEAST)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, form) => rest.replaceAll(form, HOLE), text.replaceAll(MASK, HOLE))
    .replaceAll(HOLE, MASK);
}

function holds(text: string, parts: readonly string[]): boolean {
  for (const view of viewsOf(text.replaceAll(MASK, HOLE))) if (parts.some((part) => view.includes(part))) return true;
  return false;
}

/**
 * The beginning of the text, as far as it can be shown, without words that hold a secret in whatever way it is written;
 * where it is spread over several words, nothing of them.
 */
export function withoutTraces(text: string, secrets: readonly string[]): string {
  const parts = partsOf(secrets);
  // What is cut off later may be the rest of a secret: it has to be found whole.
  const near = text.slice(0, WORDS_MAX + GROWTH * (parts[0]?.length ?? 0));
  if (parts.length === 0 || !holds(near, parts)) return near;
  const rest = near.replace(/\S+/g, (word) => (holds(word, parts) ? MASK : word));
  return holds(rest, parts) ? WITHHELD : rest;
}

/** `text` without these secrets, as one bounded piece. */
export function redacted(text: string, secrets: readonly string[]): string {
  return withoutTraces(withoutForms(text, secrets), secrets).slice(0, WORDS_MAX);
}
