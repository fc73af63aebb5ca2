/**
 * For scripts: scores of single records and incidents over HTTP, by a bearer token. No cookie lets anyone in, and no page of
 * a browser may ask: then no other site can make a browser ask for it.
 */
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

export interface ApiOptions {
  desk: Desk;
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
    if (method === 'GET' && at === '/openapi.json') return json(response, 200, openApi(this.described()));
    this.options.admit(request);
    if (method === 'GET' && at === '/health') return json(response, 200, this.health());
    if (method === 'GET' && at === '/incidents') return json(response, 200, await this.incidents(url.searchParams));
    if (method === 'POST' && at === '/score') return json(response, 200, await this.score(request));
    throw noSuch(method, pathname);
  }

  /** The columns of a record are part of the document where a model says which. */
  private described() {
    return this.options.model?.model.needed;
  }

  private modelReport() {
    const { model: named } = this.options;
    if (!named) return null;
    const { detector, format, threshold } = named.model.description;
    return { name: named.name, sha256: named.sha256, detector, format, threshold: threshold.score };
  }

  private health() {
    const { desk } = this.options;
    const uptimeSeconds = Math.max(0, Math.floor((desk.now() - desk.started) / 1000));
    return { schema: 'sonde.health/1', status: 'ok', version: VERSION, uptimeSeconds, model: this.modelReport() };
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
    const named = this.options.model;
    if (!/^application\/json(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw new SondeError('bad-request', 'the body is not said to be JSON', 'Content-Type', 'Send application/json.');
    }
    if (!named) {
      const cure = 'Start it with --model MODEL (sonde train --records FILE… --detector ID --out MODEL).';
      throw new SondeError('not-found', 'there is no model of records to score by', 'model', cure);
    }
    const parsed = scoreRequest.safeParse(parseJson(await smallBody(request, BODY_MAX)));
    if (!parsed.success) throw new SondeError('bad-request', faultsOf(parsed.error), '/api/v1/score', '');
    // Whoever scores no records need not load the detectors.
    const { scoreRecord } = await import('../../detect/lab/record.ts');
    const results: RecordVerdict[] = [];
    for (const [i, record] of parsed.data.records.entries()) {
      results.push(naming(i, () => scoreRecord(named.model, record)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { schema: 'sonde.record-scores/1', model: this.modelReport(), results };
  }
}

/** Errors say which of the records they are about. */
function naming(at: number, work: () => RecordVerdict): RecordVerdict {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SondeError)) throw error;
    throw new SondeError(error.code, `records[${at}]: ${error.message}`, error.where, error.cure, { cause: error });
  }
}
