/** A channel as it is typed: from the fields of its kind to what the program is told. */
import type {
  AlertChannel,
  ChannelField,
  ChannelKindShown as ChannelKind,
} from '../../../../src-shared/contract/topics/alerts.ts';

type FieldValue = NonNullable<ChannelField['default']>;

export interface Draft {
  name: string;
  enabled: boolean;
  /** Switches as booleans, all else as typed; lists one a line. */
  values: Readonly<Record<string, string | boolean>>;
  /** Secrets as typed, headers one a line. Absent: as it is kept. */
  secrets: Readonly<Record<string, string>>;
  /** Names of secrets that are to be forgotten. */
  forget: readonly string[];
}

/** What is told to the program. */
export interface ChannelChange {
  name: string;
  kind: string;
  enabled: boolean;
  settings: Record<string, FieldValue>;
  secrets: Record<string, string>;
  forget: string[];
}

/** Kept apart and never shown again: headers too, since they mostly hold the key of some service. */
export const isSecret = ({ type }: ChannelField): boolean => type === 'secret' || type === 'headers';

function typed({ type }: ChannelField, value: FieldValue | undefined): string | boolean {
  if (type === 'switch') return value === true;
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join('\n') : String(value);
}

/** `settings`: what is kept; where it says nothing, what is usual. */
function valuesOf({ fields }: ChannelKind, settings: Readonly<Record<string, FieldValue>>): Draft['values'] {
  const plain = fields.filter((field) => !isSecret(field));
  return Object.fromEntries(plain.map((field) => [field.name, typed(field, settings[field.name] ?? field.default)]));
}

/** "Webhook", or "Webhook 2" where there is one. */
function freeName(title: string, taken: ReadonlySet<string>): string {
  if (!taken.has(title)) return title;
  let number = 2;
  while (taken.has(`${title} ${number}`)) number++;
  return `${title} ${number}`;
}

export function newDraft(kind: ChannelKind, channels: readonly Pick<AlertChannel, 'name'>[]): Draft {
  const name = freeName(kind.title, new Set(channels.map((channel) => channel.name)));
  return { name, enabled: true, values: valuesOf(kind, {}), secrets: {}, forget: [] };
}

export function draftOf(kind: ChannelKind, { name, enabled, settings }: AlertChannel): Draft {
  return { name, enabled, values: valuesOf(kind, settings), secrets: {}, forget: [] };
}

/** As they stand, since a space may matter to whoever takes them; empty ones count for nothing. */
function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function valueOf({ type }: ChannelField, value: string | boolean): FieldValue | undefined {
  if (typeof value === 'boolean') return value;
  if (type === 'lines') return linesOf(value);
  const text = value.trim();
  if (text === '') return undefined;
  return type === 'number' || type === 'port' ? Number(text) : text;
}

/** Of a draft without faults. */
export function changeOf(kind: ChannelKind, { name, enabled, values, secrets, forget }: Draft): ChannelChange {
  const settings: Record<string, FieldValue> = {};
  for (const field of kind.fields) {
    const value = isSecret(field) ? undefined : valueOf(field, values[field.name] ?? '');
    if (value !== undefined) settings[field.name] = value;
  }
  const given = Object.entries(secrets).filter(([, secret]) => secret.trim() !== '');
  return {
    name: name.trim(),
    kind: kind.id,
    enabled,
    settings,
    secrets: Object.fromEntries(given),
    forget: [...forget],
  };
}

export const NEEDED = 'This is needed.';
const PORT_MAX = 65_535;

function numberFault({ type, min, max }: ChannelField, text: string): string | null {
  const value = Number(text);
  const [least, most] = type === 'port' ? [min ?? 1, max ?? PORT_MAX] : [min, max];
  if (!Number.isFinite(value) || (type === 'port' && !Number.isInteger(value))) return 'Write a number.';
  if (least !== undefined && value < least) return `At least ${least}.`;
  return most !== undefined && value > most ? `At most ${most}.` : null;
}

const TEXT_FAULTS: Partial<Record<ChannelField['type'], (text: string) => string | null>> = {
  url: (text) => (URL.canParse(text.trim()) ? null : 'Write a whole address, as https://example.com/path.'),
  host: (text) => (/^\S+$/.test(text.trim()) ? null : 'Write a name or an address, without spaces.'),
  headers: (text) => {
    const at = linesOf(text).findIndex((line) => !/^[^\s:]+:/.test(line));
    return at < 0 ? null : `Line ${at + 1} is not of the form Name: value.`;
  },
};

function fieldFault(field: ChannelField, value: string | boolean): string | null {
  if (typeof value === 'boolean') return null;
  if (value.trim() === '') return field.required ? NEEDED : null;
  if (field.type === 'number' || field.type === 'port') return numberFault(field, value);
  return TEXT_FAULTS[field.type]?.(value) ?? null;
}

/** `kept`: whether there is one. */
function secretFault(field: ChannelField, { secrets, forget }: Draft, kept: boolean): string | null {
  const value = secrets[field.name] ?? '';
  if (value.trim() !== '') return fieldFault(field, value);
  return field.required && (!kept || forget.includes(field.name)) ? NEEDED : null;
}

/** What is wrong, by field; `kept`: secrets that are there. What the kind alone knows is said by the program. */
export function faultsOf(kind: ChannelKind, draft: Draft, kept: readonly string[]): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const field of kind.fields) {
    const fault = isSecret(field)
      ? secretFault(field, draft, kept.includes(field.name))
      : fieldFault(field, draft.values[field.name] ?? '');
    if (fault !== null) faults[field.name] = fault;
  }
  return faults;
}
