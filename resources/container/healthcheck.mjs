// `node healthcheck.mjs PORT`: whether the desk of this container answers. Its certificate is for the name that people
// use, not for this address, so only that somebody speaks TLS and HTTP is asked.
import { get } from 'node:https';

const port = Number(process.argv[2]);
const request = get({ host: '127.0.0.1', port, path: '/', rejectUnauthorized: false, timeout: 4000 }, (response) => {
  process.exit((response.statusCode ?? 500) < 500 ? 0 : 1);
});
request.on('timeout', () => request.destroy(new Error('no answer within 4 s')));
request.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
