/**
 * A desk that is killed: `reports-desk.ts DATABASE TIME`. Its clock begins at TIME (milliseconds since 1970) and goes on from
 * there. It prints a line once it is open, and ends when it is told to.
 */
import { openDesk } from '../../../src-main/run/api/desk.ts';

const [database = '', time = ''] = process.argv.slice(2);
const began = Date.now();
const desk = await openDesk({
  paths: false,
  database,
  now: () => Number(time) + Date.now() - began,
  reportsEveryMs: 100,
  backOff: { baseMs: 50, capMs: 200, mostAttempts: 1000 },
});
process.stdout.write('open\n');
process.once('SIGTERM', () => void desk.close());
