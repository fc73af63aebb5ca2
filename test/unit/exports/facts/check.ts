/**
 * What is exported, held against what the formats' own documents say (the files beside this one): schemas of facts written by
 * us, since no package that could be installed carries the formats' own.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;
/** What is wrong with a document; nothing: it is what the format asks for. */
export type Check = (document: unknown) => string[];

const read = (name: string): Json => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as Json;

function bySchema(name: string): Check {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  addFormats.default(ajv);
  const validate = ajv.compile(read(name));
  return (document) => {
    if (validate(document)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  };
}

/** Sonde's own incident stands beside the format's fields. */
const without =
  (name: string, check: Check): Check =>
  (document) => {
    const { [name]: _own, ...rest } = document as Json;
    return check(rest);
  };

interface EcsField {
  type: 'date' | 'text' | 'keyword' | 'long' | 'float' | 'ip';
  list?: boolean;
  lowercase?: boolean;
  values?: string[];
  not?: string[];
}

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

const ECS_TYPES: Record<EcsField['type'], (value: unknown) => boolean> = {
  date: (value) => typeof value === 'string' && DATE.test(value),
  text: (value) => typeof value === 'string',
  keyword: (value) => typeof value === 'string' && value !== '',
  long: (value) => Number.isSafeInteger(value),
  float: (value) => typeof value === 'number' && Number.isFinite(value),
  ip: (value) => typeof value === 'string' && isIP(value) > 0,
};

function flatten(value: unknown, path: string, into: Map<string, unknown>): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return into.set(path, value);
  for (const [name, inner] of Object.entries(value)) flatten(inner, path === '' ? name : `${path}.${name}`, into);
  return into;
}

function ecsValue(path: string, value: unknown, field: EcsField): string[] {
  if (Array.isArray(value) !== (field.list ?? false)) return [`${path}: a list, or none`];
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  return values.flatMap((one) => {
    if (!ECS_TYPES[field.type](one)) return [`${path}: ${JSON.stringify(one)} is no ${field.type}`];
    const text = String(one);
    if (field.values && !field.values.includes(text)) return [`${path}: ${text} is not among its values`];
    if (field.not?.includes(text)) return [`${path}: ${text} is another name's`];
    return field.lowercase && text !== text.toLowerCase() ? [`${path}: ${text} has capitals`] : [];
  });
}

function ecsCheck(): Check {
  const facts = read('ecs-fields.json') as unknown as {
    version: string;
    fields: Record<string, EcsField>;
    required: string[];
  };
  return (document) => {
    const flat = flatten(document, '', new Map());
    const faults = facts.required.filter((name) => !flat.has(name)).map((name) => `${name} is missing`);
    if (flat.get('ecs.version') !== facts.version) faults.push('another version');
    for (const [path, value] of flat) {
      const field = facts.fields[path];
      faults.push(...(field ? ecsValue(path, value, field) : [`${path} is no field of the schema`]));
    }
    return faults;
  };
}

/** Every reference in a bundle leads to an object in it, and no id is there twice. */
const stixReferences: Check = (bundle) => {
  const { objects } = bundle as { objects: (Json & { id: string })[] };
  const ids = objects.map(({ id }) => id);
  const known = new Set(ids);
  const references = objects.flatMap((object) =>
    Object.entries(object).flatMap(([name, value]) =>
      name.endsWith('_ref') ? [value as string] : name.endsWith('_refs') ? (value as string[]) : [],
    ),
  );
  const twice = ids.length === known.size ? [] : ['an id is there twice'];
  return [...twice, ...references.filter((id) => !known.has(id)).map((id) => `${id} is not there`)];
};

/** What a standard says in words: an end is not before its beginning. */
const stixTimes: Check = (bundle) => {
  const { objects } = bundle as { objects: Json[] };
  const pairs = [
    ['created', 'modified'],
    ['first_observed', 'last_observed'],
    ['first_seen', 'last_seen'],
    ['start', 'end'],
  ] as const;
  return objects.flatMap((object) =>
    pairs.flatMap(([from, to]) =>
      typeof object[from] === 'string' && String(object[to]) < object[from] ? [`${to} is before ${from}`] : [],
    ),
  );
};

const stixSchema = bySchema('stix.schema.json');

export const CHECKS: Readonly<Record<'eve' | 'ecs' | 'ocsf' | 'stix', Check>> = {
  eve: without('sonde', bySchema('eve.schema.json')),
  ecs: without('sonde', ecsCheck()),
  ocsf: bySchema('ocsf.schema.json'),
  stix: (bundle) => [...stixSchema(bundle), ...stixReferences(bundle), ...stixTimes(bundle)],
};

export interface ZeekFacts {
  logs: Record<string, Record<string, string>>;
  states: string[];
  protos: string[];
  cells: Record<string, string>;
}

export const zeekFacts = (): ZeekFacts => read('zeek-types.json') as unknown as ZeekFacts;
