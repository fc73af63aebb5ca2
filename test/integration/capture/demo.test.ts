import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { suiteNeeds } from '../../setup/skip.ts';
import { ROOT, whyNoCable } from './network.ts';

const why = await whyNoCable();

suiteNeeds(why === '', why)('npm run demo', () => {
  it('shows alerts as they arrive, and leaves nothing behind', () => {
    const program = join(ROOT, 'test', 'demo', 'main.ts');
    const { status, stdout, pid } = spawnSync(process.execPath, [program, '--seconds', '40'], { encoding: 'utf8' });
    expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+\/live/);
    expect(stdout).toMatch(/tried \d+ ports on 10\.213\.7\.1/);
    expect(status).toBe(0);
    expect(spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout).not.toContain(`sondedemo${pid}`);
  }, 120_000);

  it('says what it takes where it may not be shown', () => {
    const program = join(ROOT, 'test', 'demo', 'main.ts');
    const { status, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', uid: 65534, gid: 65534 });
    expect([status, stderr]).toEqual([1, expect.stringContaining('takes root: sudo npm run demo')]);
  });
});
