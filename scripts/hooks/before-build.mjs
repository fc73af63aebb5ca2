/**
 * electron-builder's `beforeBuild`. It puts together what ships and answers false: the packages are handled here, and
 * electron-builder is neither to collect them nor to compile them for Electron. (better-sqlite3 brings binaries for
 * N-API, which Electron has; `cap` stays with the command line.)
 */
import { ROOT } from '../lib/project.mjs';
import { say } from '../lib/say.mjs';
import { stage } from './stage.mjs';

/**
 * @param {{ platform: { nodeName: string }, arch: string }} context
 * @returns {Promise<false>}
 */
export default async function beforeBuild({ platform, arch }) {
  await stage(ROOT, { platform: platform.nodeName, arch }, say);
  return false;
}
