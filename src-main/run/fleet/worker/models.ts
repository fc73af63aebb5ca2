/**
 * The model that a group of workers scores by: kept by the hash of its content, named by one key. Who changes the key rolls a model out, who
 * writes the hash before rolls it back; every worker sees it within seconds.
 */
import { SondeError } from '../../../../src-shared/errors.ts';
import { anyModelOf } from '../../pipeline/model.ts';
import type { NamedModel } from '../../pipeline/triage-types.ts';
import { names } from '../names.ts';
import type { Transport } from '../types.ts';

/** The key is looked at this often, ms. */
const LOOK_MS = 2000;
const SHORT = 12;
/** Characters of a hash. */
const HASH = 64;

export class ModelWatch {
  private readonly transport: Transport;
  private readonly group: string;
  private known = '';
  private looked = Number.NEGATIVE_INFINITY;

  constructor(transport: Transport, group: string) {
    this.transport = transport;
    this.group = group;
  }

  /**
   * The model that counts now, where it is another one than was given last; looks at the key now and then.
   *
   * @throws SondeError for one that is missing or damaged: once, the one before goes on
   */
  async changed(isUrgent = false): Promise<NamedModel | undefined> {
    if (!isUrgent && performance.now() - this.looked < LOOK_MS) return undefined;
    this.looked = performance.now();
    const key = await this.transport.get(names.model(this.group), HASH);
    const hash = key && Buffer.from(key).toString('latin1');
    if (hash === undefined || hash === this.known || !/^[0-9a-f]{64}$/.test(hash)) return undefined;
    this.known = hash;
    return this.load(hash);
  }

  private async load(hash: string): Promise<NamedModel> {
    const body = await this.transport.getBlob(hash);
    if (!body) {
      const cure = 'Roll the model out again: sonde worker --roll-out FILE.';
      throw new SondeError('damaged-model', `the model ${hash} is not kept, or is not what its name says`, hash, cure);
    }
    const found = await anyModelOf(Buffer.from(body), hash.slice(0, SHORT));
    if (found.kind === 'flows') return found;
    const cure = 'Roll out one of captures.';
    throw new SondeError('damaged-model', `${hash} is a model for labelled records`, hash, cure);
  }
}

/** Makes this file's model the one that all workers of the group score by; its hash. @throws SondeError for what is no model. */
export async function rollOut(transport: Transport, group: string, body: Buffer, name: string): Promise<string> {
  const found = await anyModelOf(body, name);
  if (found.kind !== 'flows') {
    throw new SondeError('damaged-model', `${name}: is a model for labelled records`, name, 'Name one of captures.');
  }
  const hash = await transport.putBlob(body);
  await transport.put(names.model(group), Buffer.from(hash, 'latin1'));
  return hash;
}
