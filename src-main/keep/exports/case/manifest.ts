/** The manifest of a case: what is in it, with the hash of each part and of the whole. */
import { createHash } from 'node:crypto';
import { z } from '../../../../src-shared/contract/schema.ts';
import { SEVERITIES } from '../../../../src-shared/domain/incident.ts';
import { SondeError } from '../../../../src-shared/errors.ts';

export const CASE_SCHEMA = 'sonde.case/1';
export const MANIFEST = 'manifest.json';
export const DATABASE = 'database.sqlite';
export const SETTINGS = 'settings.json';
export const AUDIT = 'audit.ndjson';
export const MANIFEST_MAX = 4 * 1024 ** 2;
export const INCIDENTS_MAX = 100;

const GIB = 1024 ** 3;
/** Bytes of all parts together at most. */
export const TOTAL_MAX = 32 * GIB;
const PARTS_MAX = 2 * INCIDENTS_MAX + 3;

export const reportName = (number: number): string => `report/${number}.html`;
export const packetsName = (number: number): string => `packets/${number}.pcapng`;

/** Names that a part may have, all of them, and how large it may be. No other name is ever written to a disk. */
const NAMES: readonly (readonly [RegExp, number])[] = [
  [/^database\.sqlite$/, 16 * GIB],
  [/^settings\.json$/, 4 * 1024 ** 2],
  [/^audit\.ndjson$/, GIB],
  [/^report\/[1-9]\d{0,2}\.html$/, GIB / 4],
  [/^packets\/[1-9]\d{0,2}\.pcapng$/, 16 * GIB],
];

/** Milliseconds that a Date can be of. */
const MOMENT_MAX = 8.64e15;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().max(4096);

const size = z.int().min(0);
const part = z.strictObject({ name: z.string().max(64), bytes: size, sha256 });
export type CasePart = z.infer<typeof part>;

export const manifestShape = z.strictObject({
  schema: z.literal(CASE_SCHEMA),
  title: text,
  note: text,
  /** Milliseconds since 1970, and who made it with what. */
  createdAt: z.number().min(-MOMENT_MAX).max(MOMENT_MAX),
  createdBy: text,
  program: text,
  incidents: z
    .array(z.strictObject({ capture: z.int(), uid: text, kind: text, severity: z.enum(SEVERITIES), title: text }))
    .min(1)
    .max(INCIDENTS_MAX),
  /** The captures, and the files they were read from; '' where no hash was taken. */
  captures: z
    .array(
      z.strictObject({
        number: z.int().min(1).max(INCIDENTS_MAX),
        capture: z.int(),
        name: text,
        inputs: z.array(z.strictObject({ name: text, sha256: z.union([sha256, z.literal('')]), bytes: size })),
        /** Packets of it in the case; why there are none, else ''. */
        packets: size,
        left: text,
      }),
    )
    .min(1)
    .max(INCIDENTS_MAX),
  parts: z.array(part).min(1).max(PARTS_MAX),
  /** Of all of the above: the hash of the case. */
  sha256,
});
export type CaseManifest = z.infer<typeof manifestShape>;

/** JSON with the keys of every object in order: the same facts are the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}

export function sealed(facts: Omit<CaseManifest, 'sha256'>): CaseManifest {
  return { ...facts, sha256: createHash('sha256').update(canonical(facts)).digest('hex') };
}

export function damaged(path: string, what: string): SondeError {
  return new SondeError('damaged-case', `${path}: ${what}`, path, 'Ask for the case again; do not rely on this file.');
}

function partFault({ name, bytes }: CasePart): string | null {
  const most = NAMES.find(([pattern]) => pattern.test(name))?.[1];
  if (most === undefined) return 'names a part that no case has';
  return bytes > most ? `says that the part ${name} is larger than any may be` : null;
}

/** @throws SondeError `damaged-case` naming the manifest, `wrong-version` for one of a newer Sonde */
export function readManifest(path: string, json: string): CaseManifest {
  const wrong = (what: string): SondeError => damaged(path, `its part ${MANIFEST} ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw wrong('is not JSON');
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof schema === 'string' && /^sonde\.case\/\d+$/.test(schema) && schema !== CASE_SCHEMA)
    throw new SondeError('wrong-version', `${path}: made by a newer Sonde (${schema})`, path, 'Update Sonde.');
  const parsed = manifestShape.safeParse(value);
  if (!parsed.success) throw wrong('is not one of a case');
  const { sha256: said, ...facts } = parsed.data;
  if (sealed(facts).sha256 !== said) throw wrong('was changed: its hash is another');
  const names = facts.parts.map(({ name }) => name);
  const fault = facts.parts.map(partFault).find((each) => each !== null);
  if (fault !== undefined) throw wrong(fault);
  if (new Set(names).size !== names.length) throw wrong('names a part twice');
  if (!names.includes(DATABASE)) throw wrong(`names no ${DATABASE}`);
  if (facts.parts.reduce((sum, { bytes }) => sum + bytes, 0) > TOTAL_MAX)
    throw wrong('says that it is larger than any may be');
  return parsed.data;
}
