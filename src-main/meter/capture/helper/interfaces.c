/* Which network interfaces there are, and how one of them fares. */
#include "helper.h"

#include <ctype.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COUNTS_USED offsetof(struct rtnl_link_stats64, rx_compressed)

/* By the kernel's own list of network interfaces. libpcap's is longer: USB and Bluetooth monitors, D-Bus and netfilter
 * queues are none of our business, and a file capability must not open them. */
bool interface_exists(const char *name) {
  struct if_nameindex *all = if_nameindex();
  bool found = strcmp(name, "any") == 0;
  for (struct if_nameindex *each = all; each != NULL && each->if_index != 0; each++)
    if (strcmp(each->if_name, name) == 0) found = true;
  if (all != NULL) if_freenameindex(all);
  return found;
}

/* A line each: name, flags of libpcap, description; tabs between. */
void interfaces_list(void) {
  char text[PCAP_ERRBUF_SIZE] = "";
  pcap_if_t *all = NULL;
  if (pcap_findalldevs(&all, text) != 0) fail(FAIL_CAPTURE, "%s", text);
  for (const pcap_if_t *each = all; each != NULL; each = each->next) {
    if (!interface_exists(each->name)) continue;
    printf("%s\t%u\t", each->name, each->flags);
    for (const char *at = each->description; at != NULL && *at != '\0'; at++)
      if (!iscntrl((unsigned char)*at)) putchar(*at);
    putchar('\n');
  }
}

int link_open(void) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0 || connect(fd, (struct sockaddr *)&kernel, sizeof kernel) != 0) fail(FAIL_CAPTURE, "no netlink socket");
  return fd;
}

static void read_link(const struct nlmsghdr *message, struct capture *capture) {
  const struct ifinfomsg *info = NLMSG_DATA(message);
  const unsigned char *at = (const unsigned char *)info + NLMSG_ALIGN(sizeof *info);
  const unsigned char *end = (const unsigned char *)message + message->nlmsg_len;
  struct rtnl_link_stats64 counts;
  capture->up = (info->ifi_flags & IFF_UP) != 0;
  for (struct rtattr head; end - at >= (ptrdiff_t)sizeof head; at += RTA_ALIGN((size_t)head.rta_len)) {
    memcpy(&head, at, sizeof head);
    if (head.rta_len < sizeof head || end - at < (ptrdiff_t)head.rta_len) return;
    if (head.rta_type != IFLA_STATS64 || RTA_PAYLOAD(&head) < COUNTS_USED) continue;
    memcpy(&counts, at + RTA_LENGTH(0), COUNTS_USED);
    /* What the device lost before anyone could see it; rx_dropped counts what was seen and then not wanted. */
    capture->lost = counts.rx_missed_errors + counts.rx_fifo_errors;
  }
}

/* Asks the kernel about an interface; false where it gave no answer. */
bool link_query(struct capture *capture) {
  static char reply[32768] __attribute__((aligned(8)));
  static uint32_t sequence = 0;
  struct {
    struct nlmsghdr header;
    struct ifinfomsg info;
  } request = {{sizeof request, RTM_GETLINK, NLM_F_REQUEST, ++sequence, 0}, {.ifi_index = capture->index}};
  if (sendto(capture->netlink, &request, sizeof request, 0, NULL, 0) != (ssize_t)sizeof request) return false;
  for (ssize_t length; (length = recvfrom(capture->netlink, reply, sizeof reply, MSG_DONTWAIT, NULL, NULL)) > 0;) {
    const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)reply;
    if (!NLMSG_OK(message, (size_t)length) || message->nlmsg_seq != sequence) continue;
    if (message->nlmsg_type == RTM_NEWLINK) read_link(message, capture);
    else capture->exists = ((const struct nlmsgerr *)NLMSG_DATA(message))->error != -ENODEV;
    return true;
  }
  return false;
}
