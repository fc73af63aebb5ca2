/**
 * Findings of OCSF, held against facts of its schema (`ocsf-schema.json`) by the rules by which the schema's own server
 * validates: attributes and their types, what is required, enumerations and the captions beside them, constraints, `type_uid`,
 * and observables, each of which has to name an attribute of the event that holds its value.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

type Json = Record<string, unknown>;

interface OcsfObject {
  attributes: Record<string, string>;
  enums?: Record<string, Record<string, string>>;
  siblings?: Record<string, string>;
  at_least_one?: string[];
}

interface OcsfFacts {
  version: string;
  category: [number, string];
  class: [number, string];
  objects: Record<string, OcsfObject>;
}

const FACTS = JSON.parse(readFileSync(join(import.meta.dirname, 'ocsf-schema.json'), 'utf8')) as OcsfFacts;
const MOST_INTEGER = 2 ** 31;
const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  boolean_t: (value) => typeof value === 'boolean',
  integer_t: (value) => Number.isInteger(value) && Math.abs(value as number) < MOST_INTEGER,
  long_t: Number.isSafeInteger,
  timestamp_t: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  port_t: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 16,
  string_t: (value) => typeof value === 'string',
  hostname_t: (value) => typeof value === 'string' && value !== '',
  ip_t: (value) => typeof value === 'string' && isIP(value) > 0,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

function attributeFaults(path: string, value: unknown, described: string): string[] {
  const type = described.replace(/!$/, '');
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return (value as unknown[]).flatMap((one, i) => attributeFaults(`${path}[${i}]`, one, type.slice(0, -2)));
  }
  const inner = FACTS.objects[type];
  if (inner && TYPES['object']!(value)) return objectFaults(path, value as Json, inner);
  return TYPES[type]?.(value) === true ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`];
}

function objectFaults(path: string, value: Json, facts: OcsfObject): string[] {
  const { attributes, enums = {}, siblings = {}, at_least_one: some } = facts;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const missing = Object.keys(attributes).filter((name) => attributes[name]!.endsWith('!') && !(name in value));
  const present = Object.entries(value).flatMap(([name, one]) =>
    attributes[name] === undefined ? [`${at(name)} is no attribute`] : attributeFaults(at(name), one, attributes[name]),
  );
  const captions = Object.entries(enums).flatMap(([name, captionOf]) => {
    if (!(name in value)) return [];
    const caption = captionOf[String(value[name])];
    if (caption === undefined) return [`${at(name)}: ${String(value[name])} is not among its values`];
    const beside = siblings[name];
    const isOther = beside === undefined || !(beside in value) || value[beside] === caption;
    return isOther ? [] : [`${at(beside)}: ${String(value[beside])} where ${at(name)} says ${caption}`];
  });
  const constraint = some && !some.some((name) => name in value) ? [`${path}: at least one of ${some.join(', ')}`] : [];
  return [...missing.map((name) => `${at(name)} is missing`), ...present, ...captions, ...constraint];
}

/** What stands at a path; members of lists are all of them. */
function valuesAt(from: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (Array.isArray(from)) return from.flatMap((one) => valuesAt(one, name === undefined ? [] : [name, ...rest]));
  if (name === undefined) return [from];
  return TYPES['object']!(from) && name in (from as Json) ? valuesAt((from as Json)[name], rest) : [];
}

function observableFaults(event: Json): string[] {
  const observables = (event['observables'] ?? []) as { name: string; value?: unknown }[];
  return observables.flatMap(({ name, value }) =>
    valuesAt(event, name.split('.')).includes(value) ? [] : [`no ${String(value)} at ${name}`],
  );
}

function uidFaults(event: Json): string[] {
  const [classUid, className] = FACTS.class;
  const [categoryUid, categoryName] = FACTS.category;
  const expected: Json = {
    category_uid: categoryUid,
    category_name: categoryName,
    class_uid: classUid,
    class_name: className,
    type_uid: classUid * 100 + Number(event['activity_id']),
    type_name: `${className}: ${String(event['activity_name'])}`,
  };
  const wrong = Object.entries(expected).filter(([name, value]) => event[name] !== value);
  const version = (event['metadata'] as Json | undefined)?.['version'];
  return [
    ...wrong.map(([name]) => `${name} is not as its class says`),
    ...(version === FACTS.version ? [] : ['version']),
  ];
}

/** What is wrong with an event; nothing: it follows the schema. */
export function ocsfFaults(event: unknown): string[] {
  const finding = event as Json;
  return [
    ...objectFaults('', finding, FACTS.objects['detection_finding']!),
    ...uidFaults(finding),
    ...observableFaults(finding),
  ];
}
