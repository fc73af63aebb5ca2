import { describe, expect, it } from 'vitest';
import { placeAfterToken, tokenOf } from '../../../src-renderer/lib/sign-in.ts';

describe('the address of the first visit', () => {
  it.each([
    ['#token=a-B_9', 'a-B_9', '/'],
    ['#token=a-B_9/open?job=2', 'a-B_9', '/open?job=2'],
    ['#token=a-B_9&x', 'a-B_9', '/'],
    ['#/c/1/flows', null, '/'],
    ['', null, '/'],
  ])('%s', (hash, token, place) => {
    expect([tokenOf(hash), placeAfterToken(hash)]).toEqual([token, place]);
  });
});
