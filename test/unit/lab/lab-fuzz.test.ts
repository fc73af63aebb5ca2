import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotedCell, safeCell } from '../../../src-shared/domain/csv.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { ModelError } from '../../../src-main/detect/detectors/model.ts';
import { cellsOf } from '../../../src-main/detect/lab/delimited.ts';
import { decodeLabModel, encodeLabModel } from '../../../src-main/detect/lab/lab-model-file.ts';
import { scoreRecord } from '../../../src-main/detect/lab/record.ts';
import { COLUMNS, labelled, trained } from './lab-records.ts';

const HASH_AT = 12;
const BODY_AT = 44;
const fresh = labelled(30, 8);

/** The model's file with other contents, whole by its checksum. */
function repacked(bytes: Buffer, change: (content: Buffer) => void): Buffer {
  const content = gunzipSync(bytes.subarray(BODY_AT));
  change(content);
  const body = gzipSync(content, { level: 1 });
  return Buffer.concat([bytes.subarray(0, HASH_AT), createHash('sha256').update(body).digest(), body]);
}

describe.each(['random-forest', 'isolation-forest', 'k-nearest', 'logistic-regression', 'gaussian-mixture'])(
  'a file of %s made by somebody who means harm',
  async (detector) => {
    const bytes = encodeLabModel(
      (await trained({ detector, ...(detector === 'random-forest' && { parameters: { trees: 3 } }) }, 600)).model,
    );
    const length = gunzipSync(bytes.subarray(BODY_AT)).length;

    it('loads, or is refused as damaged; what loads scores', () => {
      const change = fc.tuple(fc.nat(length - 1), fc.nat(255));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
          const harmful = repacked(bytes, (content) => {
            for (const [at, value] of changes) content[at] = value;
          });
          try {
            const model = decodeLabModel(harmful);
            expect(model.score(model.known).raw).toHaveLength(model.known.rows);
          } catch (error) {
            if (!(error instanceof ModelError)) throw error;
          }
        }),
        { numRuns: 60, seed: 7 },
      );
    });
  },
);

describe('a record that anyone typed', async () => {
  const { model } = await trained({ parameters: { trees: 5 } }, 600);
  const value = fc.oneof(
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.constantFrom(null, '', '-', true, {}, 'NaN', '1e999'),
  );
  const names = [...COLUMNS.map(({ name }) => name), 'flag', '__proto__', 'constructor'];

  it('has a verdict, or is refused with the column', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 7 }), (record) => {
        try {
          const { score, certainty, reasons, nearest } = scoreRecord(model, record);
          expect(score >= 0 && score <= 1 && certainty >= 0 && certainty <= 1).toBe(true);
          expect(reasons.length <= 3 && nearest.length === 5).toBe(true);
        } catch (error) {
          if (!(error instanceof SondeError)) throw error;
          expect(error.code).toBe('bad-request');
        }
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});

describe('cells', () => {
  it('come back as they were written', () => {
    const cells = fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ';', ' ', '=') }), { minLength: 1 });
    fc.assert(
      fc.property(cells, (given) => {
        fc.pre(given.length > 1 || given[0] !== '');
        expect(cellsOf(given.map(quotedCell).join(','), ',')).toEqual(given);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('never begin as a formula, unless they are numbers', () => {
    expect(['=1', '+1', '-1', '-', '@a', '-a', '-1.5e3', '\tx', 'a=1'].map(safeCell)).toEqual([
      "'=1",
      '+1',
      '-1',
      '-',
      "'@a",
      "'-a",
      '-1.5e3',
      "'\tx",
      'a=1',
    ]);
  });
});

it('scores of fresh records stay between 0 and 1', async () => {
  const { model } = await trained();
  expect(model.score(fresh).score.every((score) => score >= 0 && score <= 1)).toBe(true);
});
