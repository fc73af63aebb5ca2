/** A channel's settings, held to the fields of its kind. No value is ever named in a fault: it may be a secret. */
import { SondeError } from '../../../src-shared/errors.ts';
import type { ChannelKind, ChannelSettings, Field, FieldValue } from './types.ts';

const TEXT_MAX = 4096;
const LINES_MAX = 100;

/** Kept apart and never shown again. Headers are, because what is written there is mostly a key of some service. */
export const isSecret = ({ type }: Field): boolean => type === 'secret' || type === 'headers';

const isList = (value: FieldValue): value is readonly string[] => Array.isArray(value);
const isEmpty = (value: FieldValue | undefined): boolean =>
  value === undefined || value === '' || (isList(value) && value.length === 0);

function textFault(field: Field, value: FieldValue): string | null {
  if (typeof value !== 'string') return 'has to be a text';
  const most = field.maxLength ?? TEXT_MAX;
  if (value.length > most) return `may have ${most} characters at most`;
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value)) return 'holds characters that nobody can see';
  return null;
}

function urlFault(field: Field, value: FieldValue): string | null {
  const fault = textFault(field, value);
  if (fault !== null) return fault;
  const url = URL.parse(String(value));
  if (!url || !/^https?:$/.test(url.protocol)) return 'has to be an address like https://example.com/path';
  return url.username + url.password === '' ? null : 'must not hold a name and password: there are fields for secrets';
}

function numberFault(value: FieldValue, min: number, max: number, whole: boolean): string | null {
  const fits = typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));
  if (fits) return null;
  const what = whole ? 'a whole number' : 'a number';
  return `has to be ${what} from ${min} to ${max}`;
}

function linesFault(field: Field, value: FieldValue): string | null {
  if (!isList(value)) return 'has to be a list of texts';
  if (value.length > LINES_MAX) return `may have ${LINES_MAX} lines at most`;
  return value.map((line) => textFault(field, line)).find((fault) => fault !== null) ?? null;
}

function fieldFault(field: Field, value: FieldValue): string | null {
  const { min = -Number.MAX_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = field;
  switch (field.type) {
    case 'text':
    case 'secret':
    case 'host':
      return textFault(field, value);
    case 'url':
      return urlFault(field, value);
    case 'port':
      return numberFault(value, 1, 65_535, true);
    case 'number':
      return numberFault(value, min, max, false);
    case 'choice':
      if (field.options?.some((option) => option.value === value) === true) return null;
      return `has to be one of ${field.options?.map((option) => option.value).join(', ') ?? 'nothing'}`;
    case 'switch':
      return typeof value === 'boolean' ? null : 'has to be true or false';
    case 'lines':
    case 'headers':
      return linesFault(field, value);
  }
}

/** As a form or a file gives it: lines may come as one text. */
function normal(field: Field, value: FieldValue): FieldValue {
  if (field.type !== 'lines' && field.type !== 'headers') return value;
  if (typeof value !== 'string') return value;
  return value.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function wrong(where: string, what: string): SondeError {
  return new SondeError('bad-request', `${where}: ${what}`, where, 'Correct it and try again.');
}

/** What is given, each field sound by itself; what is empty counts as not given. @throws SondeError `bad-request` */
export function checkedFields(
  kind: ChannelKind,
  given: Readonly<Record<string, FieldValue>>,
  where: string,
): Record<string, FieldValue> {
  const fields = new Map(kind.fields.map((field) => [field.name, field]));
  const checked: Record<string, FieldValue> = {};
  for (const [name, asked] of Object.entries(given)) {
    const field = fields.get(name);
    if (!field) throw wrong(where, `${kind.title} has no field ${name}`);
    const value = normal(field, asked);
    if (isEmpty(value)) continue;
    const fault = fieldFault(field, value);
    if (fault !== null) throw wrong(where, `${field.label} ${fault}`);
    checked[name] = value;
  }
  return checked;
}

/**
 * What is given, complete with the defaults of its kind, and sound.
 *
 * @param where names the channel in the error
 * @throws SondeError `bad-request`
 */
export function checkedSettings(
  kind: ChannelKind,
  given: Readonly<Record<string, FieldValue>>,
  where: string,
): ChannelSettings {
  const settings = checkedFields(kind, given, where);
  for (const { name, label, required, default: usual } of kind.fields) {
    if (settings[name] !== undefined) continue;
    if (usual !== undefined) settings[name] = usual;
    else if (required === true) throw wrong(where, `${label} is missing`);
  }
  const fault = kind.fault?.(settings) ?? null;
  if (fault !== null) throw wrong(where, fault);
  return settings;
}

export interface Divided {
  open: Record<string, FieldValue>;
  secret: Record<string, FieldValue>;
}

/** Fields that are shown, and those that are not. */
export function divided(kind: ChannelKind, settings: Readonly<Record<string, FieldValue>>): Divided {
  const secrets = new Set(kind.fields.filter(isSecret).map(({ name }) => name));
  const out: Divided = { open: {}, secret: {} };
  for (const [name, value] of Object.entries(settings)) out[secrets.has(name) ? 'secret' : 'open'][name] = value;
  return out;
}

/** Texts of secret fields, also their parts: none may stand in any words. */
export function secretTexts(kind: ChannelKind, settings: ChannelSettings): string[] {
  const values = Object.values(divided(kind, settings).secret).flatMap((value): FieldValue[] =>
    isList(value) ? [...value] : [value],
  );
  const texts = values.map(String).filter((text) => text !== '');
  // Of `name:password` and of `Header: value` what stands behind is as secret as the whole.
  const behind = texts.map((text) => text.slice(text.indexOf(':') + 1).trim());
  return [...new Set([...texts, ...behind])];
}

/** Where messages go to: whoever changes one of these has to know the secrets that are sent there. */
export function destination(kind: ChannelKind, settings: Readonly<Record<string, FieldValue>>): string {
  const parts = kind.fields.map(({ name, type }) => {
    const value = settings[name];
    if (type === 'url') return URL.parse(String(value ?? ''))?.origin ?? '';
    return type === 'host' || type === 'port' ? String(value ?? '') : '';
  });
  return JSON.stringify(parts);
}
