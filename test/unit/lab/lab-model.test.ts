import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from '../../../src-main/detect/detectors/model-file.ts';
import { loadScoringModel } from '../../../src-main/run/pipeline/model.ts';
import { decodeLabModel, encodeLabModel, saveableDetectors } from '../../../src-main/detect/lab/lab-model-file.ts';
import { scoreRecord } from '../../../src-main/detect/lab/record.ts';
import { labelled, trained } from './lab-records.ts';

const fresh = labelled(900, 2);

describe('a model of labelled records', () => {
  it.each(saveableDetectors())(
    'scores to the last bit as before it was saved: %s',
    async (detector) => {
      const { model } = await trained({ detector }, 2400);
      const bytes = encodeLabModel(model);
      const again = decodeLabModel(bytes);
      const [before, after] = [model.score(fresh), again.score(fresh)];
      expect([...after.raw]).toEqual([...before.raw]);
      expect([...after.score]).toEqual([...before.score]);
      expect([...after.alarm]).toEqual([...before.alarm]);
      expect(again.description).toEqual(model.description);
      expect(encodeLabModel(again).equals(bytes)).toBe(true);
      const record = { proto: 'tcp', conn_state: 'S0' };
      expect(scoreRecord(again, record)).toEqual(scoreRecord(model, record));
    },
    60_000,
  );

  it('says what it learned from: files without folders, hash, counts, kinds, columns with their types', async () => {
    const { description } = (await trained()).model;
    expect(description.training).toMatchObject({
      files: ['made-up.csv'],
      sha256: 'ab'.repeat(32),
      rows: 1800,
      normal: 1200,
      attack: 600,
      kinds: [
        { kind: 'flood', count: 200 },
        { kind: 'scan', count: 200 },
        { kind: 'worm', count: 200 },
      ],
    });
    expect(description.columns.map(({ name, kind }) => `${name}:${kind}`)).toEqual([
      'proto:categorical',
      'conn_state:categorical',
      'orig_pkts:numeric',
      'orig_bytes:numeric',
      'duration:numeric',
      'dst_port:numeric',
    ]);
    expect(description.usual.slice(0, 2)).toEqual(['tcp', 'SF']);
  });

  it('is the same file for the same seed', async () => {
    const [one, two] = [await trained(), await trained()];
    expect(encodeLabModel(one.model).equals(encodeLabModel(two.model))).toBe(true);
  });
});

describe('a file that is not whole', async () => {
  const bytes = encodeLabModel((await trained()).model);
  const codeOf = (changed: Buffer): unknown => {
    try {
      decodeLabModel(changed);
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
    return 'loaded';
  };

  it('is refused at every place it is cut, and with any byte changed', () => {
    for (const length of [0, 7, 12, 43, 44, 100, bytes.length - 1]) {
      expect(['model-damaged', 'model-unreadable']).toContain(codeOf(bytes.subarray(0, length)));
    }
    for (const at of [12, 50, bytes.length >> 1, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(codeOf(changed)).toBe('model-damaged');
    }
  });

  it('is refused when it is of another version', () => {
    const other = Buffer.from(bytes);
    other.writeUInt32LE(2, 8);
    expect(() => decodeLabModel(other)).toThrow('format 2, this version reads 1');
  });

  it('is refused when whole but of contents that do not fit', () => {
    const body = gzipSync(Buffer.from('\x02\0\0\0{}'));
    const sum = createHash('sha256').update(body).digest();
    expect(codeOf(Buffer.concat([bytes.subarray(0, 12), sum, body]))).toBe('model-damaged');
  });

  type Head = Record<string, unknown> & Record<'threshold' | 'training' | 'heldBack', Record<string, unknown>>;
  /** The file with its head changed and its checksum right. */
  const changed = (change: (description: Head) => void): Buffer => {
    const content = gunzipSync(bytes.subarray(44));
    const padded = (length: number): number => length + ((8 - (length % 8)) % 8);
    const length = content.readUInt32LE(0);
    const head = JSON.parse(content.toString('utf8', 4, 4 + length)) as { description: Head };
    change(head.description);
    const json = Buffer.from(JSON.stringify(head));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(json.length);
    const rest = content.subarray(padded(4 + length));
    const body = gzipSync(Buffer.concat([size, json, Buffer.alloc(padded(4 + json.length) - 4 - json.length), rest]));
    return Buffer.concat([bytes.subarray(0, 12), createHash('sha256').update(body).digest(), body]);
  };

  it.each<[string, (description: Head) => void]>([
    ['threshold.score', ({ threshold }) => (threshold['score'] = 'x')],
    ['threshold.score', ({ threshold }) => (threshold['score'] = 1.5)],
    ['threshold.targetFpr', ({ threshold }) => delete threshold['targetFpr']],
    ['threshold.raw', ({ threshold }) => (threshold['raw'] = null)],
    ['usual', (head) => delete head['usual']],
    ['usual', (head) => (head['usual'] = ['tcp'])],
    ['usual', (head) => (head['usual'] = [7, 'SF', 1, 1, 1, 1])],
    ['usual.0', (head) => (head['usual'] = [{}, 'SF', 1, 1, 1, 1])],
    ['mapping', (head) => (head['mapping'] = 'label')],
    ['mapping.positive', (head) => (head['mapping'] = { label: 'y', positive: 7 })],
    [
      'mapping.columns.a.role',
      (head) => (head['mapping'] = { label: 'y', positive: [], columns: { a: { role: 'b' } } }),
    ],
    ['training', (head) => delete (head as Record<string, unknown>)['training']],
    ['training.files', ({ training }) => (training['files'] = 'a.csv')],
    ['heldBack', (head) => (head.heldBack = null as never)],
    ['heldBack.fpr', ({ heldBack }) => (heldBack['fpr'] = 'none')],
    ['tailScale', (head) => (head['tailScale'] = 0)],
    ['tailScale', (head) => (head['tailScale'] = null)],
    ['columns.0', (head) => (head['columns'] = [null])],
    ['plans.0.source', (head) => ((head['plans'] as Record<string, unknown>[])[0]!['source'] = '0')],
    ['regime', (head) => (head['regime'] = 'guessed')],
    ['parameters.trees', (head) => (head['parameters'] = { trees: 'many' })],
  ])('is refused when its head says nonsense: %s', (where, change) => {
    expect(() => decodeLabModel(changed(change))).toThrow(`the model is damaged: its head is not whole (${where})`);
  });

  it('loads with a head that says as much as any, and ranges without an end', () => {
    const mapping = { label: 'y', positive: ['bad'], columns: { a: { type: 'numeric' } } };
    const search = { detector: 'a', criterion: 'b', tried: [{ parameters: {}, folds: [1], mean: 1 }], chosen: {} };
    const whole = changed((head) => {
      Object.assign(head, { mapping, search });
      (head['columns'] as Record<string, unknown>[])[2]!['range'] = [0, null];
      delete head['parameters'];
    });
    expect(decodeLabModel(whole).description).toMatchObject({ mapping, search });
  });

  it('is told from a model of flows, and that from it', async () => {
    const flows = encodeModel((await loadScoringModel(undefined)).model);
    expect(() => decodeLabModel(flows)).toThrow('this is not a model for labelled records');
    expect(() => decodeModel(bytes)).toThrow('this is not a model of Sonde');
  });
});
