/** Captures that were opened lately, for the menu. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from '../../../src-shared/contract/schema.ts';

const MOST = 10;
const list = z.array(z.string().min(1).max(4096)).max(MOST);

export class Recent {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Latest first. */
  list(): string[] {
    try {
      return list.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch {
      return [];
    }
  }

  add(files: readonly string[]): void {
    this.write([...new Set([...files, ...this.list()])].slice(0, MOST));
  }

  clear(): void {
    this.write([]);
  }

  private write(files: readonly string[]): void {
    try {
      writeFileSync(`${this.path}.tmp`, JSON.stringify(files), { mode: 0o600 });
      renameSync(`${this.path}.tmp`, this.path);
    } catch {
      // A list that is not kept is no reason to trouble anyone.
    }
  }
}
