/* Frames on standard output, and commands on standard input. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "frames are little-endian");

enum { RECORD_HEADER = 16, BATCH_HEADER = 8, STOP_PATIENCE_S = 2 };

uint64_t frames_packets = 0;
static unsigned char batch[FRAME_HEADER + PAYLOAD_MAX];
static uint32_t used = BATCH_HEADER, count = 0, table[8][256];

void frames_begin(void) {
  for (uint32_t i = 0; i < 256; i++) {
    table[0][i] = i;
    for (int bit = 0; bit < 8; bit++) table[0][i] = (table[0][i] >> 1) ^ (0xedb88320u & (0u - (table[0][i] & 1)));
  }
  for (uint32_t i = 0; i < 256; i++)
    for (int k = 1; k < 8; k++) table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 255];
  if (fcntl(0, F_SETFL, O_NONBLOCK) != 0 || fcntl(1, F_SETFL, O_NONBLOCK) != 0)
    fail(FAIL_OUTPUT, "the pipes cannot be made non-blocking");
}

/* CRC-32 (ISO 3309, as in zlib), eight bytes a step: 300,000 packets a second must not wait for it. */
static uint32_t crc32_of(uint32_t crc, const unsigned char *data, size_t length) {
  crc = ~crc;
  for (; length >= 8; length -= 8, data += 8) {
    uint32_t w[2];
    memcpy(w, data, 8);
    w[0] ^= crc;
    crc = table[7][w[0] & 255] ^ table[6][(w[0] >> 8) & 255] ^ table[5][(w[0] >> 16) & 255] ^ table[4][w[0] >> 24] ^
          table[3][w[1] & 255] ^ table[2][(w[1] >> 8) & 255] ^ table[1][(w[1] >> 16) & 255] ^ table[0][w[1] >> 24];
  }
  for (; length > 0; length--) crc = (crc >> 8) ^ table[0][(crc ^ *data++) & 255];
  return ~crc;
}

/* Why to end, if it is time: "S", or the end of input. Any other byte is no command, and ends it too. */
enum end_reason control_read(void) {
  static enum end_reason why = END_NOT;
  char command;
  if (why != END_NOT) return why;
  ssize_t length = read(0, &command, 1);
  if (length >= 0 || (errno != EAGAIN && errno != EINTR))
    why = length <= 0 ? END_INPUT : command == 'S' ? END_STOP : END_COMMAND;
  return why;
}

/*
 * Writes all of it. While the pipe is full, packets wait in the kernel's buffer, which counts what it must drop.
 * When the other end is gone there is nobody to tell; when it asked to end, it is given a moment to read.
 */
static void send_all(const unsigned char *data, size_t length) {
  static time_t deadline = 0;
  while (length > 0) {
    struct pollfd wait[2] = {{1, POLLOUT, 0}, {0, POLLIN, 0}};
    struct timespec now;
    ssize_t written = write(1, data, length);
    if (written < 0 && errno != EAGAIN && errno != EINTR) _exit(FAIL_OUTPUT);
    if (written > 0) data += written, length -= (size_t)written;
    if (written <= 0 && control_read() == END_NOT) poll(wait, 2, -1);
    if (written > 0 || control_read() == END_NOT) continue;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (deadline == 0) deadline = now.tv_sec + STOP_PATIENCE_S;
    if (control_read() == END_INPUT || now.tv_sec >= deadline) _exit(FAIL_OUTPUT);
    poll(wait, 1, 100);
  }
}

static void send_frame(unsigned char *frame, enum frame_type type, uint32_t length) {
  const unsigned char head[8] = {'S', 'N', 'D', 'C', PROTOCOL_VERSION, (unsigned char)type, 0, 0};
  memcpy(frame, head, sizeof head);
  memcpy(frame + 8, &length, 4);
  uint32_t crc = crc32_of(crc32_of(0, frame + 4, 8), frame + FRAME_HEADER, length);
  memcpy(frame + 12, &crc, 4);
  send_all(frame, FRAME_HEADER + length);
}

void frame_flush(uint32_t link) {
  if (count == 0) return;
  memcpy(batch + FRAME_HEADER, (uint32_t[2]){count, link}, BATCH_HEADER);
  send_frame(batch, FRAME_PACKETS, used);
  frames_packets += count;
  used = BATCH_HEADER;
  count = 0;
}

/* A record: u32 seconds, u32 nanoseconds, u32 captured, u32 on the wire; the bytes, padded to four. */
void frame_put_packet(uint32_t link, const struct pcap_pkthdr *header, const unsigned char *data) {
  uint32_t captured = header->caplen > SNAPLEN_MAX ? SNAPLEN_MAX : header->caplen;
  uint32_t padded = (captured + 3) & ~3u;
  if (used + RECORD_HEADER + padded > PAYLOAD_MAX || count == BATCH_PACKETS) frame_flush(link);
  unsigned char *record = batch + FRAME_HEADER + used;
  const uint32_t head[4] = {(uint32_t)header->ts.tv_sec, (uint32_t)header->ts.tv_usec, captured, header->len};
  memcpy(record, head, RECORD_HEADER);
  memcpy(record + RECORD_HEADER, data, captured);
  memset(record + RECORD_HEADER + captured, 0, padded - captured);
  used += RECORD_HEADER + padded;
  count++;
}

void frame_send(enum frame_type type, const void *payload, uint32_t length) {
  unsigned char frame[FRAME_HEADER + 512];
  memcpy(frame + FRAME_HEADER, payload, length);
  send_frame(frame, type, length);
}

void frame_error(enum failure code, const char *text) {
  unsigned char payload[260] = {(unsigned char)code};
  memcpy(payload + 4, text, strnlen(text, 256));
  frame_send(FRAME_ERROR, payload, (uint32_t)(4 + strnlen(text, 256)));
}
