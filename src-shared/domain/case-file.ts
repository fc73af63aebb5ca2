/** Files of cases are known by their names; what is in them is checked by the program. */

export const CASE_ENDING = '.sondecase';

export const isCaseFile = (name: string): boolean => name.toLowerCase().endsWith(CASE_ENDING);
