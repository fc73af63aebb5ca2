/** Whose a socket is: the process that has it open (/proc/PID/fd, proc_pid_fd(5)). */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FlowProcess } from '../../../../src-shared/domain/flow.ts';
import type { Socket } from './sockets.ts';

/** Open files that are looked at in one round, and processes. */
const LINKS_MAX = 20_000;
const PROCESSES_MAX = 4096;
/** Processes that had sockets before are looked at first; so many are remembered, and names of users. */
const KNOWN_MAX = 256;
const SOCKET = /^socket:\[(\d+)\]$/;
const NAME_MAX = 64;
const USERS_BYTES = 1 << 20;

function printable(text: string): string {
  return text.replaceAll(/[^\x21-\x7e\u00a1-\uffff ]/g, '?').slice(0, NAME_MAX);
}

export class SocketOwners {
  private readonly root: string;
  private readonly passwd: string;
  /** Processes that had sockets, the latest last. */
  private readonly known = new Set<number>();
  private users: ReadonlyMap<number, string> | undefined;

  /** `root`: /proc; `passwd`: /etc/passwd. */
  constructor(root: string, passwd: string) {
    this.root = root;
    this.passwd = passwd;
  }

  /** Of those that can be told, by inode. Others belong to somebody whose files we may not see, or are gone. */
  async of(wanted: readonly Socket[]): Promise<Map<number, FlowProcess>> {
    const found = new Map<number, FlowProcess>();
    const missing = new Map(wanted.map((socket) => [socket.inode, socket.uid]));
    const uids = new Set(missing.values());
    let links = 0;
    for (const pid of await this.processes()) {
      if (missing.size === 0 || links >= LINKS_MAX) break;
      if (!(await this.isOf(pid, uids))) continue;
      const [inodes, looked] = await this.socketsOf(pid, missing, LINKS_MAX - links);
      links += looked;
      if (inodes.length === 0) continue;
      const process = await this.describe(pid, missing.get(inodes[0]!)!);
      for (const inode of inodes) {
        missing.delete(inode);
        found.set(inode, process);
      }
      this.remember(pid);
    }
    return found;
  }

  private async processes(): Promise<number[]> {
    const names = await readdir(this.root).catch(() => []);
    const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
    const there = new Set(pids);
    const first = [...this.known].filter((pid) => there.has(pid)).toReversed();
    // New programs have the highest numbers, and new flows are most often theirs.
    const others = pids.filter((pid) => !this.known.has(pid)).sort((a, b) => b - a);
    return [...first, ...others].slice(0, PROCESSES_MAX);
  }

  /** A program that changed its user may hold sockets of both: root's are looked through, too. */
  private async isOf(pid: number, uids: ReadonlySet<number>): Promise<boolean> {
    const owner = await stat(join(this.root, String(pid))).catch(() => undefined);
    return owner !== undefined && (uids.has(owner.uid) || owner.uid === 0);
  }

  private async socketsOf(
    pid: number,
    missing: ReadonlyMap<number, number>,
    most: number,
  ): Promise<[inodes: number[], looked: number]> {
    const folder = join(this.root, String(pid), 'fd');
    const names = (await readdir(folder).catch(() => [])).slice(0, most);
    const inodes: number[] = [];
    for (const name of names) {
      const target = await readlink(join(folder, name)).catch(() => '');
      const inode = Number(SOCKET.exec(target)?.[1] ?? NaN);
      if (missing.has(inode) && !inodes.includes(inode)) inodes.push(inode);
    }
    return [inodes, names.length];
  }

  /** The name of its file, which is longer than the kernel's 15 letters and which threads do not change; else that. */
  private async describe(pid: number, uid: number): Promise<FlowProcess> {
    const folder = join(this.root, String(pid));
    const file = await readlink(join(folder, 'exe')).catch(() => '');
    const name = file === '' ? await readFile(join(folder, 'comm'), 'utf8').catch(() => '') : basename(file);
    const user = (await this.userNames()).get(uid) ?? String(uid);
    return { pid, name: printable(name.trim().replace(/ \(deleted\)$/, '')) || '?', user: printable(user) };
  }

  private async userNames(): Promise<ReadonlyMap<number, string>> {
    if (!this.users) {
      const text = (await readFile(this.passwd, 'utf8').catch(() => '')).slice(0, USERS_BYTES);
      const lines = text.split('\n').map((line) => line.split(':'));
      this.users = new Map(lines.filter(([name, , uid]) => name && uid).map(([name, , uid]) => [Number(uid), name!]));
    }
    return this.users;
  }

  private remember(pid: number): void {
    this.known.delete(pid);
    this.known.add(pid);
    if (this.known.size > KNOWN_MAX) this.known.delete(this.known.values().next().value!);
  }
}
