import { describe, expect, it } from 'vitest';
import { AnswerTimes, questionKey } from '../../../src-main/detect/features/answer-times.ts';

describe('answer times', () => {
  it('are from the first of repeated questions to the first answer', () => {
    const times = new AnswerTimes(7);
    times.ask(3, 10);
    times.ask(3, 11);
    expect(times.answer(3, 12)).toBe(2000);
    expect(times.answer(3, 13)).toBeNaN();
  });

  it('belong to another question after a minute, or before it was asked', () => {
    const times = new AnswerTimes(7);
    times.ask(3, 10);
    expect(times.answer(3, 71)).toBeNaN();
    times.ask(3, 100);
    times.ask(3, 161);
    expect(times.answer(3, 162)).toBe(1000);
    times.ask(3, 200);
    expect(times.answer(3, 199)).toBeNaN();
  });

  it('are not known where a newer question took the place', () => {
    const times = new AnswerTimes(7);
    const [one, other] = [questionKey(0, 1), questionKey(0, 8)];
    times.ask(one, 0);
    times.ask(other, 1);
    expect(times.answer(one, 2)).toBeNaN();
    expect(times.answer(other, 2)).toBe(1000);
  });
});
