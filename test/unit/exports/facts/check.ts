/**
 * What is exported, held against the formats' own schemas: ECS against Elastic's package, the others against facts of the schemas
 * that their makers publish (the files beside this one name them).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ecsFaults } from './ecs.ts';
import { ocsfFaults } from './ocsf.ts';

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
  ecs: without('sonde', ecsFaults),
  ocsf: ocsfFaults,
  stix: (bundle) => [...stixSchema(bundle), ...stixReferences(bundle), ...stixTimes(bundle)],
};

export interface ZeekFacts {
  logs: Record<string, Record<string, string>>;
  states: string[];
  protos: string[];
  cells: Record<string, string>;
}

export const zeekFacts = (): ZeekFacts => read('zeek-types.json') as unknown as ZeekFacts;
