import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface BuilderConfig {
  getConfig(project: string, file: string, options: null): Promise<Record<string, unknown>>;
  validateConfiguration(config: Record<string, unknown>, log: { isEnabled: boolean; add(): void }): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');
const require = createRequire(import.meta.url);
const builder = require('app-builder-lib/out/util/config/config') as BuilderConfig;
const log = { isEnabled: false, add: () => undefined };

it("fits electron-builder's schema", async () => {
  const config = await builder.getConfig(root, 'electron-builder.yml', null);
  await builder.validateConfiguration(config, log);
  expect(config['appId']).toBe('app.sonde.desktop');
});

it('is really checked: an option that electron-builder does not know is refused', async () => {
  const config = await builder.getConfig(root, 'electron-builder.yml', null);
  await expect(builder.validateConfiguration({ ...config, asarUnpak: [] }, log)).rejects.toThrow(/asarUnpak/);
});

it('names an entry for Electron only where there is one', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { main?: string };
  expect(manifest.main === undefined || manifest.main.endsWith('/run/shell/main.js')).toBe(true);
});
