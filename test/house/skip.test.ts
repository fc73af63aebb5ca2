import { expect, it } from 'vitest';
import { isAllowed } from '../../scripts/lib/skips.mjs';

const allowed = [{ pattern: /^test\/integration\//, reason: 'no ../shared/data' }];

it('allows a skip whose name and reason are both listed', () => {
  expect(isAllowed({ name: 'test/integration/a.test.ts > reads', reason: 'no ../shared/data' }, allowed)).toBe(true);
});

it('refuses another test with a listed reason', () => {
  expect(isAllowed({ name: 'test/unit/a.test.ts > reads', reason: 'no ../shared/data' }, allowed)).toBe(false);
});

it('refuses a listed test with another reason, or none', () => {
  expect(isAllowed({ name: 'test/integration/a.test.ts > reads', reason: 'flaky' }, allowed)).toBe(false);
  expect(isAllowed({ name: 'test/integration/a.test.ts > reads', reason: '' }, allowed)).toBe(false);
});
