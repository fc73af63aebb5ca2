/**
 * Documents of the Elastic Common Schema, held against the schema itself: Elastic's package `@elastic/ecs` is generated from it
 * and carries every field with its type, whether it is a list, patterns, and the values of those that have a closed list.
 */
import { isIP } from 'node:net';
import { EcsFlat, EcsVersion } from '@elastic/ecs';

interface EcsField {
  type: string;
  normalize: readonly string[];
  required?: boolean;
  pattern?: string;
  ignore_above?: number;
  allowed_values?: readonly { name: string; expected_event_types?: readonly string[] }[];
}

const FIELDS: ReadonlyMap<string, EcsField> = new Map(Object.entries(EcsFlat as unknown as Record<string, EcsField>));
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

const text = (value: unknown): boolean => typeof value === 'string' && value !== '';
const number = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

/** Elasticsearch's types. One that is not here is a fault: what it takes has to be told first. */
const TYPES: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['date', (value: unknown) => typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value))],
  ['keyword', text],
  ['constant_keyword', text],
  ['wildcard', text],
  ['match_only_text', (value: unknown) => typeof value === 'string'],
  ['long', (value: unknown) => Number.isSafeInteger(value)],
  ['integer', (value: unknown) => number(value) && Math.abs(value as number) < 2 ** 31 && Number.isInteger(value)],
  ['float', number],
  ['scaled_float', number],
  ['double', number],
  ['boolean', (value: unknown) => typeof value === 'boolean'],
  ['ip', (value: unknown) => typeof value === 'string' && isIP(value) > 0],
]);

/** What the schema says of fields in words only: names in small letters; and of its own `tls` for what others call ssl. */
const LOWERCASE = new Set(['network.transport', 'network.type', 'network.protocol', 'network.application']);
const NOT_A_PROTOCOL = 'ssl';

function flatten(value: unknown, path: string, into: Map<string, unknown>): Map<string, unknown> {
  const isField = FIELDS.has(path) && !['object', 'nested', 'flattened'].includes(FIELDS.get(path)!.type);
  if (isField || typeof value !== 'object' || value === null || Array.isArray(value)) return into.set(path, value);
  for (const [name, inner] of Object.entries(value)) flatten(inner, path === '' ? name : `${path}.${name}`, into);
  return into;
}

function oneValue(path: string, value: unknown, field: EcsField): string[] {
  if (TYPES.get(field.type)?.(value) !== true) return [`${path}: ${JSON.stringify(value)} is no ${field.type}`];
  const word = String(value);
  const faults: string[] = [];
  if (field.allowed_values && !field.allowed_values.some(({ name }) => name === word))
    faults.push(`${path}: ${word} is not among its values`);
  if (field.pattern !== undefined && !new RegExp(field.pattern, 'u').test(word)) faults.push(`${path}: ${word}`);
  if (field.ignore_above !== undefined && word.length > field.ignore_above) faults.push(`${path}: would not be found`);
  if (LOWERCASE.has(path) && word !== word.toLowerCase()) faults.push(`${path}: ${word} has capitals`);
  if (path === 'network.protocol' && word === NOT_A_PROTOCOL) faults.push(`${path}: ${word} is another name's`);
  return faults;
}

function fieldFaults(path: string, value: unknown): string[] {
  const field = FIELDS.get(path);
  if (!field) return [`${path} is no field of the schema`];
  if (Array.isArray(value) !== field.normalize.includes('array')) return [`${path}: a list, or none`];
  return (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((one) => oneValue(path, one, field));
}

/** Each type of an event is one that the schema expects of one of its categories. */
function typeFaults(flat: ReadonlyMap<string, unknown>): string[] {
  const list = (path: string): string[] => [(flat.get(path) ?? []) as string | string[]].flat();
  const categories = FIELDS.get('event.category')!.allowed_values!;
  const expected = list('event.category').flatMap(
    (category) => categories.find(({ name }) => name === category)?.expected_event_types ?? [],
  );
  return list('event.type').flatMap((type) => (expected.includes(type) ? [] : [`event.type: ${type} of no category`]));
}

/** What is wrong with a document; nothing: it follows the schema. */
export function ecsFaults(document: unknown): string[] {
  const flat = flatten(document, '', new Map());
  const faults = [...FIELDS].filter(([name, { required }]) => required === true && !flat.has(name));
  return [
    ...faults.map(([name]) => `${name} is missing`),
    ...(flat.get('ecs.version') === EcsVersion ? [] : [`ecs.version is not ${EcsVersion}`]),
    ...[...flat].flatMap(([path, value]) => fieldFaults(path, value)),
    ...typeFaults(flat),
  ];
}
