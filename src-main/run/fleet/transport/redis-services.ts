/** Asking and answering over Redis: a stream of requests a service, and one of chunks an answer. */
import { randomUUID } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { Answerer, Offset } from '../types.ts';
import type { Connection } from './connection.ts';
import { noAnswer } from './memory.ts';
import { BLOCK_MS, type RedisStreams } from './redis-streams.ts';
import { BODY, xadd } from './replies.ts';

/** Requests that wait for a service; answers are forgotten after so long, ms. */
const REQUESTS = 256;
const REPLY_MS = 120_000;
const CHUNKS = 16_384;

export class RedisServices {
  private readonly main: Connection;
  private readonly prefix: string;
  private readonly streams: RedisStreams;

  constructor(main: Connection, prefix: string, streams: RedisStreams) {
    this.main = main;
    this.prefix = prefix;
    this.streams = streams;
  }

  async *ask(service: string, request: Uint8Array, waitMs: number): AsyncIterable<Uint8Array> {
    const id = randomUUID();
    const asked = Buffer.concat([Buffer.from(id, 'latin1'), request]);
    await this.streams.publish(`ask:${service}`, [asked], REQUESTS);
    const stream = `reply:${service}:${id}`;
    let after: Offset = '0';
    for (;;) {
      const entries = await this.streams.read(new Map([[stream, after]]), { most: 16, waitMs });
      if (entries.length === 0) throw noAnswer(service, id);
      for (const { offset, body } of entries) {
        // An empty chunk is the end.
        if (body.length === 0) return;
        yield body;
        after = offset;
      }
    }
  }

  async serve(service: string, answer: Answerer, signal: AbortSignal): Promise<void> {
    const stream = `ask:${service}`;
    let after: Offset | undefined;
    while (!signal.aborted) {
      try {
        // What was asked before we were there is asked again, or nobody waits for it.
        after ??= (await this.streams.ends(stream)).last;
        for (const { offset, body } of await this.streams.read(new Map([[stream, after]]), {
          most: 1,
          waitMs: 1000,
          signal,
        })) {
          after = offset;
          await this.answerOne(service, body, answer, signal);
        }
      } catch (error) {
        if (!(error instanceof SondeError) || error.code !== 'connection-lost') throw error;
        await new Promise((resolve) => setTimeout(resolve, BLOCK_MS));
      }
    }
  }

  private async answerOne(service: string, asked: Uint8Array, answer: Answerer, signal: AbortSignal): Promise<void> {
    const id = Buffer.from(asked.subarray(0, 36)).toString('latin1');
    if (!/^[\da-f-]{36}$/.test(id)) return;
    const stream = `reply:${service}:${id}`;
    const send = async (chunk: Uint8Array): Promise<void> => {
      await this.main.together([
        xadd(this.key(stream), chunk, CHUNKS),
        ['PEXPIRE', this.key(stream), String(REPLY_MS)],
      ]);
    };
    for await (const chunk of answer(asked.subarray(36), signal)) if (chunk.length > 0) await send(chunk);
    await send(BODY.END);
  }

  private key(name: string): string {
    return this.prefix + name;
  }
}
