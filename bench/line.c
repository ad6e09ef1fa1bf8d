/*
 * The network of the bench: one TUN device in each host's network namespace and one in the controller's, all joined
 * here. A packet that comes from the controller or goes to it is held for the asked time; hosts reach each other at
 * once. Every packet is counted, so connections, bytes and round trips are what went over the line.
 *
 *   line switch             orders on standard input, one a line; answers on standard output:
 *     controller ADDRESS NSFILE   the device in the controller's namespace      -> ok
 *     host ADDRESS NSFILE         a host's                                      -> ok
 *     delay MICROSECONDS          one way, from now on                          -> ok
 *     clear                       all counts to zero                            -> ok
 *     report                      "ADDRESS SYNS TRIPS BYTES PACKETS" a host     -> then ok
 *   line listen PORT            accepts connections and closes them: something to reach
 *   line usage FILE CPUSTAT COMMAND...
 *                               runs a command as init of its process namespace; writes the microseconds it took, the
 *                               ru_maxrss (kB) of its largest process, and what the cgroup used (usage, user, system)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PORTS = 1 << 16, PACKET = 2048, QUEUE = 1 << 16, BATCH = 64 };

/* By the last two bytes of the address: the network is a /16. */
struct port {
  int fd;
  uint32_t address;
  unsigned long syns, trips, bytes, packets;
  int asked; /* the last packet with payload went to the host */
};
static struct port *ports[PORTS];
static struct port *controller;

struct held {
  int64_t due;
  struct port *to;
  uint16_t length;
  unsigned char bytes[PACKET];
};
static struct held *queue;
static unsigned head, tail;
static int64_t delay_ns;
static int poller;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const char *configure(const char *name, uint32_t address) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r;
  struct sockaddr_in *in = (struct sockaddr_in *)&r.ifr_addr;
  memset(&r, 0, sizeof r);
  strcpy(r.ifr_name, name);
  in->sin_family = AF_INET;
  in->sin_addr.s_addr = address;
  const char *wrong = NULL;
  if (s < 0 || ioctl(s, SIOCSIFADDR, &r) < 0) wrong = "SIOCSIFADDR";
  in->sin_addr.s_addr = htonl(0xffff0000);
  if (!wrong && ioctl(s, SIOCSIFNETMASK, &r) < 0) wrong = "SIOCSIFNETMASK";
  r.ifr_qlen = 20000;
  if (!wrong && ioctl(s, SIOCSIFTXQLEN, &r) < 0) wrong = "SIOCSIFTXQLEN";
  if (!wrong && ioctl(s, SIOCGIFFLAGS, &r) < 0) wrong = "SIOCGIFFLAGS";
  r.ifr_flags |= IFF_UP;
  if (!wrong && ioctl(s, SIOCSIFFLAGS, &r) < 0) wrong = "SIOCSIFFLAGS";
  close(s);
  return wrong;
}

/* The device is in the namespace that the thread is in when it is made. */
static const char *make_device(const char *nsfile, uint32_t address, int *fd) {
  static int own = -1;
  if (own < 0) own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  int ns = open(nsfile, O_RDONLY | O_CLOEXEC);
  if (ns < 0) return nsfile;
  const char *wrong = NULL;
  struct ifreq r;
  memset(&r, 0, sizeof r);
  r.ifr_flags = IFF_TUN | IFF_NO_PI;
  strcpy(r.ifr_name, "eth0");
  if (setns(ns, CLONE_NEWNET) < 0) wrong = "setns";
  if (!wrong && (*fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) wrong = "/dev/net/tun";
  if (!wrong && ioctl(*fd, TUNSETIFF, &r) < 0) wrong = "TUNSETIFF";
  if (!wrong) wrong = configure("eth0", address);
  if (setns(own, CLONE_NEWNET) < 0) abort();
  close(ns);
  return wrong;
}

static void unplug(struct port *p) {
  if (p->fd < 0) return;
  close(p->fd);
  p->fd = -1;
}

static const char *plug(const char *text, const char *nsfile, int is_controller) {
  struct in_addr a;
  if (!inet_aton(text, &a)) return "the address";
  struct port **slot = &ports[ntohl(a.s_addr) & 0xffff];
  if (!*slot) {
    *slot = calloc(1, sizeof **slot);
    (*slot)->fd = -1;
  }
  struct port *p = *slot;
  unplug(p);
  p->address = a.s_addr;
  const char *wrong = make_device(nsfile, a.s_addr, &p->fd);
  if (wrong) return wrong;
  if (is_controller) controller = p;
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};
  return epoll_ctl(poller, EPOLL_CTL_ADD, p->fd, &e) < 0 ? "epoll" : NULL;
}

/* A round trip: something was sent to the host, and something came back. SYN and FIN count as payload does. */
static void count(const unsigned char *b, int length, struct port *from, struct port *to) {
  struct port *host = from == controller ? to : from;
  host->bytes += length;
  host->packets++;
  int ip = (b[0] & 15) * 4;
  if (b[9] != 6 || length < ip + 20) return;
  int flags = b[ip + 13];
  int payload = length - ip - (b[ip + 12] >> 4) * 4;
  if (from == controller && (flags & 0x12) == 2) host->syns++;
  if (payload <= 0 && !(flags & 2)) return;
  if (from == controller) host->asked = 1;
  else if (host->asked) host->trips++, host->asked = 0;
}

