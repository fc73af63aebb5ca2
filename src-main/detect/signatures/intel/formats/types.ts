/** What a format of lists is. */
import type { Intake } from '../types.ts';

/** Reads a list line by line. */
export interface LineReader {
  /** `number` counts from 1. */
  line(text: string, number: number): void;
}

/** A format of lines: one file here, one line in `registry.ts`. */
export interface LineFormat {
  id: string;
  /** By the first lines. */
  recognises(head: readonly string[]): boolean;
  open(head: readonly string[], intake: Intake): LineReader;
}

/** A format of JSON. */
export interface JsonFormat {
  id: string;
  recognises(json: unknown): boolean;
  read(json: unknown, intake: Intake): void;
}

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of a field that is a list; else nothing. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
