/** The files that come with Sonde. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resourcePath } from '../../paths.ts';
import { failed, ok, warning, type Check } from '../types.ts';

const AGAIN = 'Install Sonde again; in a checkout: git checkout resources.';

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The base model's hash, as its recipe says. */
function statedHash(): string {
  const recipe: unknown = JSON.parse(readFileSync(resourcePath('models', 'base.json'), 'utf8'));
  const stated: unknown = typeof recipe === 'object' && recipe !== null && 'sha256' in recipe ? recipe.sha256 : '';
  return typeof stated === 'string' ? stated : '';
}

export const baseModel: Check = {
  id: 'base-model',
  title: 'Base model',
  run: async () => {
    try {
      const found = hashOf(resourcePath('models', 'base.model'));
      if (found === statedHash()) return ok(`as shipped (${found.slice(0, 12)}…)`);
      return warning(`it is not the shipped one (${found.slice(0, 12)}…)`, AGAIN);
    } catch (error) {
      return failed(`it cannot be read: ${error instanceof Error ? error.message : ''}`, AGAIN);
    }
  },
};

export const resources: Check = {
  id: 'resources',
  title: 'Resources',
  run: async () => {
    const schemas = resourcePath('schemas');
    const count = existsSync(schemas) ? readdirSync(schemas).length : 0;
    const isSampleHere = existsSync(resourcePath('sample', 'office-hour.pcapng.gz'));
    if (count > 0 && isSampleHere) return ok(`${count} schemas and the sample capture`);
    return failed(count === 0 ? 'the schemas are missing' : 'the sample capture is missing', AGAIN);
  },
};
