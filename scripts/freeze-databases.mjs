/** Writes the databases of versions that have none yet to test/fixtures/databases. Those that are there stay as they are. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MIGRATIONS } from '../src-main/keep/store/migrate.ts';
import { frozenPath, sqlByMigrations } from '../test/unit/store/old-database.ts';

for (const { version } of MIGRATIONS) {
  const path = frozenPath(version);
  if (existsSync(path)) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, sqlByMigrations(version));
  console.log(path);
}
