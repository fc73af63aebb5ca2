import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
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

  it('is told from a model of flows, and that from it', async () => {
    const flows = encodeModel((await loadScoringModel(undefined)).model);
    expect(() => decodeLabModel(flows)).toThrow('this is not a model for labelled records');
    expect(() => decodeModel(bytes)).toThrow('this is not a model of Sonde');
  });
});
