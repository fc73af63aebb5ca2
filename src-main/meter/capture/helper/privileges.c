/* Giving up everything, and proof of it from the kernel, for every thread. */
#include "helper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534, THREADS_MAX = 16 };

static uid_t uid;
static gid_t gid;
static bool was_root;
static int status_files[THREADS_MAX], threads = 0;

bool privileges_held(int capability) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{0}};
  return syscall(SYS_capget, &header, data) == 0 && (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

/* Possible where CAP_SETPCAP is held, which root has and a file with cap_net_raw has not. There the set stays full, as
 * in every process of a user; no_new_privs makes it worthless (no execve adds anything), and no execve is allowed. */
static bool drop_bounding(void) {
  if (!privileges_held(CAP_SETPCAP)) return false;
  for (int capability = 0; capability < 64; capability++)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return capability > 0 && errno == EINVAL;
  return true;
}

/* The caller's ids; where root is the caller, nobody's: root's would keep power over files, and who is behind sudo or
 * pkexec only the environment says, which is not believed. Tells whether the bounding set could be emptied. */
bool privileges_drop(void) {
  was_root = getuid() == 0;
  uid = was_root ? NOBODY : getuid();
  gid = was_root ? NOBODY : getgid();
  bool bounding_dropped = drop_bounding();
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0}};
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 || prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0 ||
      (was_root && setgroups(0, NULL) != 0) || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0 ||
      syscall(SYS_capset, &header, none) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    fail(FAIL_PRIVILEGES, "privileges cannot be given up: %s", strerror(errno));
  return bounding_dropped;
}

/* The kernel's account of each thread, opened while files can be opened and read when nothing can change any more. */
void privileges_open_status(void) {
  DIR *folder = opendir("/proc/self/task");
  if (folder == NULL) fail(FAIL_PRIVILEGES, "/proc is not there, so that nothing can be verified");
  for (const struct dirent *each; (each = readdir(folder)) != NULL;) {
    char path[64];
    if (each->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/self/task/%.16s/status", each->d_name);
    if (threads == THREADS_MAX || (status_files[threads++] = open(path, O_RDONLY | O_CLOEXEC)) < 0)
      fail(FAIL_PRIVILEGES, "a thread's state cannot be read");
  }
  if (threads == 0) fail(FAIL_PRIVILEGES, "no thread's state can be read");
}

/* Every number of the line must be this. The numbers of ids are decimal, those of sets hexadecimal. */
static void expect(const char *status, const char *name, int base, int numbers, unsigned long long wanted) {
  const char *at = strstr(status, name);
  if (at == NULL) fail(FAIL_PRIVILEGES, "the kernel does not tell %s", name + 1);
  char *end = (char *)(uintptr_t)(at + strlen(name));
  for (int i = 0; i < numbers; i++)
    if (strtoull(end, &end, base) != wanted) fail(FAIL_PRIVILEGES, "%s is not what it should be", name + 1);
  if (strspn(end, " \t") != strcspn(end, "\n")) fail(FAIL_PRIVILEGES, "%s has more than it should", name + 1);
}

void privileges_verify(bool bounding_dropped, bool with_filter) {
  static const char *const sets[] = {"\nCapInh:", "\nCapPrm:", "\nCapEff:", "\nCapAmb:"};
  if (uid == 0 || (was_root && gid == 0)) fail(FAIL_PRIVILEGES, "it is still root");
  for (; threads > 0; threads--) {
    char status[8192] = "";
    if (pread(status_files[threads - 1], status, sizeof status - 1, 0) <= 0)
      fail(FAIL_PRIVILEGES, "a thread's state cannot be read");
    expect(status, "\nUid:", 10, 4, uid);
    expect(status, "\nGid:", 10, 4, gid);
    if (was_root) expect(status, "\nGroups:", 10, 0, 0);
    for (int i = 0; i < 4; i++) expect(status, sets[i], 16, 1, 0);
    if (bounding_dropped) expect(status, "\nCapBnd:", 16, 1, 0);
    expect(status, "\nNoNewPrivs:", 10, 1, 1);
    if (with_filter) expect(status, "\nSeccomp:", 10, 1, 2);
  }
}

/* The system calls left once packets are read: to read standard input, write standard output, wait, and ask how the
 * device fares. Others end the process; what libpcap may try after an error of the device is answered with EPERM. */
#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define GIVE(action) BPF_STMT(BPF_RET | BPF_K, action)
#define WHEN(number, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), GIVE(action)
#define ALLOW(number) WHEN(number, SECCOMP_RET_ALLOW)
#define DENY(number) WHEN(number, SECCOMP_RET_ERRNO | EPERM)
/* Allowed on one file descriptor only. The arguments are 64 bits wide; of a descriptor the kernel reads 32. */
#define ALLOW_ON(number, fd)                                                                                  \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4), LOAD(args[0]),                                            \
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, fd, 0, 1), GIVE(SECCOMP_RET_ALLOW), GIVE(SECCOMP_RET_KILL_PROCESS)

void syscalls_restrict(int netlink) {
  struct sock_filter program[] = {
      LOAD(arch),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
      GIVE(SECCOMP_RET_KILL_PROCESS),
      LOAD(nr),
#if defined(SYS_poll)
      ALLOW(SYS_poll),
#endif
      ALLOW(SYS_ppoll),
      ALLOW_ON(SYS_write, 1),
      ALLOW_ON(SYS_read, 0),
      ALLOW_ON(SYS_sendto, (uint32_t)netlink),
      ALLOW(SYS_recvfrom),
      ALLOW(SYS_getsockopt),
      ALLOW(SYS_clock_gettime),
      ALLOW(SYS_pread64),
      ALLOW(SYS_restart_syscall),
      ALLOW(SYS_exit_group),
      DENY(SYS_getsockname),
      DENY(SYS_ioctl),
      GIVE(SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
    fail(FAIL_PRIVILEGES, "the system call filter cannot be set");
}
