/** What happens in the demo's network, from the far end of the cable: people at work, then a scan, then a flood. */
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const [, , what = '', address = '', amount = '0'] = process.argv;

/** One connection; it does not matter whether it is answered. */
function touch(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const done = (): void => {
      socket.destroy();
      resolve();
    };
    socket.once('connect', done).once('error', done).setTimeout(500, done);
  });
}

const WORK: Readonly<Record<string, () => Promise<void>>> = {
  /** Pages are asked for, now and then, until the process is ended. */
  browse: async () => {
    for (let page = 0; ; page++) {
      await fetch(`http://${address}:8080/page/${page}`).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
      await wait(100 + (page % 7) * 60);
    }
  },
  /** Each port once. */
  scan: async () => {
    for (let port = 1; port <= Number(amount); port += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => touch(port + i)));
      await wait(20);
    }
  },
  /** One port, as fast as it goes. */
  flood: async () => {
    for (let sent = 0; sent < Number(amount); sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => touch(81)));
    }
  },
};

await WORK[what]?.();
