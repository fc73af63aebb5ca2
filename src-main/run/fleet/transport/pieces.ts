/** What is handed on of one chunk: stretches of it, and what stands in the place of others. */
export class Pieces {
  private readonly chunk: Buffer;
  private readonly done: Buffer[] = [];
  private from = 0;
  private to = 0;

  constructor(chunk: Buffer) {
    this.chunk = chunk;
  }

  stretch(from: number, to: number): void {
    if (from !== this.to) {
      this.flush();
      this.from = from;
    }
    this.to = to;
  }

  own(bytes: Buffer): void {
    this.flush();
    this.from = this.to;
    this.done.push(bytes);
  }

  all(): readonly Buffer[] {
    this.flush();
    return this.done;
  }

  private flush(): void {
    if (this.to > this.from) this.done.push(this.chunk.subarray(this.from, this.to));
    this.from = this.to;
  }
}
