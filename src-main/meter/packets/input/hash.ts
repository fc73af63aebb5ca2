/**
 * SHA-256 of an input as it passes. A core with SHA instructions computes 1.4 GB/s, without them about a third of
 * that; reading and decoding alone pass 5 GB/s. So large inputs are hashed on a thread of their own, which is
 * handed the very buffers that the reader fills.
 */
import { createHash, type Hash } from 'node:crypto';
import { Worker } from 'node:worker_threads';

export interface Hasher {
  /** Adds `bytes`, which must stay as they are until `done` is called. */
  update(bytes: Uint8Array, done: () => void): void;
  /** Resolves when no more is waiting to be hashed than may: a slow thread must not pile up the whole input. */
  room(): Promise<void>;
  /** The digest in hex. Nothing may be added afterwards. */
  digest(): Promise<string>;
  close(): Promise<void>;
}

/** Hashes on the caller's thread. */
export class InlineHasher implements Hasher {
  private readonly hash: Hash = createHash('sha256');

  update(bytes: Uint8Array, done: () => void): void {
    this.hash.update(bytes);
    done();
  }

  room(): Promise<void> {
    return Promise.resolve();
  }

  digest(): Promise<string> {
    return Promise.resolve(this.hash.digest('hex'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Pieces that may wait for the hashing thread. */
const MAX_WAITING = 8;

/** Source text, so that it works the same from a checkout and from a bundle. */
const WORKER = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const hash = createHash('sha256');
parentPort.on('message', (bytes) => {
  if (bytes === null) parentPort.postMessage(hash.digest('hex'));
  else { hash.update(bytes); parentPort.postMessage(null); }
});`;

/** Hashes on a thread of its own; the bytes must lie in shared memory (others are hashed from a copy). */
export class ThreadHasher implements Hasher {
  private readonly worker = new Worker(WORKER, { eval: true, execArgv: [] });
  private readonly waiting: (() => void)[] = [];
  private readonly result: Promise<string>;
  private whenRoom: (() => void) | null = null;

  constructor() {
    this.result = new Promise((resolve, reject) => {
      this.worker.on('error', reject);
      this.worker.on('message', (digest: string | null) => {
        if (digest === null) this.hashed();
        else resolve(digest);
      });
    });
    this.result.catch(() => this.releaseAll());
  }

  update(bytes: Uint8Array, done: () => void): void {
    this.waiting.push(done);
    this.worker.postMessage(bytes);
  }

  private hashed(): void {
    this.waiting.shift()?.();
    if (this.waiting.length < MAX_WAITING) this.notify();
  }

  private notify(): void {
    this.whenRoom?.();
    this.whenRoom = null;
  }

  async room(): Promise<void> {
    while (this.waiting.length >= MAX_WAITING) {
      await new Promise<void>((resolve) => {
        this.whenRoom = resolve;
      });
    }
  }

  digest(): Promise<string> {
    this.worker.postMessage(null);
    return this.result;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
    this.releaseAll();
  }

  private releaseAll(): void {
    for (const done of this.waiting.splice(0)) done();
    this.notify();
  }
}
