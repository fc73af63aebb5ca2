import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { settingsDocument } from '../../../src-main/run/settings-document.ts';
import { queueSchema, settingsSchema } from './schema.ts';

const path = resourcePath('schemas', 'sonde.settings-1.schema.json');
const schema = JSON.parse(readFileSync(path, 'utf8')) as object;
const ajv = new Ajv({ allErrors: true, strict: false });
formats.default(ajv);
const validate = ajv.compile(schema);
const document = (change: object): object => ({ schema: 'sonde.settings/1', ...change });
const channel = { id: 'ops', kind: 'webhook', settings: { url: 'https://example.com/', token: { env: 'TOKEN' } } };

it('the schema of the queue is what prints it', async () => {
  const text = `${JSON.stringify(queueSchema(), null, 1)}\n`;
  await expect(text).toMatchFileSnapshot(resourcePath('schemas', 'sonde.alerts-1.schema.json'));
});

describe('the schema of a settings document', () => {
  it('is what reads it (vitest --update writes it anew)', async () => {
    await expect(`${JSON.stringify(settingsSchema(), null, 1)}\n`).toMatchFileSnapshot(path);
  });

  it.each([
    {},
    { channels: [channel], routes: [{ channels: ['ops'] }], alerts: { digest: 'daily' } },
    { channels: [{ ...channel, settings: { headers: ['A: b'], to: { key: 'ops.to' }, port: 25, off: false } }] },
    { suppressions: [{ scope: { kind: 'port-scan' }, expiresAt: '2026-12-01T00:00:00Z' }] },
    { routes: [{ channels: [], hours: { days: [1], from: '08:00', to: '17:00' } }] },
  ])('takes what is taken: %j', (change) => {
    expect(settingsDocument.safeParse(document(change)).success).toBe(true);
    expect(validate(document(change)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    { colour: 'red' },
    { channels: [{ ...channel, id: 'Ops' }] },
    { channels: [{ ...channel, settings: { token: { vault: 'x' } } }] },
    { routes: [{ channels: ['ops'], severity: 'grave' }] },
    { routes: [{ channels: ['ops'], hours: { days: [8], from: '08:00', to: '17:00' } }] },
    { alerts: { hourlyCeiling: 0 } },
  ])('refuses what is refused: %j', (change) => {
    expect(settingsDocument.safeParse(document(change)).success).toBe(false);
    expect(validate(document(change))).toBe(false);
  });
});
