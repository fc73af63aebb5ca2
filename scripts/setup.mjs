/** `npm run setup`: everything that `npm start` and `npm test` would set up, and nothing else. */
import { runMain, say } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(async () => {
  await setUp({ native: true, tests: true });
  say('ready');
});
