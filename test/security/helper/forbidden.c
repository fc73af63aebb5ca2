/* What a system call beyond the filter comes to: the helper's own privileges.c, and then the call that is named. */
#include "../../../src-main/meter/capture/helper/helper.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

_Noreturn void fail(enum failure code, const char *format, ...) {
  fprintf(stderr, "fail: %s\n", format);
  _exit((int)code);
}

int main(int argc, char **argv) {
  const char *which = argc > 1 ? argv[1] : "";
  int pair[2], other[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, other);
  bool bounding = privileges_drop();
  privileges_open_status();
  syscalls_restrict(pair[0]);
  privileges_verify(bounding, true);
  if (strcmp(which, "nothing") == 0) write(1, "ok\n", 3);
  if (strcmp(which, "open") == 0) open("/etc/passwd", O_RDONLY);
  if (strcmp(which, "socket") == 0) socket(AF_INET, SOCK_STREAM, 0);
  if (strcmp(which, "execve") == 0) execl("/bin/true", "true", NULL);
  if (strcmp(which, "fork") == 0) syscall(SYS_clone, 17, 0, 0, 0, 0);
  if (strcmp(which, "mprotect") == 0) mprotect(NULL, 4096, PROT_EXEC);
  if (strcmp(which, "send-elsewhere") == 0) sendto(other[0], "x", 1, 0, NULL, 0);
  if (strcmp(which, "send-netlink") == 0 && sendto(pair[0], "x", 1, 0, NULL, 0) == 1) write(1, "ok\n", 3);
  if (strcmp(which, "write-elsewhere") == 0) write(2, "x", 1);
  if (strcmp(which, "read-elsewhere") == 0) read(pair[1], &pair, 1);
  if (strcmp(which, "ptrace") == 0) syscall(SYS_ptrace, 0, 0, 0, 0);
  if (strcmp(which, "setuid") == 0) syscall(SYS_setuid, 0);
  /* The 32-bit numbers of x86: int 0x80 with exit's. */
#if defined(__x86_64__)
  if (strcmp(which, "32-bit") == 0) __asm__ volatile("int $0x80" : : "a"(20) : "memory");
#endif
  _exit(0);
}
