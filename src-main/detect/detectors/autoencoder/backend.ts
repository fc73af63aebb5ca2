/**
 * The tensor library, for training only: native TensorFlow where `@tensorflow/tfjs-node` loads, else WebAssembly with SIMD,
 * else plain JavaScript. Scoring never comes here.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';

type Core = typeof import('@tensorflow/tfjs-core');
type Layers = typeof import('@tensorflow/tfjs-layers');

export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

export interface TensorBackend {
  core: Core;
  layers: Layers;
  name: BackendName;
}

const require = createRequire(import.meta.url);

/** tfjs-node 4.22 calls two helpers that Node 23 removed. */
function restoreOldHelpers(): void {
  const old = util as unknown as Record<string, unknown>;
  old['isNullOrUndefined'] ??= (value: unknown): boolean => value === null || value === undefined;
  old['isArray'] ??= Array.isArray;
}

/** Throws where the package, or the library it downloads at installation, is not there. */
function loadNative(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '0';
  restoreOldHelpers();
  require('@tensorflow/tfjs-node');
}

async function loadWasm(core: Core): Promise<boolean> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const folder = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
  wasm.setWasmPaths(`${folder}${path.sep}`);
  return core.setBackend('wasm');
}

async function select(core: Core, wanted: BackendName): Promise<boolean> {
  try {
    if (wanted === 'tensorflow') {
      loadNative();
      return await core.setBackend('tensorflow');
    }
    if (wanted === 'wasm') return await loadWasm(core);
    await import('@tensorflow/tfjs-backend-cpu');
    return await core.setBackend('cpu');
  } catch {
    return false;
  }
}

/**
 * Loads the best of `order` that works.
 *
 * @throws Error when none does.
 */
export async function loadTensors(
  order: readonly BackendName[] = ['tensorflow', 'wasm', 'cpu'],
): Promise<TensorBackend> {
  const core = await import('@tensorflow/tfjs-core');
  const layers = await import('@tensorflow/tfjs-layers');
  for (const name of order) {
    if (!(await select(core, name))) continue;
    await core.ready();
    return { core, layers, name };
  }
  throw new Error(`none of the tensor back ends works here: ${order.join(', ')}`);
}