static void forward(struct port *from, const unsigned char *b, int length) {
  if (length < 20 || b[0] >> 4 != 4) return;
  struct port *to = ports[b[18] << 8 | b[19]];
  if (!to || to->fd < 0) return;
  int far = from == controller || to == controller;
  if (far) count(b, length, from, to);
  if (!far || delay_ns == 0) {
    if (write(to->fd, b, length) < 0) return;
    return;
  }
  if ((tail + 1) % QUEUE == head) return;
  struct held *h = &queue[tail];
  h->due = now() + delay_ns;
  h->to = to;
  h->length = length;
  memcpy(h->bytes, b, length);
  tail = (tail + 1) % QUEUE;
}

static void drain(struct port *p) {
  unsigned char b[PACKET];
  for (int i = 0; i < BATCH; i++) {
    ssize_t n = read(p->fd, b, sizeof b);
    if (n > 0) forward(p, b, n);
    else if (errno == EAGAIN || errno == EINTR) return;
    else return unplug(p);
  }
}

static void release(void) {
  int64_t t = now();
  for (; head != tail && queue[head].due <= t; head = (head + 1) % QUEUE) {
    struct held *h = &queue[head];
    if (h->to->fd >= 0 && write(h->to->fd, h->bytes, h->length) < 0 && errno == EBADFD) unplug(h->to);
  }
}

static void report(void) {
  for (int i = 0; i < PORTS; i++) {
    struct port *p = ports[i];
    if (!p || p == controller) continue;
    struct in_addr a = {p->address};
    printf("%s %lu %lu %lu %lu\n", inet_ntoa(a), p->syns, p->trips, p->bytes, p->packets);
  }
}

static void clear(void) {
  for (int i = 0; i < PORTS; i++)
    if (ports[i]) ports[i]->syns = ports[i]->trips = ports[i]->bytes = ports[i]->packets = ports[i]->asked = 0;
}

static void obey(char *order) {
  char word[32] = "", address[64] = "", file[256] = "";
  sscanf(order, "%31s %63s %255s", word, address, file);
  const char *wrong = NULL;
  if (!strcmp(word, "controller")) wrong = plug(address, file, 1);
  else if (!strcmp(word, "host")) wrong = plug(address, file, 0);
  else if (!strcmp(word, "delay")) delay_ns = atoll(address) * 1000;
  else if (!strcmp(word, "clear")) clear();
  else if (!strcmp(word, "report")) report();
  else wrong = "unknown order";
  if (wrong) printf("failed %s: %s\n", wrong, strerror(errno));
  else puts("ok");
  fflush(stdout);
}

static int hear(void) {
  static char text[1 << 16];
  static size_t have;
  ssize_t n = read(0, text + have, sizeof text - 1 - have);
  if (n <= 0) return 0;
  have += n;
  text[have] = 0;
  char *line = text, *end;
  while ((end = strchr(line, '\n'))) {
    *end = 0;
    obey(line);
    line = end + 1;
  }
  have = strlen(line);
  memmove(text, line, have + 1);
  return 1;
}

static int serve(void) {
  struct sched_param first = {.sched_priority = 1};
  sched_setscheduler(0, SCHED_RR, &first); /* it is the wire: waiting for a core would be delay */
  queue = malloc(sizeof *queue * QUEUE);
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, ready[256];
  epoll_ctl(poller, EPOLL_CTL_ADD, 0, &e);
  for (;;) {
    struct timespec wait, *until = NULL;
    if (head != tail) {
      int64_t left = queue[head].due - now();
      if (left < 0) left = 0;
      wait = (struct timespec){left / 1000000000, left % 1000000000};
      until = &wait;
    }
    struct pollfd p = {.fd = poller, .events = POLLIN};
    ppoll(&p, 1, until, NULL);
    release();
    int n = epoll_wait(poller, ready, 256, 0);
    for (int i = 0; i < n; i++) {
      struct port *port = ready[i].data.ptr;
      if (port && port->fd >= 0) drain(port);
      if (!port && !hear()) return 0;
    }
    release();
  }
}

static int listen_on(int port) {
  int s = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 1024) < 0) return 1;
  for (;;) close(accept(s, NULL, NULL));
}

/* usage_usec, user_usec and system_usec of a cgroup: all its processes, those that have ended too. */
static void read_cpu(const char *file, long long used[3]) {
  FILE *f = fopen(file, "r");
  used[0] = used[1] = used[2] = 0;
  if (!f) return;
  if (fscanf(f, "usage_usec %lld user_usec %lld system_usec %lld", used, used + 1, used + 2) != 3) used[0] = 0;
  fclose(f);
}

static int usage(char **argv) {
  long long before[3], after[3];
  read_cpu(argv[3], before);
  int64_t began = now();
  pid_t child = fork();
  if (child == 0) {
    execvp(argv[4], argv + 4);
    perror(argv[4]);
    _exit(127);
  }
  int status = 0;
  for (pid_t ended; (ended = wait(&status)) != child;)
    if (ended < 0 && errno != EINTR) return 1;
  int64_t wall = now() - began;
  read_cpu(argv[3], after);
  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  FILE *f = fopen(argv[2], "w");
  if (f) {
    fprintf(f, "%lld %ld", (long long)wall / 1000, used.ru_maxrss);
    for (int i = 0; i < 3; i++) fprintf(f, " %lld", after[i] - before[i]);
    fclose(f);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "switch")) return serve();
  if (argc == 3 && !strcmp(argv[1], "listen")) return listen_on(atoi(argv[2]));
  if (argc > 4 && !strcmp(argv[1], "usage")) return usage(argv);
  fputs("line switch | line listen PORT | line usage FILE CPUSTAT COMMAND...\n", stderr);
  return 2;
}
