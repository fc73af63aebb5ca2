/**
 * Tables as columns: every batch that moves between stages is one `ArrayBuffer` cut into typed arrays,
 * so that it can be handed to another thread or written to disk whole, without copying field by field.
 */

interface ArrayTypes {
  u8: Uint8Array;
  u16: Uint16Array;
  u32: Uint32Array;
  i32: Int32Array;
  f32: Float32Array;
  f64: Float64Array;
}

export type ColumnType = keyof ArrayTypes;

/** Column name → element type, optionally with a number of elements per row (`['u32', 4]` for an address). */
export type ColumnSchema = Readonly<Record<string, ColumnType | readonly [ColumnType, number]>>;

type TypeOf<C> = C extends readonly [infer T extends ColumnType, number] ? T : C extends ColumnType ? C : never;

export type Columns<S extends ColumnSchema> = { readonly [K in keyof S]: ArrayTypes[TypeOf<S[K]>] };

const SIZES: Readonly<Record<ColumnType, number>> = { f64: 8, u32: 4, i32: 4, f32: 4, u16: 2, u8: 1 };
const ORDER: readonly ColumnType[] = ['f64', 'u32', 'i32', 'f32', 'u16', 'u8'];

function parts(column: ColumnType | readonly [ColumnType, number]): { type: ColumnType; width: number } {
  return typeof column === 'string' ? { type: column, width: 1 } : { type: column[0], width: column[1] };
}

/** Bytes that `capacity` rows of this schema take. */
export function columnBytes(schema: ColumnSchema, capacity: number): number {
  let total = 0;
  for (const column of Object.values(schema)) {
    const { type, width } = parts(column);
    total += SIZES[type] * width * capacity;
  }
  return total;
}

function makeArray(type: ColumnType, buffer: ArrayBufferLike, offset: number, length: number): ArrayTypes[ColumnType] {
  switch (type) {
    case 'f64':
      return new Float64Array(buffer, offset, length);
    case 'u32':
      return new Uint32Array(buffer, offset, length);
    case 'i32':
      return new Int32Array(buffer, offset, length);
    case 'f32':
      return new Float32Array(buffer, offset, length);
    case 'u16':
      return new Uint16Array(buffer, offset, length);
    case 'u8':
      return new Uint8Array(buffer, offset, length);
  }
}

/**
 * Lays `capacity` rows of `schema` over `buffer` (a new one when none is given), widest elements first so that
 * every column is aligned. The layout depends on the schema and the capacity only.
 *
 * @throws RangeError when the buffer is smaller than `columnBytes(schema, capacity)`.
 */
export function makeColumns<const S extends ColumnSchema>(
  schema: S,
  capacity: number,
  buffer: ArrayBufferLike = new ArrayBuffer(columnBytes(schema, capacity)),
): Columns<S> {
  if (buffer.byteLength < columnBytes(schema, capacity)) {
    throw new RangeError(`a buffer of ${buffer.byteLength} bytes does not hold ${capacity} rows`);
  }
  const made: Record<string, ArrayTypes[ColumnType]> = {};
  let offset = 0;
  for (const wanted of ORDER) {
    for (const [name, column] of Object.entries(schema)) {
      const { type, width } = parts(column);
      if (type !== wanted) continue;
      made[name] = makeArray(type, buffer, offset, capacity * width);
      offset += SIZES[type] * capacity * width;
    }
  }
  // A copy by spread has ordinary properties; the object filled name by name is a slow dictionary in V8.
  return { ...made } as Columns<S>;
}

/** A copy with room for `capacity` rows (at least as many as are there); the new rows are zero. */
export function growColumns<const S extends ColumnSchema>(schema: S, old: Columns<S>, capacity: number): Columns<S> {
  const grown = makeColumns(schema, capacity);
  for (const name of Object.keys(schema)) (grown[name] as Uint8Array).set(old[name] as Uint8Array);
  return grown;
}

/** Copies the first `rows` rows of one table of this schema into another that holds as many. */
export function copyColumns<const S extends ColumnSchema>(
  schema: S,
  from: Columns<S>,
  to: Columns<S>,
  rows: number,
): void {
  for (const [name, column] of Object.entries(schema)) {
    const length = rows * parts(column).width;
    (to[name] as Uint8Array).set((from[name] as Uint8Array).subarray(0, length));
  }
}

/**
 * The capacity after `capacity` of a table that will hold about `ceiling` rows at most: eight times as much, since
 * memory that is not written costs nothing, while each step leaves a whole table behind to be collected.
 */
export function nextCapacity(capacity: number, ceiling: number): number {
  return capacity >= ceiling ? capacity * 2 : Math.min(capacity * 8, ceiling);
}

/** Gives the memory of a table back at once, without waiting for it to be collected. Its columns are empty from now on. */
export function closeColumns<S extends ColumnSchema>(columns: Columns<S>): void {
  bufferOf(columns).transfer(0);
}

/** The one buffer behind a table made by `makeColumns`. */
export function bufferOf<S extends ColumnSchema>(columns: Columns<S>): ArrayBuffer {
  const [first] = Object.values(columns) as ArrayTypes[ColumnType][];
  if (!first) throw new RangeError('a table without columns has no buffer');
  return first.buffer as ArrayBuffer;
}
