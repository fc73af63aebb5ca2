/* The order of things. Everything above `privileges_drop` runs with privilege; it reads no packet and no filter. */
#include "helper.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RETIRE_MS = 20, COMPILE_SECONDS = 5 };

_Noreturn void fail(enum failure code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("sonde-capture: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  _exit(code);
}

/* Nothing of what the caller left around is used: no environment, no file but the three standard ones. */
static void clean_start(void) {
  uid_t u[3];
  gid_t g[3];
  clearenv();
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0) _exit(FAIL_USAGE);
  if (syscall(SYS_close_range, 3u, ~0u, 0u) != 0)
    for (int fd = 3; fd < 65536; fd++) close(fd);
  if (getresuid(&u[0], &u[1], &u[2]) != 0 || getresgid(&g[0], &g[1], &g[2]) != 0 || u[0] != u[1] || u[0] != u[2] ||
      g[0] != g[1] || g[0] != g[2])
    fail(FAIL_PRIVILEGES, "it must not be set-user-ID or set-group-ID; it takes a file capability");
  /* Ctrl-C reaches a whole terminal: whoever started this ends it by the pipe. SIGTERM ends it at once. */
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGALRM, SIG_DFL);
  sigprocmask(SIG_SETMASK, &(sigset_t){0}, NULL);
  if (chdir("/") != 0) fail(FAIL_USAGE, "there is no root folder");
}

/* Each of these fails only where the limit is lower already. */
static void limit_resources(const struct options *options) {
  rlim_t memory = ((rlim_t)options->buffer_mb + 512) << 20;
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0});
  setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 64});
  setrlimit(RLIMIT_AS, &(struct rlimit){memory, memory});
  if (options->mode == MODE_CAPTURE) setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
}

static bool is_pipe(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

static pcap_t *open_device(const struct options *options) {
  char message[PCAP_ERRBUF_SIZE] = "";
  pcap_t *pcap = pcap_create(options->interface, message);
  if (pcap == NULL) fail(FAIL_CAPTURE, "%s", message);
  pcap_set_snaplen(pcap, options->snaplen);
  pcap_set_promisc(pcap, options->promiscuous && strcmp(options->interface, "any") != 0);
  pcap_set_timeout(pcap, RETIRE_MS);
  pcap_set_buffer_size(pcap, options->buffer_mb << 20);
  pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
  int result = pcap_activate(pcap);
  if (result == PCAP_ERROR_PERM_DENIED || result == PCAP_ERROR_PROMISC_PERM_DENIED)
    fail(FAIL_PERMISSION, "no permission to capture on %s", options->interface);
  if (result == PCAP_ERROR_NO_SUCH_DEVICE) fail(FAIL_INTERFACE, "there is no interface %s", options->interface);
  if (result == PCAP_ERROR_IFACE_NOT_UP) fail(FAIL_DOWN, "interface %s is down", options->interface);
  if (result < 0) fail(FAIL_CAPTURE, "%s: %s", pcap_statustostr(result), pcap_geterr(pcap));
  if (pcap_setnonblock(pcap, 1, message) != 0) fail(FAIL_CAPTURE, "%s", message);
  return pcap;
}

/* The compiler parses what a person typed, and may ask for host names: without privilege, and not for ever. */
static void compile(pcap_t *pcap, const struct options *options) {
  struct bpf_program program;
  alarm(COMPILE_SECONDS);
  if (pcap_compile(pcap, &program, options->filter, 1, PCAP_NETMASK_UNKNOWN) != 0 ||
      (options->mode == MODE_CAPTURE && pcap_setfilter(pcap, &program) != 0))
    fail(FAIL_FILTER, "%s", pcap_geterr(pcap));
  alarm(0);
}

static int without_device(const struct options *options) {
  bool capable = privileges_held(CAP_NET_RAW);
  bool bounding_dropped = privileges_drop();
  limit_resources(options);
  privileges_open_status();
  privileges_verify(bounding_dropped, false);
  if (options->mode == MODE_VERSION)
    printf("sonde-capture %s protocol %d capture %s\n", HELPER_VERSION, PROTOCOL_VERSION, capable ? "yes" : "no");
  if (options->mode == MODE_LIST) interfaces_list();
  if (options->mode == MODE_CHECK) compile(pcap_open_dead(options->link_type, SNAPLEN_MAX), options);
  return fflush(stdout) == 0 ? 0 : FAIL_OUTPUT;
}

int main(int argc, char **argv) {
  struct options options;
  clean_start();
  options_parse(argc, argv, &options);
  if (options.mode != MODE_CAPTURE) return without_device(&options);
  if (!is_pipe(0) || !is_pipe(1)) fail(FAIL_OUTPUT, "standard input and output must be pipes");
  if (!interface_exists(options.interface)) fail(FAIL_INTERFACE, "there is no interface %s", options.interface);
  struct capture capture = {.index = (int)if_nametoindex(options.interface), .netlink = link_open()};
  capture.pcap = open_device(&options);

  capture.bounding_dropped = privileges_drop();
  limit_resources(&options);
  /* Packets that came since the device was opened wait in its buffer; libpcap puts them through the filter too. */
  if (options.filter != NULL) compile(capture.pcap, &options);
  frames_begin();
  privileges_open_status();
  syscalls_restrict(capture.netlink);
  privileges_verify(capture.bounding_dropped, true);
  _exit(capture_run(&capture, &options) >= END_GONE ? FAIL_CAPTURE : 0);
}
