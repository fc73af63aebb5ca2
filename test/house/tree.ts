import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const CHECKOUT = join(import.meta.dirname, '..', '..');

/** A small project in a folder of its own (with a space in its path), with this checkout's scripts and packages. */
export class Tree {
  readonly root = mkdtempSync(join(tmpdir(), 'sonde tree '));

  constructor(files: Record<string, string>) {
    for (const name of ['scripts', 'package.json', 'package-lock.json']) {
      cpSync(join(CHECKOUT, name), join(this.root, name), { recursive: true });
    }
    symlinkSync(join(CHECKOUT, 'node_modules'), join(this.root, 'node_modules'), 'dir');
    for (const name of ['src-main/run/paths.ts', 'src-main/run/pipeline/workers.ts']) {
      mkdirSync(dirname(join(this.root, name)), { recursive: true });
      cpSync(join(CHECKOUT, name), join(this.root, name));
    }
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
