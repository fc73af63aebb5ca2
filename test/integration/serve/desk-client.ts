/** A desk with a client in memory, whose answers are held to their schemas. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { resourcePath } from '../../../src-main/run/paths.ts';
import { contract, type DeskClient } from '../../../src-shared/contract/index.ts';
import { makeClient } from '../../../src-shared/contract/client.ts';
import type { Caller } from '../../../src-shared/contract/dispatch.ts';
import { memoryLine } from '../../../src-shared/contract/double.ts';
import type { ImportState } from '../../../src-shared/contract/topics/captures.ts';
import type { LabJob } from '../../../src-shared/contract/topics/lab.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { openDesk, type DeskOptions, type OpenDesk } from '../../../src-main/run/api/desk.ts';

export interface Testing {
  desk: OpenDesk;
  client: DeskClient;
  as(caller: Partial<Caller>): DeskClient;
}

export async function testDesk(options: Partial<DeskOptions> = {}): Promise<Testing> {
  const desk = await openDesk({ paths: true, checkOutput: true, ...options });
  const as = (caller: Partial<Caller>): DeskClient => {
    const [near, far] = memoryLine();
    desk.dispatcher.serve(far, { user: 'ann', role: 'admin', host: 'desktop', ...caller });
    return makeClient(contract, near);
  };
  return { desk, client: as({}), as };
}

/** The states of a job until its end. */
export function followed(client: DeskClient, job: number): Promise<ImportState[]> {
  const states: ImportState[] = [];
  return new Promise((resolve, reject) => {
    client.captures.progress(
      { job },
      { next: (state) => states.push(state), end: () => resolve(states), error: reject },
    );
  });
}

/** The last state of an experiment. */
export function experimentEnded(client: DeskClient, job: number): Promise<LabJob> {
  return new Promise((resolve, reject) => {
    const end = client.lab.progress(
      {},
      {
        next: (state) => {
          if (state.job !== job || state.stage === 'waiting' || state.stage === 'running') return;
          queueMicrotask(() => end());
          resolve(state);
        },
        error: reject,
      },
    );
  });
}

/** Imports the sample; its capture. */
export async function importSample(client: DeskClient): Promise<number> {
  const { job } = await client.captures.import({ sources: [{ kind: 'sample' }] });
  const last = (await followed(client, job)).at(-1)!;
  if (last.stage !== 'done' || last.capture === null)
    throw new Error(`the sample was not imported: ${JSON.stringify(last)}`);
  return last.capture;
}

export async function failure(promise: Promise<unknown>): Promise<SondeError> {
  try {
    await promise;
  } catch (error) {
    return error as SondeError;
  }
  throw new Error('it did not fail');
}

/** What is wrong with a document by its published schema; null where nothing is. */
export function schemaFaults(name: string, document: unknown): unknown {
  const schema = JSON.parse(readFileSync(resourcePath('schemas', `${name}.schema.json`), 'utf8')) as object;
  const validate = new Ajv({ strict: true }).compile(schema);
  return validate(document) ? null : validate.errors;
}

/** A file that lies where the desk can read it. */
export const at = (path: string): { kind: 'path'; path: string } => ({ kind: 'path', path });

/** As the desk's server does with what a browser sends. */
export function uploadedTo({ desk }: Testing, name: string, content: string): { kind: 'upload'; id: string } {
  const held = desk.uploads.place(name);
  writeFileSync(held.path, content);
  return { kind: 'upload', id: held.id };
}
