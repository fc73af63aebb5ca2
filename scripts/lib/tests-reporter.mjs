/** A vitest reporter: every test's outcome, with the reason of each skip, as JSON in the file SONDE_TEST_SUMMARY. */
import { writeFileSync } from 'node:fs';

/** @typedef {{ name: string, reason: string }} Skipped name: `file > suite > test` */
/** @typedef {{ passed: number, failed: string[], skipped: Skipped[], errors: string[] }} Summary */

export default class SummaryReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<{ message?: string }>} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    const file = process.env['SONDE_TEST_SUMMARY'];
    if (file === undefined) throw new Error('SONDE_TEST_SUMMARY names no file');
    writeFileSync(file, JSON.stringify(summarise(modules, unhandled)));
  }
}

/**
 * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
 * @param {ReadonlyArray<{ message?: string }>} unhandled
 * @returns {Summary}
 */
function summarise(modules, unhandled) {
  /** @type {Summary} */
  const summary = { passed: 0, failed: [], skipped: [], errors: unhandled.map(({ message }) => message ?? 'an error') };
  for (const module of modules) {
    const file = module.relativeModuleId;
    let tests = 0;
    for (const test of module.children.allTests()) {
      tests++;
      count(summary, `${file} > ${test.fullName}`, test.result());
    }
    // Errors of a file or suite itself (import, beforeAll) belong to no test, and a file without tests tests nothing.
    for (const error of module.errors()) summary.errors.push(`${file}: ${error.message}`);
    for (const suite of module.children.allSuites()) {
      for (const error of suite.errors()) summary.errors.push(`${file} > ${suite.fullName}: ${error.message}`);
    }
    if (tests === 0 && module.errors().length === 0) summary.errors.push(`${file}: has no tests`);
  }
  return summary;
}

/**
 * @param {Summary} summary
 * @param {string} name
 * @param {import('vitest/node').TestResult} result
 */
function count(summary, name, result) {
  if (result.state === 'passed') summary.passed++;
  else if (result.state === 'skipped') summary.skipped.push({ name, reason: result.note ?? '' });
  else summary.failed.push(name);
}
