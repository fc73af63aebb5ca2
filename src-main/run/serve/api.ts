/**
 * For scripts: scores of single records and incidents over HTTP, by a bearer token. No cookie lets anyone in, and no page of
 * a browser may ask: then no other site can make a browser ask for it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { contract } from '../../../src-shared/contract/index.ts';
import { faultsOf } from '../../../src-shared/contract/dispatch.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { VERSION } from '../../../src-shared/version.ts';
import type { LabModel } from '../../detect/lab/lab-model.ts';
import type { RecordVerdict } from '../../detect/lab/record.ts';
import { asLane } from '../../keep/store/lanes.ts';
import type { Desk } from '../api/desk.ts';
import type { KeyedModel } from '../api/scoring/records.ts';
import { resourcePath } from '../paths.ts';
import { isOurFetch } from './guards.ts';
import { openApi, API_ROOT } from './openapi.ts';
import { json, parseJson, smallBody } from './plain-http.ts';

/** Records of one request: each takes up to a tenth of a second, and others wait no longer than for one. */
export const RECORDS_MAX = 32;
const BODY_MAX = 256 * 1024;
const LISTS = ['statuses', 'kinds', 'severities'];
const NUMBERS = ['capture', 'limit', 'since'];

export interface RecordModel {
  model: LabModel;
  name: string;
  /** Of the file, in hex. */
  sha256: string;
}

/** The model that ships with Sonde, which scores flows. */
const BASE: KeyedModel = { key: 'base', source: () => Promise.resolve({ kind: 'base' }) };

/** What of a model is told. */
interface ModelReport {
  name: string;
  sha256: string;
  detector: string;
  format: string;
  threshold: number;
}

async function reportBase(): Promise<ModelReport> {
  // Neither is needed before somebody asks.
  const { FALSE_ALARM_SHARE } = await import('../../detect/detectors/triage.ts');
  const sha256 = createHash('sha256')
    .update(await readFile(resourcePath('models', 'base.model')))
    .digest('hex');
  return { name: 'base', sha256, detector: 'ensemble', format: 'sonde-features', threshold: 1 - FALSE_ALARM_SHARE };
}

export interface ApiOptions {
  desk: Desk;
  /** Scores records; absent: the model that ships with Sonde scores flows. */
  model?: RecordModel;
  /** @throws SondeError for a request without the right token. */
  admit(request: IncomingMessage): void;
}

const scoreRequest = z.strictObject({
  records: z
    .array(z.record(z.string().max(256), z.union([z.string(), z.number(), z.boolean(), z.null()])))
    .min(1)
    .max(RECORDS_MAX),
});

type ScriptRecord = z.infer<typeof scoreRequest>['records'][number];

function withoutBooleans(record: ScriptRecord): Record<string, string | number | null> {
  const plain = Object.entries(record).map(
    ([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value] as const,
  );
  return Object.fromEntries(plain);
}

/** The token of a request; undefined where it has none. */
export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +([\w.~+/=-]{1,256})$/i.exec(headers.authorization ?? '')?.[1];
}

function noSuch(method: string, pathname: string): SondeError {
  const cure = `See ${API_ROOT}/openapi.json.`;
  return new SondeError('not-found', `${method} ${pathname}: there is no such thing`, pathname, cure);
}

export class Api {
  private readonly options: ApiOptions;
  private base: Promise<ModelReport> | undefined;

  constructor(options: ApiOptions) {
    this.options = options;
  }

  static serves(pathname: string): boolean {
    return pathname === '/api' || pathname.startsWith('/api/');
  }

  async answer(request: IncomingMessage, response: ServerResponse, url: URL, method: string): Promise<void> {
    if (request.headers.origin !== undefined || !isOurFetch(request)) {
      throw new SondeError('not-allowed', 'this is for scripts, not for pages', 'Origin', '');
    }
    const { pathname } = url;
    const at = pathname.slice(API_ROOT.length);
    if (!pathname.startsWith(`${API_ROOT}/`)) throw noSuch(method, pathname);
    if (method === 'GET' && at === '/openapi.json') return json(response, 200, openApi(await this.described()));
    this.options.admit(request);
    if (method === 'GET' && at === '/health') return json(response, 200, await this.health());
    if (method === 'GET' && at === '/incidents') return json(response, 200, await this.incidents(url.searchParams));
    if (method === 'POST' && at === '/score') return json(response, 200, await this.score(request));
    throw noSuch(method, pathname);
  }

  /** The columns of a record are part of the document. */
  private async described() {
    if (this.options.model) return this.options.model.model.needed;
    return (await import('../../detect/lab/flow-values.ts')).FLOW_RECORD_COLUMNS;
  }

  private modelReport(): ModelReport | Promise<ModelReport> {
    const { model: named } = this.options;
    if (!named) return (this.base ??= reportBase());
    const { detector, format, threshold } = named.model.description;
    return { name: named.name, sha256: named.sha256, detector, format, threshold: threshold.score };
  }

  private async health() {
    const { desk } = this.options;
    const uptimeSeconds = Math.max(0, Math.floor((desk.now() - desk.started) / 1000));
    const model = await this.modelReport();
    return { schema: 'sonde.health/1', status: 'ok', version: VERSION, uptimeSeconds, model };
  }

  private async incidents(query: URLSearchParams) {
    const given = Object.fromEntries(
      [...query].map(([name, value]): [string, unknown] => {
        if (LISTS.includes(name)) return [name, value.split(',')];
        return [name, NUMBERS.includes(name) && value !== '' ? Number(value) : value];
      }),
    );
    const parsed = contract.incidents.list.input.safeParse(given);
    if (!parsed.success) throw new SondeError('bad-request', faultsOf(parsed.error), '/api/v1/incidents', '');
    return asLane('api', () => this.options.desk.readers.ask('listIncidents', [parsed.data]));
  }

  private async score(request: IncomingMessage) {
    if (!/^application\/json(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw new SondeError('bad-request', 'the body is not said to be JSON', 'Content-Type', 'Send application/json.');
    }
    const parsed = scoreRequest.safeParse(parseJson(await smallBody(request, BODY_MAX)));
    if (!parsed.success) throw new SondeError('bad-request', faultsOf(parsed.error), '/api/v1/score', '');
    const judge = await this.judge();
    const results: RecordVerdict[] = [];
    for (const [i, record] of parsed.data.records.entries()) {
      results.push(await naming(i, () => judge(record)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { schema: 'sonde.record-scores/1', model: await this.modelReport(), results };
  }

  private async judge(): Promise<(record: ScriptRecord) => RecordVerdict | Promise<RecordVerdict>> {
    const { model: named, desk } = this.options;
    if (!named) return (record) => desk.records.score(BASE, withoutBooleans(record));
    // Whoever scores no records need not load the detectors.
    const { scoreRecord } = await import('../../detect/lab/record.ts');
    return (record) => scoreRecord(named.model, record);
  }
}

/** Errors say which of the records they are about. */
async function naming(at: number, work: () => RecordVerdict | Promise<RecordVerdict>): Promise<RecordVerdict> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SondeError)) throw error;
    throw new SondeError(error.code, `records[${at}]: ${error.message}`, error.where, error.cure, { cause: error });
  }
}
