/* Arguments, from a closed list, each once, each bounded. getopt is not used: it obeys the environment. */
#include "helper.h"

#include <ctype.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"--interface", "--filter", "--check-filter", "--snaplen", "--buffer-mb",
                                    "--link-type", "--no-promiscuous", "--list", "--version"};
enum { INTERFACE, FILTER, CHECK, SNAPLEN, BUFFER, LINK, NOT_PROMISCUOUS, LIST, VERSION, NAMES };

static int number(const char *name, const char *text, long least, long most) {
  size_t length = strlen(text);
  long value = length > 0 && length <= 7 && strspn(text, "0123456789") == length ? strtol(text, NULL, 10) : -1;
  if (value < least || value > most) fail(FAIL_USAGE, "%s takes a number from %ld to %ld", name, least, most);
  return (int)value;
}

static const char *text(const char *name, const char *value, size_t most) {
  if (*value == '\0' || strlen(value) > most) fail(FAIL_USAGE, "%s takes 1 to %zu characters", name, most);
  for (const char *at = value; *at != '\0'; at++)
    if (iscntrl((unsigned char)*at)) fail(FAIL_USAGE, "%s takes no control characters", name);
  return value;
}

static int which(const char *name) {
  for (int i = 0; i < NAMES; i++)
    if (strcmp(name, names[i]) == 0) return i;
  fail(FAIL_USAGE, "an argument is not known");
}

void options_parse(int argc, char **argv, struct options *options) {
  bool seen[NAMES] = {false};
  *options = (struct options){.snaplen = SNAPLEN_MAX, .buffer_mb = 64, .link_type = 1, .promiscuous = true};
  for (int i = 1; i < argc; i++) {
    const char *name = argv[i];
    int k = which(name);
    if (seen[k]) fail(FAIL_USAGE, "%s is given twice", name);
    seen[k] = true;
    if (k < NOT_PROMISCUOUS && ++i >= argc) fail(FAIL_USAGE, "%s takes a value", name);
    if (k == INTERFACE) options->interface = text(name, argv[i], IFNAMSIZ - 1);
    if (k == FILTER || k == CHECK) options->filter = text(name, argv[i], FILTER_MAX);
    if (k == SNAPLEN) options->snaplen = number(name, argv[i], 64, SNAPLEN_MAX);
    if (k == BUFFER) options->buffer_mb = number(name, argv[i], 1, 1024);
    if (k == LINK) options->link_type = number(name, argv[i], 0, 65535);
  }
  options->promiscuous = !seen[NOT_PROMISCUOUS];
  /* Raw IP, the other way round from what capture_run does. */
  if (options->link_type == 101) options->link_type = 12;
  if (seen[CHECK]) options->mode = MODE_CHECK;
  if (seen[LIST]) options->mode = MODE_LIST;
  if (seen[VERSION]) options->mode = MODE_VERSION;
  if (seen[CHECK] + seen[LIST] + seen[VERSION] + (seen[INTERFACE] || seen[FILTER]) > 1)
    fail(FAIL_USAGE, "--list, --check-filter and --version go alone");
  if (options->mode == MODE_CAPTURE && !seen[INTERFACE]) fail(FAIL_USAGE, "--interface NAME is missing");
}
