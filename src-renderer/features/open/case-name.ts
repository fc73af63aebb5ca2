/** Cases are known by their names; what is in them is checked by the program. */
const ENDING = '.sondecase';

export const isCase = (name: string): boolean => name.toLowerCase().endsWith(ENDING);
