import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteNeeds } from '../setup/skip.ts';
import { browse, missing, SAMPLE, serve, visit } from './support.ts';

const MINUTES = 60_000;

suiteNeeds(missing === null, missing ?? '')('the desk as npm start opens it', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-start-'));
    browser = await browse();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'lands on the overview of the file once it is read, without the token; the way back does not lead in a circle',
    async () => {
      const served = await serve(folder, ['--keep', SAMPLE], { XDG_DATA_HOME: join(folder, 'data') });
      try {
        const { page, context } = await visit(browser, served.url);
        await page.getByRole('heading', { level: 1, name: /critical/ }).waitFor({ timeout: MINUTES });
        expect(new URL(page.url()).hash).toBe('#/c/1/overview');
        const length = await page.evaluate<number>('history.length');
        expect(length).toBeLessThanOrEqual(2);
        await context.close();
      } finally {
        await served.end('SIGINT');
      }
    },
    2 * MINUTES,
  );
});
