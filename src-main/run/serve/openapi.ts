/** What scripts may ask, as an OpenAPI document. */
import { contract } from '../../../src-shared/contract/index.ts';
import { z } from '../../../src-shared/contract/schema.ts';
import { ERROR_CODES } from '../../../src-shared/errors.ts';
import { VERSION } from '../../../src-shared/version.ts';
import type { ColumnSpec } from '../../detect/lab/formats/types.ts';
import type { Verdict } from '../../detect/lab/record.ts';

export const API_ROOT = '/api/v1';

const VERDICTS: readonly Verdict[] = ['anomalous', 'ordinary'];
const text = { type: 'string' };
const number = { type: 'number' };
const share = { type: 'number', minimum: 0, maximum: 1 };
const count = { type: 'integer', minimum: 0 };
const value = { type: ['number', 'string', 'null'] };
const list = (items: object): object => ({ type: 'array', items });
const object = (properties: Record<string, object>): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

const model = object({ name: text, sha256: text, detector: text, format: text, threshold: share });

const verdict = object({
  score: { ...share, description: 'Share of ordinary records that are less unusual.' },
  raw: { ...number, description: 'What the detector itself says.' },
  verdict: { enum: VERDICTS },
  threshold: { ...share, description: 'The score from which on a record is anomalous.' },
  certainty: { ...share, description: 'Of the ways to fill in what is unknown, the share that are anomalous.' },
  unknown: { ...list(text), description: 'Columns of which nothing was said.' },
  unused: { ...list(text), description: 'Names that the model does not use.' },
  reasons: list(object({ column: text, value, usual: value, contribution: number, text })),
  nearest: list(
    object({
      distance: number,
      attack: { type: 'boolean' },
      kind: text,
      values: { type: 'object', additionalProperties: value },
    }),
  ),
  impossible: list(object({ columns: list(text), message: text })),
});

const problem = object({ code: { enum: ERROR_CODES }, message: text, where: text, cure: text });

function recordSchema(columns: readonly ColumnSpec[]): object {
  const any = { type: 'object', additionalProperties: { type: ['number', 'string', 'boolean', 'null'] } };
  const description = 'By column. What is left out, null or empty is unknown; "-" is unset.';
  const properties = columns.map(({ name, kind, range }): [string, object] => [
    name,
    kind === 'numeric'
      ? { type: ['number', 'string', 'null'], ...(range && { description: `From ${range[0]} to ${range[1]}.` }) }
      : { type: ['string', 'number', 'null'] },
  ]);
  return { ...any, description, properties: Object.fromEntries(properties) };
}

const content = (schema: object): object => ({ 'application/json': { schema } });
const failures = Object.fromEntries(
  ['400', '401', '403', '404', '429'].map((status) => [status, { $ref: '#/components/responses/Problem' }]),
);

function answer(description: string, schema: object): object {
  return { 200: { description, content: content(schema) }, ...failures };
}

/** Parameters of GET /incidents, as the contract has them. */
function parameters(): object[] {
  const { properties = {} } = z.toJSONSchema(contract.incidents.list.input, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => {
    const isList = typeof schema === 'object' && schema.type === 'array';
    return { name, in: 'query', schema, ...(isList && { style: 'form', explode: false }) };
  });
}

/** `columns`: what a record has. */
export function openApi(columns: readonly ColumnSpec[]): object {
  const incidents = z.toJSONSchema(contract.incidents.list.output);
  delete incidents.$schema;
  return {
    openapi: '3.1.0',
    info: { title: 'Sonde', version: VERSION, description: 'Scores of records and incidents, for scripts.' },
    servers: [{ url: API_ROOT }],
    security: [{ token: [] }],
    paths: {
      '/score': {
        post: {
          summary: 'Scores up to 32 records, of which not everything need be known.',
          requestBody: {
            required: true,
            content: content(object({ records: { ...list(recordSchema(columns)), minItems: 1, maxItems: 32 } })),
          },
          responses: answer(
            'A verdict for each record.',
            object({ schema: { const: 'sonde.record-scores/1' }, model, results: list(verdict) }),
          ),
        },
      },
      '/incidents': {
        get: {
          summary: 'Incidents of one capture or of all, page by page.',
          parameters: parameters(),
          responses: answer('A page of incidents; next is the cursor of the one that follows.', incidents),
        },
      },
      '/health': {
        get: {
          summary: 'Whether it runs, which version, and what it scores by.',
          responses: answer(
            'It runs.',
            object({
              schema: { const: 'sonde.health/1' },
              status: { const: 'ok' },
              version: text,
              uptimeSeconds: count,
              model,
            }),
          ),
        },
      },
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: { Problem: { description: 'What is wrong and what to do about it.', content: content(problem) } },
    },
  };
}
