export { ethernet } from '../net/ethertype.ts';
