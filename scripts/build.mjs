/** `npm run build`: `dist/` from the sources, whether they changed or not. */
import { ensureBundle } from './lib/bundle.mjs';
import { ROOT } from './lib/project.mjs';
import { ensureRenderer } from './lib/renderer.mjs';
import { runMain, say } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(async () => {
  await setUp({ bundle: false });
  await ensureBundle(ROOT, { force: true });
  await ensureRenderer(ROOT, { force: true });
  say('built dist/');
});
