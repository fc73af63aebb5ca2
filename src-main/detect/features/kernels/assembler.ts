/**
 * Just enough of a WebAssembly assembler (core specification 2.0, binary format) to write the kernels in this folder by
 * hand: one memory, functions over i32 parameters, 128-bit SIMD.
 */

export const TYPE = { I32: 0x7f, F64: 0x7c, V128: 0x7b } as const;

/** LEB128, unsigned. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const byte = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? byte : byte | 0x80);
  } while (value !== 0);
  return bytes;
}

/** LEB128, signed. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    const done = (value === 0 && (byte & 0x40) === 0) || (value === -1 && (byte & 0x40) !== 0);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}

function name(text: string): number[] {
  return [...unsigned(text.length), ...Array.from(text, (c) => c.charCodeAt(0))];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** The body of one function, instruction by instruction. */
export class Code {
  readonly bytes: number[] = [];
  private readonly locals: number[] = [];
  private readonly parameters: number;

  constructor(parameters: number) {
    this.parameters = parameters;
  }

  /** A new local of that type; its index. */
  local(type: number): number {
    this.locals.push(type);
    return this.parameters + this.locals.length - 1;
  }

  emit(...bytes: number[]): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }

  get(index: number): this {
    return this.emit(0x20, ...unsigned(index));
  }

  set(index: number): this {
    return this.emit(0x21, ...unsigned(index));
  }

  tee(index: number): this {
    return this.emit(0x22, ...unsigned(index));
  }

  i32(value: number): this {
    return this.emit(0x41, ...signed(value));
  }

  add(): this {
    return this.emit(0x6a);
  }

  /** local += constant. */
  advance(index: number, by: number): this {
    return this.get(index).i32(by).add().set(index);
  }

  /** local += local. */
  advanceBy(index: number, by: number): this {
    return this.get(index).get(by).add().set(index);
  }

  i32Load(offset = 0): this {
    return this.emit(0x28, 2, ...unsigned(offset));
  }

  f32Load(offset = 0): this {
    return this.emit(0x2a, 2, ...unsigned(offset));
  }

  f64Load(offset = 0): this {
    return this.emit(0x2b, 3, ...unsigned(offset));
  }

  f64Store(offset = 0): this {
    return this.emit(0x39, 3, ...unsigned(offset));
  }

  simd(opcode: number, ...rest: number[]): this {
    return this.emit(0xfd, ...unsigned(opcode), ...rest);
  }

  v128Load(offset = 0): this {
    return this.simd(0x00, 4, ...unsigned(offset));
  }

  /** Four copies of the 32-bit number at the address. */
  v128Splat(offset = 0): this {
    return this.simd(0x09, 2, ...unsigned(offset));
  }

  v128Store(offset = 0): this {
    return this.simd(0x0b, 4, ...unsigned(offset));
  }

  f32x4Add(): this {
    return this.simd(0xe4);
  }

  f32x4Mul(): this {
    return this.simd(0xe6);
  }

  f32x4Max(): this {
    return this.simd(0xe9);
  }

  /** Repeats `body` while the local, counted down by `step` after each turn, stays above 0; at least once. */
  countDown(counter: number, step: number, body: () => void): this {
    this.emit(0x03, 0x40);
    body();
    return this.get(counter).i32(step).emit(0x6b).tee(counter).i32(0).emit(0x4a, 0x0d, 0, 0x0b);
  }

  /** `body` when the 32-bit number on the stack is not zero. */
  when(body: () => void): this {
    this.emit(0x04, 0x40);
    body();
    return this.emit(0x0b);
  }

  finish(): number[] {
    const locals = this.locals.flatMap((type) => [1, type]);
    const body = [...unsigned(this.locals.length), ...locals, ...this.bytes, 0x0b];
    return [...unsigned(body.length), ...body];
  }
}

/** A module with one exported function of `parameters` i32 and no result, and one exported memory. */
export function assemble(parameters: number, code: Code, pages: number): Uint8Array<ArrayBuffer> {
  const type = [1, 0x60, ...unsigned(parameters), ...Array.from({ length: parameters }, () => TYPE.I32), 0];
  const exports = [2, ...name('run'), 0, 0, ...name('memory'), 2, 0];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, type),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...unsigned(pages)]),
    ...section(7, exports),
    ...section(10, [1, ...code.finish()]),
  ]);
}

const PAGE = 65536;

export interface Kernel {
  run: (...parameters: number[]) => void;
  memory: WebAssembly.Memory;
}

/** Compiles and starts a module with at least `bytes` of memory. */
export function startKernel(parameters: number, code: Code, bytes: number): Kernel {
  const module = new WebAssembly.Module(assemble(parameters, code, Math.ceil(bytes / PAGE)));
  const { run, memory } = new WebAssembly.Instance(module).exports;
  if (typeof run !== 'function' || !(memory instanceof WebAssembly.Memory)) throw new TypeError('not a kernel');
  return { run: run as Kernel['run'], memory };
}
