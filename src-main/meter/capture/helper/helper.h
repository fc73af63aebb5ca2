/*
 * sonde-capture: the only part of Sonde that may run with privilege. It opens one network device, gives up every
 * privilege, and then copies packets to a pipe. docs/security.md has the threat model; main.c shows the order of
 * things; ../client/protocol.ts is the other end of the pipe.
 */
#ifndef SONDE_HELPER_H
#define SONDE_HELPER_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

#define HELPER_VERSION "0.1.0"
#define PROTOCOL_VERSION 1
/* A frame: "SNDC", u8 version, u8 type, u16 zero, u32 payload length, u32 CRC-32 of the 8 bytes before and of the
 * payload; all numbers little-endian. */
#define FRAME_HEADER 16
#define PAYLOAD_MAX (1u << 20)
#define BATCH_PACKETS 4096
#define SNAPLEN_MAX 262144
#define FILTER_MAX 4096
#define NOT_KNOWN UINT64_MAX

enum frame_type { FRAME_STARTED = 1, FRAME_PACKETS, FRAME_STATISTICS, FRAME_ERROR, FRAME_END };
/* Exit codes, and the codes of error frames. */
enum failure { FAIL_USAGE = 64, FAIL_INTERFACE, FAIL_FILTER, FAIL_PERMISSION, FAIL_PRIVILEGES, FAIL_CAPTURE, FAIL_GONE,
               FAIL_DOWN, FAIL_OUTPUT };
enum end_reason { END_NOT, END_STOP, END_INPUT, END_GONE, END_COMMAND };
enum mode { MODE_CAPTURE, MODE_LIST, MODE_CHECK, MODE_VERSION };

struct options {
  enum mode mode;
  const char *interface, *filter;
  int snaplen, buffer_mb, link_type;
  bool promiscuous;
};

struct capture {
  pcap_t *pcap;
  int fd, netlink, index;
  uint32_t link;
  bool bounding_dropped, exists, up;
  /* Packets the kernel counted, those its buffer had no room for, those the device lost (ever), those before us. */
  uint64_t received, dropped, lost, lost_before;
  unsigned failures;
};

/* Says why on standard error and ends the process with this code. */
_Noreturn void fail(enum failure code, const char *format, ...) __attribute__((format(printf, 2, 3)));
void options_parse(int argc, char **argv, struct options *options);

bool interface_exists(const char *name);
void interfaces_list(void);
int link_open(void);
bool link_query(struct capture *capture);
bool privileges_held(int capability);
bool privileges_drop(void);
void privileges_open_status(void);
void privileges_verify(bool bounding_dropped, bool with_filter);
void syscalls_restrict(int netlink);

/* Frames: these wait for the reader of the pipe, and watch standard input while they do. */
extern uint64_t frames_packets;
void frames_begin(void);
void frame_put_packet(uint32_t link, const struct pcap_pkthdr *header, const unsigned char *data);
void frame_flush(uint32_t link);
void frame_send(enum frame_type type, const void *payload, uint32_t length);
void frame_error(enum failure code, const char *text);
enum end_reason control_read(void);

enum end_reason capture_run(struct capture *capture, const struct options *options);

#endif
