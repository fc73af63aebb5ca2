/* The loop: packets out of the kernel's buffer into frames, and every second how it fares. */
#include "helper.h"

#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define FAILURES_MAX 1000

static int64_t clock_ns(clockid_t which) {
  struct timespec now;
  clock_gettime(which, &now);
  return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static void on_packet(unsigned char *user, const struct pcap_pkthdr *header, const unsigned char *data) {
  frame_put_packet(((const struct capture *)(const void *)user)->link, header, data);
}

static void send_started(const struct capture *c, const struct options *options) {
  struct {
    uint32_t link, snaplen, buffer_mb, flags;
    char name[16];
  } payload = {c->link, (uint32_t)options->snaplen, (uint32_t)options->buffer_mb, 0, ""};
  bool nanoseconds = pcap_get_tstamp_precision(c->pcap) == PCAP_TSTAMP_PRECISION_NANO;
  payload.flags = (options->promiscuous ? 1u : 0u) | (nanoseconds ? 2u : 0u) | (c->bounding_dropped ? 4u : 0u);
  strncpy(payload.name, options->interface, sizeof payload.name - 1);
  frame_send(FRAME_STARTED, &payload, sizeof payload);
}

/* False when the interface is gone. One that is down comes back by itself, and is only spoken of. */
static bool check_link(struct capture *c) {
  bool was_up = c->up;
  if (c->index == 0 || !link_query(c)) return true;
  if (!c->exists) frame_error(FAIL_GONE, "the interface is gone");
  else if (was_up && !c->up) frame_error(FAIL_DOWN, "the interface is down");
  if (c->lost_before == NOT_KNOWN) c->lost_before = c->lost;
  return c->exists;
}

/* The kernel counts since it was last asked. pcap_stats is not used: it opens files. */
static bool send_statistics(struct capture *c) {
  struct tpacket_stats_v3 counts = {0};
  uint64_t wall = (uint64_t)clock_ns(CLOCK_REALTIME);
  bool there = check_link(c);
  if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &counts, &(socklen_t){sizeof counts}) == 0) {
    c->received += counts.tp_packets;
    c->dropped += counts.tp_drops;
  }
  uint64_t lost = c->lost == NOT_KNOWN || c->lost < c->lost_before ? NOT_KNOWN : c->lost - c->lost_before;
  const uint64_t payload[6] = {frames_packets, c->received, c->dropped, lost, wall, c->up ? 1 : 0};
  frame_send(FRAME_STATISTICS, payload, sizeof payload);
  return there;
}

/* A device that went down or away leaves an error on its socket; asking for it clears it. */
static bool survives(struct capture *c) {
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &(int){0}, &(socklen_t){sizeof(int)});
  if (!check_link(c)) return false;
  if (++c->failures > FAILURES_MAX) frame_error(FAIL_CAPTURE, pcap_geterr(c->pcap));
  return c->failures <= FAILURES_MAX;
}

static enum end_reason loop(struct capture *c) {
  bool more = false;
  for (int64_t next = clock_ns(CLOCK_MONOTONIC) + SECOND;;) {
    int64_t left = next - clock_ns(CLOCK_MONOTONIC);
    struct pollfd ready[3] = {{c->fd, POLLIN, 0}, {0, POLLIN, 0}, {1, 0, 0}};
    poll(ready, 3, more || left <= 0 ? 0 : (int)(left / 1000000) + 1);
    if ((ready[2].revents & (POLLERR | POLLNVAL)) != 0) _exit(FAIL_OUTPUT);
    if (ready[1].revents != 0 && control_read() != END_NOT) return control_read();
    if ((ready[0].revents & (POLLERR | POLLNVAL)) != 0 && !survives(c)) return END_GONE;
    int taken = pcap_dispatch(c->pcap, BATCH_PACKETS, on_packet, (unsigned char *)c);
    frame_flush(c->link);
    more = taken == BATCH_PACKETS;
    if (taken < 0 && !survives(c)) return END_GONE;
    if (taken > 0) c->failures = 0;
    if (clock_ns(CLOCK_MONOTONIC) < next) continue;
    next = clock_ns(CLOCK_MONOTONIC) - next < SECOND ? next + SECOND : clock_ns(CLOCK_MONOTONIC) + SECOND;
    if (!send_statistics(c)) return END_GONE;
  }
}

enum end_reason capture_run(struct capture *c, const struct options *options) {
  c->fd = pcap_get_selectable_fd(c->pcap);
  /* DLT_ numbers are the system's, LINKTYPE_ numbers those of files. On Linux only raw IP differs. */
  int type = pcap_datalink(c->pcap);
  c->link = type == 12 || type == 14 ? 101 : (uint32_t)type;
  c->exists = c->up = true;
  c->lost = c->lost_before = NOT_KNOWN;
  send_started(c, options);
  check_link(c);
  const uint32_t reason = loop(c);
  send_statistics(c);
  frame_send(FRAME_END, &reason, sizeof reason);
  return (enum end_reason)reason;
}
