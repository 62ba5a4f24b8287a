/* A crowd of exam clients in one thread: raw Socket.IO frames (or HTTP, or an echo) over epoll.
 *
 * Driven by `generator.py`, one command a line on standard input, one JSON object a line back:
 *   connect                     examiners, then candidates: dial, join, start
 *   join AT_ONCE                the same without start, so many dialling at a time (0: all); who is
 *                               sent away or cut off comes back, when told to or after a second
 *   start MS                    everybody who joined starts, evenly over this time, come what may
 *   drop                        the connections of all candidates end, at once
 *   closes                      how many were told that their attempt is closed, and when the last
 *   closed WARM_MS MS           every candidate has one answer under way, always
 *   open RATE WARM_MS MS        so many answers a second in all, come what may; the latency counts
 *                               from when an answer was to be sent, not from when it was
 *   fill EACH WIDE PEOPLE       until the seq of the first PEOPLE is EACH, so many at a time
 *   idle MS                     nothing but heartbeats and pings
 *   beat PERIOD_MS              from now on every candidate sends a heartbeat so often (0: none)
 *   ledger FILE                 the last acknowledged answer of every candidate to every item
 *   quit
 * Between the warm-up and the end of a window it reads the processor time of the processes it was
 * told of (--pid name:pid) and how busy the cores were. Every ack is checked: its id, its seq, ok,
 * and that it has a receipt.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RING 64          /* answers of one candidate under way */
#define DIALLING_MAX 64  /* connections being made at a time */
#define PIDS_MAX 8
#define CORES_MAX 64
#define EVENTS 512
#define NS 1000000000LL
#define CONNECT_WITHIN_S 300
#define DRAIN_WITHIN_S 30
#define FILL_WITHIN_S 600
#define AGAIN_NS (NS / 2)  /* who is told to try again, but not when, does so after this */
#define CUT_NS NS          /* who was cut off while coming dials again after this */
#define LOOK_NS (NS / 200) /* how often it is looked who is to try again now */
#define FIRST_ID 10u       /* ack id of an answer = its seq + this; 1: join or watch, 2: start */
#define BEAT_ID 2000000000u
#define JSON_MAX 4096

enum state { NEW, DIALLING, UPGRADING, OPENING, ENTERING, JOINING, STARTING, READY, AWAY, DEAD };
enum speech { SIO, HTTP, ECHO };

struct flight { uint32_t seq; int32_t variant; int64_t due; };
struct stood { uint32_t seq; int32_t variant; };
struct seat { char *name, *token, *instance, *exam; };
struct conn {
    int fd; enum state state; int examiner; struct seat *seat; int number;
    char *in; size_t have, room;
    char *out; size_t unsent, out_room;
    uint32_t seq; int in_flight; int64_t began, again_at, start_due;
    struct flight ring[RING];
    struct stood *stands; /* by item */
};

/* A histogram of microseconds with 64 steps to each doubling: within 1.6 % everywhere. */
#define STEPS 64
#define BUCKETS (STEPS * 32)
struct hist { uint32_t at[BUCKETS]; uint64_t n, sum; uint64_t max; };

static enum speech speech = SIO;
static const char *exam = "", *host = "127.0.0.1";
static int port, sources = 4, epoll;
static struct conn *people, **ready_ones;
static int candidates, examiners, n_ready;
static struct seat *seats, *watchers;
static char **items; static int n_items;
static struct variant { int item; char *response; } *variants; static int n_variants;
static struct { char name[32]; int pid; } pids[PIDS_MAX]; static int n_pids;
static struct hist latency, lag, joining;
static uint64_t sent, acked, refused, put_off, skipped, beats, frames_told, bytes_told, lost;
static uint64_t in_flight_all;
static char first_fault[512];
static int closed_loop, counting, dialling, again, fill_at, fill_end;
static uint32_t fill_to; /* while filling: the seq everybody is to come to */
static int coming, n_away; /* coming: who is sent away comes back, and nobody starts by himself */
static uint64_t sent_away, cut_off, closes; /* closes: who was told that the attempt is closed */
static int64_t last_close_ms;
static int64_t window_from, beat_period, next_beat; static int beat_at;
static uint32_t dice = 2463534242u;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS + t.tv_nsec;
}

static uint32_t rolled(void) {
    dice ^= dice << 13; dice ^= dice >> 17; dice ^= dice << 5;
    return dice;
}

static void die(const char *what) {
    fprintf(stderr, "gen: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void *grown(void *was, size_t size) {
    void *got = realloc(was, size);
    if (!got) die("memory");
    return got;
}

static void fault(const char *format, ...) {
    if (first_fault[0]) return;
    va_list rest;
    va_start(rest, format);
    vsnprintf(first_fault, sizeof first_fault, format, rest);
    va_end(rest);
    for (char *c = first_fault; *c; c++)
        if (*c == '"' || *c == '\\' || *c < 32 || *c > 126) *c = '\''; /* fits JSON */
}

/* --- histograms ------------------------------------------------------------------------------ */

static int bucket(uint64_t us) {
    if (us < STEPS) return (int)us;
    int shift = 63 - __builtin_clzll(us) - 6; /* STEPS is 2^6 */
    int at = (shift + 1) * STEPS + (int)((us >> shift) - STEPS);
    return at < BUCKETS ? at : BUCKETS - 1;
}

static uint64_t top_of(int at) {
    if (at < STEPS) return (uint64_t)at;
    int shift = at / STEPS - 1;
    return (((uint64_t)(at % STEPS + STEPS + 1)) << shift) - 1;
}

static void note(struct hist *h, int64_t ns) {
    uint64_t us = ns > 0 ? (uint64_t)ns / 1000 : 0;
    h->at[bucket(us)]++; h->n++; h->sum += us;
    if (us > h->max) h->max = us;
}

static uint64_t percentile(const struct hist *h, double share) {
    uint64_t want = (uint64_t)(share * (double)h->n + 0.999999), seen = 0;
    for (int at = 0; at < BUCKETS; at++)
        if ((seen += h->at[at]) >= want && seen) return top_of(at) < h->max ? top_of(at) : h->max;
    return h->max;
}

static int told(char *to, size_t room, const char *name, const struct hist *h) {
    return snprintf(to, room,
        "\"%s\":{\"n\":%lu,\"mean_us\":%.1f,\"p50_us\":%lu,\"p95_us\":%lu,\"p99_us\":%lu,"
        "\"p999_us\":%lu,\"max_us\":%lu}", name, h->n, h->n ? (double)h->sum / (double)h->n : 0.0,
        percentile(h, .5), percentile(h, .95), percentile(h, .99), percentile(h, .999), h->max);
}

/* --- writing --------------------------------------------------------------------------------- */

static void interested(struct conn *c, uint32_t in) {
    struct epoll_event e = {.events = in, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e)) die("epoll_ctl");
}

static void bury(struct conn *c, const char *why) {
    if (c->state == DEAD) return;
    fault("%s in state %d: %s", c->seat->name, c->state, why);
    if (c->state < READY) dialling--; else if (!c->examiner) lost++;
    in_flight_all -= (uint64_t)c->in_flight;
    c->in_flight = 0;
    c->state = DEAD;
    close(c->fd);
}

static int gone(const struct conn *c) { return c->state >= AWAY; }

/* Hang up, and dial again after this. */
static void leave(struct conn *c, int64_t wait) {
    close(c->fd);
    dialling--;
    n_away++;
    c->state = AWAY;
    c->have = c->unsent = 0;
    c->again_at = now_ns() + wait;
}

/* The line has failed: who is just coming tries again, all others are lost. */
static void failed(struct conn *c, const char *why) {
    if (!coming || c->examiner || c->state >= READY) { bury(c, why); return; }
    cut_off++;
    leave(c, CUT_NS);
}

static void flush(struct conn *c) {
    size_t done = 0;
    while (done < c->unsent) {
        ssize_t n = send(c->fd, c->out + done, c->unsent - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) break;
        if (n < 0) { failed(c, strerror(errno)); return; }
        done += (size_t)n;
    }
    memmove(c->out, c->out + done, c->unsent - done);
    c->unsent -= done;
    interested(c, c->unsent ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void put(struct conn *c, const char *what, size_t size) {
    if (!c->unsent) {
        ssize_t n = send(c->fd, what, size, MSG_NOSIGNAL);
        if (n == (ssize_t)size) return;
        if (n < 0 && errno != EAGAIN) { failed(c, strerror(errno)); return; }
        if (n > 0) { what += n; size -= (size_t)n; }
    }
    if (c->unsent + size > c->out_room)
        c->out = grown(c->out, c->out_room = c->unsent + size + 4096);
    memcpy(c->out + c->unsent, what, size);
    c->unsent += size;
    interested(c, EPOLLIN | EPOLLOUT);
}

/* One masked frame, as RFC 6455 asks of clients. */
static void say(struct conn *c, unsigned opcode, const char *text, size_t size) {
    unsigned char frame[8192];
    uint32_t mask = rolled();
    size_t at = 0;
    if (size > sizeof frame - 16) die("a frame of ours is too long");
    frame[at++] = (unsigned char)(0x80 | opcode);
    if (size < 126) frame[at++] = (unsigned char)(0x80 | size);
    else {
        frame[at++] = 0x80 | 126;
        frame[at++] = (unsigned char)(size >> 8);
        frame[at++] = (unsigned char)size;
    }
    memcpy(frame + at, &mask, 4);
    const unsigned char *key = (const unsigned char *)&mask;
    at += 4;
    for (size_t i = 0; i < size; i++) frame[at + i] = (unsigned char)text[i] ^ key[i & 3];
    put(c, (char *)frame, at + size);
}

__attribute__((format(printf, 2, 3))) static void sayf(struct conn *c, const char *format, ...) {
    char text[JSON_MAX];
    va_list rest;
    va_start(rest, format);
    int size = vsnprintf(text, sizeof text, format, rest);
    va_end(rest);
    if (size >= (int)sizeof text) die("a message of ours is too long");
    say(c, 1, text, (size_t)size);
}

static void post(struct conn *c, const char *body, int size) {
    char text[JSON_MAX];
    int n = snprintf(text, sizeof text,
        "POST /answers HTTP/1.1\r\nHost: %s:%d\r\nAuthorization: Bearer %s\r\n"
        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
        host, port, c->seat->token, size, body);
    put(c, text, (size_t)n);
}

/* The next answer of this candidate; false if too many are under way. */
static int answer(struct conn *c, int64_t due) {
    if (c->in_flight >= RING) { skipped++; return 0; }
    uint32_t seq = ++c->seq;
    int chosen = (int)((uint32_t)c->number * 7u + seq) % n_variants;
    struct variant *v = &variants[chosen];
    c->ring[seq % RING] = (struct flight){seq, chosen, due};
    c->in_flight++; in_flight_all++;
    if (counting) sent++;
    if (speech == HTTP) {
        char body[512];
        post(c, body, snprintf(body, sizeof body, "{\"seq\":%u,\"item\":\"%s\",\"response\":%s}",
                               seq, items[v->item], v->response));
    } else
        sayf(c, "42/exam,%u[\"answer\",{\"seq\":%u,\"item\":\"%s\",\"response\":%s}]",
             seq + FIRST_ID, seq, items[v->item], v->response);
    return 1;
}

/* --- reading --------------------------------------------------------------------------------- */

static int holds(const char *text, size_t size, const char *what) {
    return memmem(text, size, what, strlen(what)) != NULL;
}

static uint32_t number_after(const char *text, size_t size, const char *name) {
    const char *at = memmem(text, size, name, strlen(name));
    return at ? (uint32_t)strtoul(at + strlen(name), NULL, 10) : 0;
}

static void arrived(struct conn *c) {
    c->state = READY;
    dialling--;
    note(&joining, now_ns() - c->began);
    if (!c->examiner) ready_ones[n_ready++] = c;
}

/* While filling: this one's next answer, or that of the next who has some to give. */
static void fill_on(struct conn *c) {
    while (c && (c->seq >= fill_to || c->state != READY))
        c = fill_at < fill_end ? ready_ones[fill_at++] : NULL;
    if (c) answer(c, now_ns());
}

/* Whether an ack says that the answer of this seq is saved. */
static int good(uint32_t seq, const char *text, size_t size) {
    if (speech == ECHO) return 1;
    return holds(text, size, "\"ok\":true") && number_after(text, size, "\"seq\":") == seq
        && (speech == HTTP || holds(text, size, "\"receipt\":\"1."));
}

/* An answer was acknowledged: with what, is in text. */
static void acknowledged(struct conn *c, uint32_t seq, const char *text, size_t size) {
    int64_t now = now_ns();
    struct flight *f = &c->ring[seq % RING];
    if (f->seq != seq || !c->in_flight) {
        fault("an ack nobody waits for: %.*s", (int)size, text);
        refused++;
        return;
    }
    f->seq = 0;
    c->in_flight--; in_flight_all--;
    if (!good(seq, text, size)) {
        if (holds(text, size, "\"retry\":true")) {
            put_off++; /* a client would send it again */
            if (fill_to) c->seq = seq - 1; /* as we do, then */
        }
        else { fault("%s: %.*s", c->seat->name, (int)size, text); refused++; }
    } else {
        struct stood *s = &c->stands[variants[f->variant].item];
        if (seq > s->seq) *s = (struct stood){seq, f->variant};
        if (counting) acked++;
        if (counting && f->due >= window_from) note(&latency, now - f->due);
    }
    if (closed_loop) answer(c, now_ns());
    if (fill_to) fill_on(c);
}

static void ask(struct conn *c) {
    const char *which = *c->seat->exam ? c->seat->exam : exam;
    c->again_at = 0;
    if (c->examiner) sayf(c, "42/monitor,1[\"watch\",{\"exam\":\"%s\"}]", which);
    else if (c->state == STARTING || c->start_due)
        sayf(c, "42/exam,2[\"start\",{\"id\":\"s-%s\"}]", c->seat->name);
    else
        sayf(c, "42/exam,1[\"join\",{\"id\":\"j-%s\",\"exam\":\"%s\"}]", c->seat->instance,
             which);
}

/* When to try again, as a problem says it; the text ends with a 0. */
static int64_t wait_of(const char *text, size_t size) {
    uint32_t ms = number_after(text, size, "\"retry_after_ms\":");
    const char *header = ms ? NULL : strcasestr(text, "\nretry-after:");
    if (header) ms = 1000 * (uint32_t)strtoul(header + 13, NULL, 10);
    return ms ? ms * (NS / 1000) : AGAIN_NS;
}

/* A start that was asked for at its time is acknowledged: the paper, a receipt. */
static void started(struct conn *c, const char *text, size_t size) {
    if (holds(text, size, "\"paper\":") && holds(text, size, "\"receipt\":\"1.")) acked++;
    else { fault("%s: %.*s", c->seat->name, (int)(size < 400 ? size : 400), text); refused++; }
    note(&latency, now_ns() - c->start_due);
    c->start_due = 0;
    in_flight_all--;
}

static void event_ack(struct conn *c, const char *text, size_t size) {
    const char *comma = memchr(text, ',', size < 16 ? size : 16);
    uint32_t id = (uint32_t)strtoul(comma ? comma + 1 : text + 2, NULL, 10);
    if (id >= BEAT_ID) { beats += (uint64_t)holds(text, size, "\"ok\":true"); return; }
    if (id > FIRST_ID) { acknowledged(c, id - FIRST_ID, text, size); return; }
    if (!holds(text, size, "\"ok\":true")) {
        if (holds(text, size, "\"retry\":true")) {
            c->again_at = now_ns() + wait_of(text, size);
            again++;
            return;
        }
        fault("%.*s", (int)(size < 400 ? size : 400), text);
        bury(c, "refused");
        return;
    }
    if (coming && !c->examiner && !holds(text, size, "\"lease\":\"1")) {
        fault("joined without a lease: %.*s", (int)(size < 400 ? size : 400), text);
        bury(c, "without a lease");
    } else if (c->start_due) started(c, text, size);
    else if (c->state == JOINING && !c->examiner && !coming) {
        c->state = STARTING;
        ask(c);
    } else if (c->state == JOINING || c->state == STARTING) arrived(c);
}

static void told_closed(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    closes++;
    last_close_ms = t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void message(struct conn *c, const char *text, size_t size) {
    const char *space = c->examiner ? "/monitor" : "/exam";
    if (speech == ECHO) {
        if (size > 9 && text[0] == '4') /* our own frame: its id is behind "42/exam," */
            acknowledged(c, (uint32_t)strtoul(text + 8, NULL, 10) - FIRST_ID, text, size);
        return;
    }
    if (size >= 1 && text[0] == '2') { say(c, 1, "3", 1); return; }
    if (size >= 1 && text[0] == '0') {
        c->state = ENTERING;
        sayf(c, "40%s,{\"token\":\"%s\",\"client\":{\"instance\":\"%s\"}}", space,
             c->seat->token, c->seat->instance);
    } else if (size >= 2 && !memcmp(text, "43", 2)) event_ack(c, text, size);
    else if (size >= 2 && !memcmp(text, "42", 2)) {
        if (c->examiner && counting) { frames_told++; bytes_told += size; }
        if (!c->examiner && size > 17 && !memcmp(text, "42/exam,[\"closed\"", 17)) told_closed();
    } else if (coming && size >= 2 && !memcmp(text, "44", 2)
               && holds(text, size, "\"retry\":true")) {
        sent_away++;
        leave(c, wait_of(text, size));
    } else if (size >= 2 && !memcmp(text, "40", 2)) {
        c->state = JOINING;
        ask(c);
    } else {
        fault("%.*s", (int)(size < 400 ? size : 400), text);
        bury(c, "an unexpected message");
    }
}

/* How much of the input was a whole frame; 0 if more has to come. */
static size_t frame(struct conn *c, const char *in, size_t have) {
    if (have < 2) return 0;
    const unsigned char *b = (const unsigned char *)in;
    size_t head = 2, size = b[1] & 127u;
    if (size == 126) { if (have < 4) return 0; size = (size_t)b[2] << 8 | b[3]; head = 4; }
    else if (size == 127) {
        if (have < 10) return 0;
        size = 0; head = 10;
        for (int i = 2; i < 10; i++) size = size << 8 | b[i];
    }
    if (have < head + size) return 0;
    switch (b[0]) {
        case 0x81: message(c, in + head, size); break;
        case 0x89: say(c, 10, in + head, size); break;
        case 0x8a: break;
        case 0x88: failed(c, "closed by the server"); break;
        default: bury(c, "a frame that is no whole text");
    }
    return head + size;
}

/* A handshake was refused: by one who says when to come back, if we do. */
static size_t refusal(struct conn *c, const char *in, size_t have, size_t head) {
    const char *length = strcasestr(in, "content-length:");
    if (have < head + (length ? strtoul(length + 15, NULL, 10) : 0)) return 0;
    if (coming && have > 12 && (!memcmp(in + 9, "503", 3) || !memcmp(in + 9, "429", 3))) {
        sent_away++;
        leave(c, wait_of(in, have));
    } else {
        fault("%.*s", (int)(have < 200 ? have : 200), in);
        bury(c, "no upgrade");
    }
    return have;
}

static size_t reply(struct conn *c, const char *in, size_t have) {
    const char *end = memmem(in, have, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = (size_t)(end - in) + 4;
    if (c->state == UPGRADING) {
        if (have < 12 || memcmp(in + 9, "101", 3)) return refusal(c, in, have, head);
        c->state = OPENING;
        if (speech == ECHO) arrived(c);
        return head;
    }
    const char *length = strcasestr(in, "content-length:");
    if (!length || length > end) { bury(c, "a reply without a length"); return have; }
    size_t size = strtoul(length + 15, NULL, 10);
    if (have < head + size) return 0;
    uint32_t seq = number_after(in + head, size, "\"seq\":");
    acknowledged(c, seq, in + head, size);
    return head + size;
}

static size_t one(struct conn *c, const char *in, size_t have) {
    if (c->state == UPGRADING || speech == HTTP) return reply(c, in, have);
    return frame(c, in, have);
}

static void take(struct conn *c) {
    static char fresh[1 << 20];
    ssize_t n = recv(c->fd, fresh, sizeof fresh - 1, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) { failed(c, n ? strerror(errno) : "the server hung up"); return; }
    char *in = fresh;
    size_t have = (size_t)n;
    if (c->have) {
        if (c->have + have + 1 > c->room) c->in = grown(c->in, c->room = 2 * (c->have + have) + 1);
        memcpy(c->in + c->have, fresh, have);
        in = c->in;
        have += c->have;
    }
    in[have] = 0;
    size_t at = 0, used;
    while (!gone(c) && at < have && (used = one(c, in + at, have - at))) at += used;
    if (gone(c)) return;
    size_t left = have - at;
    if (left && in == fresh && left + 1 > c->room) c->in = grown(c->in, c->room = left + 1);
    if (left) memmove(c->in, in + at, left);
    c->have = left;
}

/* --- connections ----------------------------------------------------------------------------- */

static void dial(struct conn *c) {
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) die("socket");
    int yes = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(0x7f000001u + (uint32_t)(c->number % sources));
    if (bind(c->fd, (struct sockaddr *)&from, sizeof from)) die("bind");
    to.sin_port = htons((uint16_t)port);
    inet_pton(AF_INET, host, &to.sin_addr);
    if (!c->began) c->began = now_ns();
    c->again_at = 0;
    c->state = DIALLING;
    dialling++;
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
    struct epoll_event e = {.events = EPOLLOUT, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e)) die("epoll_ctl");
}

static void dialled(struct conn *c) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { failed(c, strerror(error)); return; }
    interested(c, EPOLLIN);
    if (speech == HTTP) { arrived(c); return; }
    char text[512];
    int n = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        speech == ECHO ? "/" : "/socket.io/?EIO=4&transport=websocket", host, port);
    c->state = UPGRADING;
    put(c, text, (size_t)n);
}

/* Let things happen until `until` at the latest; true if a command has come. */
static int turn(int64_t until) {
    struct epoll_event found[EVENTS];
    int64_t wait = until - now_ns();
    if (beat_period && next_beat - now_ns() < wait) wait = next_beat - now_ns();
    if (wait < 0) wait = 0;
    struct timespec limit = {wait / NS, wait % NS};
    int n = epoll_pwait2(epoll, found, EVENTS, &limit, NULL), command = 0;
    if (n < 0 && errno != EINTR) die("epoll_pwait2");
    for (int i = 0; i < n; i++) {
        struct conn *c = found[i].data.ptr;
        if (!c) { command = 1; continue; }
        if (gone(c)) continue;
        if (c->state == DIALLING) { dialled(c); continue; }
        if (found[i].events & EPOLLOUT) flush(c);
        if (!gone(c) && found[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) take(c);
    }
    while (beat_period && n_ready && now_ns() >= next_beat) {
        struct conn *c = ready_ones[beat_at++ % n_ready];
        if (c->state == READY)
            sayf(c, "42/exam,%u[\"heartbeat\",{\"pending\":%d}]", BEAT_ID, c->in_flight);
        next_beat += beat_period / n_ready;
    }
    return command;
}

/* --- windows --------------------------------------------------------------------------------- */

struct sample {
    int64_t at; long ticks[PIDS_MAX]; double own_s;
    uint64_t busy[CORES_MAX], all[CORES_MAX];
};

static long ticks_of(int pid) {
    char path[64], text[2048];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    long user = -1, system = 0;
    char *end = strrchr(text, ')');
    if (end) sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &system);
    return user + system;
}

static void read_cores(struct sample *s) {
    char line[512];
    FILE *file = fopen("/proc/stat", "r");
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        unsigned core;
        uint64_t v[8] = {0};
        if (sscanf(line, "cpu%u %lu %lu %lu %lu %lu %lu %lu %lu", &core, v, v + 1, v + 2, v + 3,
                   v + 4, v + 5, v + 6, v + 7) < 5 || core >= CORES_MAX) continue;
        for (int i = 0; i < 8; i++) s->all[core] += v[i];
        s->busy[core] = s->all[core] - v[3] - v[4];
    }
    fclose(file);
}

static struct sample sampled(void) {
    struct sample s = {.at = now_ns()};
    for (int i = 0; i < n_pids; i++) s.ticks[i] = ticks_of(pids[i].pid);
    read_cores(&s);
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    s.own_s = (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec)
            + (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
    return s;
}

static void count_anew(void) {
    memset(&latency, 0, sizeof latency);
    memset(&lag, 0, sizeof lag);
    sent = acked = refused = put_off = skipped = beats = frames_told = bytes_told = lost = 0;
    window_from = now_ns();
    counting = 1;
}

/* What it cost between two samples, and the first fault: the end of a line. */
static void show_cost(const struct sample *a, const struct sample *b) {
    printf("\"generator_s\":%.3f,\"cpu_s\":{", b->own_s - a->own_s);
    double tick = (double)sysconf(_SC_CLK_TCK);
    for (int i = 0; i < n_pids; i++)
        printf("%s\"%s\":%.2f", i ? "," : "", pids[i].name,
               (double)(b->ticks[i] - a->ticks[i]) / tick);
    printf("},\"busy\":{");
    for (int core = 0, n = 0; core < CORES_MAX; core++)
        if (b->all[core] > a->all[core])
            printf("%s\"%d\":%.3f", n++ ? "," : "", core,
                   (double)(b->busy[core] - a->busy[core]) / (double)(b->all[core] - a->all[core]));
    printf("},\"fault\":\"%s\"}\n", first_fault);
    first_fault[0] = 0;
}

static void show(const char *what, const struct sample *a, const struct sample *b) {
    char hists[2][512];
    double s = (double)(b->at - a->at) / 1e9;
    told(hists[0], sizeof hists[0], "latency", &latency);
    told(hists[1], sizeof hists[1], "lag", &lag);
    printf("{\"window\":\"%s\",\"seconds\":%.4f,\"sent\":%lu,\"acked\":%lu,\"refused\":%lu,"
           "\"put_off\":%lu,\"skipped\":%lu,\"unanswered\":%lu,\"lost\":%lu,\"beats\":%lu,"
           "\"frames_told\":%lu,\"bytes_told\":%lu,%s,%s,", what, s, sent, acked, refused, put_off,
           skipped, in_flight_all, lost, beats, frames_told, bytes_told, hists[0], hists[1]);
    show_cost(a, b);
}

/* One window: `rate` 0 is a closed loop, below 0 no answers at all. */
static void window(const char *what, double rate, long warm_ms, long ms) {
    int64_t from = now_ns(), middle = from + warm_ms * 1000000, end = middle + ms * 1000000;
    int64_t every = rate > 0 ? (int64_t)(1e9 / rate) : 0, due = from, now;
    struct sample a, b;
    int at = 0;
    counting = 0;
    closed_loop = rate == 0;
    for (int i = 0; closed_loop && i < n_ready; i++)
        if (ready_ones[i]->state == READY) answer(ready_ones[i], now_ns());
    while ((now = now_ns()) < end) {
        if (!counting && now >= middle) { a = sampled(); count_anew(); }
        for (; every && due <= now; due += every) {
            struct conn *c = ready_ones[at++ % n_ready];
            if (c->state == READY) answer(c, due);
            if (counting) note(&lag, now_ns() - due);
        }
        int64_t next = counting ? end : middle;
        turn(every && due < next ? due : next);
    }
    b = sampled();
    closed_loop = 0;
    uint64_t acked_within = acked;
    int64_t limit = now_ns() + DRAIN_WITHIN_S * NS;
    while (in_flight_all && now_ns() < limit) turn(limit);
    counting = 0;
    acked = acked_within; /* latencies of the last ones count too, but not their number */
    show(what, &a, &b);
}

/* The first so many answer until their seq is `each`, `wide` of them with one under way. */
static void fill(uint32_t each, int wide, int many) {
    int64_t limit = now_ns() + FILL_WITHIN_S * NS;
    struct sample a = sampled(), b;
    count_anew();
    fill_to = each;
    fill_at = 0;
    fill_end = many < n_ready ? many : n_ready;
    for (int i = 0; i < wide && fill_at < fill_end; i++) fill_on(ready_ones[fill_at++]);
    while (in_flight_all && now_ns() < limit) turn(limit);
    fill_to = 0;
    counting = 0;
    b = sampled();
    show("fill", &a, &b);
}

static void connect_all(void) {
    int64_t from = now_ns(), until = from + CONNECT_WITHIN_S * NS;
    int all = candidates + examiners, next = 0;
    memset(&joining, 0, sizeof joining);
    while ((next < all || dialling) && now_ns() < until) {
        int limit = next < examiners ? 1 : DIALLING_MAX; /* the first examiner makes the feed */
        while (next < all && dialling < limit) dial(&people[next++]);
        turn(now_ns() + NS / 10);
        for (int i = 0; again && i < next; i++)
            if (people[i].again_at && people[i].state < READY && now_ns() >= people[i].again_at)
                ask(&people[i]);
    }
    int good_ones = 0;
    for (int i = 0; i < all; i++) good_ones += people[i].state == READY;
    char hist[512];
    told(hist, sizeof hist, "joining", &joining);
    printf("{\"connected\":%d,\"of\":%d,\"again\":%d,\"seconds\":%.3f,%s,\"fault\":\"%s\"}\n",
           good_ones, all, again,
           (double)(now_ns() - from) / 1e9, hist, first_fault);
    first_fault[0] = 0;
}

/* Whoever was told to try again and is to do so now: over a new line, or over the one he has. */
static void try_again(void) {
    static int64_t looked;
    int64_t now = now_ns();
    if (now < looked + LOOK_NS) return;
    looked = now;
    for (int i = 0; i < candidates + examiners; i++) {
        struct conn *c = &people[i];
        if (!c->again_at || now < c->again_at || c->state == DEAD) continue;
        if (c->state == AWAY) { n_away--; dial(c); } else ask(c);
    }
}

static int joined(void) {
    int n = 0;
    for (int i = examiners; i < candidates + examiners; i++) n += people[i].state == READY;
    return n;
}

/* Everybody who is not connected comes and joins. */
static void join_all(int at_once) {
    struct sample a = sampled(), b;
    int64_t until = now_ns() + CONNECT_WITHIN_S * NS;
    int all = candidates + examiners, next = 0;
    memset(&joining, 0, sizeof joining);
    again = 0;
    sent_away = cut_off = 0;
    coming = 1;
    while ((next < all || dialling || n_away) && now_ns() < until) {
        int limit = next < examiners ? 1 : at_once ? at_once : all;
        for (; next < all && dialling < limit; next++)
            if (people[next].state == NEW) dial(&people[next]);
        turn(now_ns() + LOOK_NS);
        if (again || n_away) try_again();
    }
    coming = 0;
    b = sampled();
    char hist[512];
    told(hist, sizeof hist, "joining", &joining);
    printf("{\"joined\":%d,\"of\":%d,\"again\":%d,\"sent_away\":%lu,\"cut_off\":%lu,"
           "\"seconds\":%.3f,%s,", joined(), candidates, again, sent_away, cut_off,
           (double)(b.at - a.at) / 1e9, hist);
    show_cost(&a, &b);
}

/* Everybody who has joined starts, each at his time. */
static void start_all(long ms) {
    struct sample a = sampled(), b;
    int64_t every = n_ready ? ms * 1000000 / n_ready : 0;
    int64_t from = now_ns(), until = from + ms * 1000000 + DRAIN_WITHIN_S * NS;
    int next = 0;
    count_anew();
    again = 0;
    while ((next < n_ready || in_flight_all) && now_ns() < until) {
        for (; next < n_ready && from + next * every <= now_ns(); next++) {
            struct conn *c = ready_ones[next];
            if (c->state != READY) continue;
            c->start_due = from + next * every;
            in_flight_all++;
            sent++;
            ask(c);
            note(&lag, now_ns() - c->start_due);
        }
        turn(next < n_ready ? from + next * every : now_ns() + LOOK_NS);
        if (again) try_again();
    }
    counting = 0;
    put_off = (uint64_t)again;
    b = sampled();
    show("start", &a, &b);
}

/* A line fails that all of them shared: they are gone in the same moment. */
static void drop_all(void) {
    for (int i = examiners; i < examiners + candidates; i++) {
        struct conn *c = &people[i];
        if (gone(c)) continue;
        if (c->state != NEW) close(c->fd);
        c->state = NEW;
        c->have = c->unsent = 0;
        c->in_flight = 0;
        c->began = c->again_at = c->start_due = 0;
        memset(c->ring, 0, sizeof c->ring);
    }
    n_ready = 0;
    in_flight_all = 0;
    printf("{\"dropped\":true}\n");
}

static void write_ledger(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) die(path);
    for (int i = examiners; i < examiners + candidates; i++)
        for (int item = 0; item < n_items; item++) {
            struct stood *s = &people[i].stands[item];
            if (s->seq)
                fprintf(file, "%s\t%s\t%u\t%s\n", people[i].seat->name, items[item], s->seq,
                        variants[s->variant].response);
        }
    fclose(file);
    printf("{\"ledger\":true}\n");
}

/* --- beginning ------------------------------------------------------------------------------- */

static char *cut(char **rest) { char *part = strsep(rest, "\t\n"); return part ? part : ""; }

static int read_lines(const char *path, void (*each)(char *line)) {
    char *line = NULL;
    size_t room = 0;
    int n = 0;
    FILE *file = fopen(path, "r");
    if (!file) die(path);
    while (getline(&line, &room, file) > 0) { each(line); n++; }
    fclose(file);
    free(line);
    return n;
}

static struct seat *row_of; static int rows; /* what is being read */

static void add_seat(char *line) {
    char *rest = strdup(line);
    row_of = grown(row_of, sizeof *row_of * (size_t)(rows + 1));
    struct seat *s = &row_of[rows++];
    s->name = cut(&rest); s->token = cut(&rest); s->instance = cut(&rest);
    s->exam = rest ? cut(&rest) : "";
}

static void read_seats(const char *path, struct seat **to, int *count) {
    row_of = NULL;
    rows = 0;
    read_lines(path, add_seat);
    *to = row_of;
    *count = rows;
}

static enum speech spoken(const char *name) {
    return !strcmp(name, "http") ? HTTP : !strcmp(name, "echo") ? ECHO : SIO;
}

static void add_variant(char *line) {
    char *rest = strdup(line), *item = cut(&rest);
    if (!n_items || strcmp(items[n_items - 1], item)) {
        items = grown(items, sizeof *items * (size_t)(n_items + 1));
        items[n_items++] = item;
    }
    variants = grown(variants, sizeof *variants * (size_t)(n_variants + 1));
    variants[n_variants++] = (struct variant){n_items - 1, cut(&rest)};
}

static void add_pid(char *text) {
    char *colon = strchr(text, ':');
    if (!colon || n_pids == PIDS_MAX) die("--pid takes name:pid");
    snprintf(pids[n_pids].name, sizeof pids->name, "%.*s", (int)(colon - text), text);
    pids[n_pids++].pid = atoi(colon + 1);
}

static void read_arguments(int count, char **words) {
    for (int i = 1; i + 1 < count; i += 2) {
        char *name = words[i], *value = words[i + 1];
        if (!strcmp(name, "--port")) port = atoi(value);
        else if (!strcmp(name, "--exam")) exam = value;
        else if (!strcmp(name, "--sources")) sources = atoi(value);
        else if (!strcmp(name, "--pid")) add_pid(value);
        else if (!strcmp(name, "--speak")) speech = spoken(value);
        else if (!strcmp(name, "--seats")) read_seats(value, &seats, &candidates);
        else if (!strcmp(name, "--examiners")) read_seats(value, &watchers, &examiners);
        else if (!strcmp(name, "--answers")) read_lines(value, add_variant);
        else { fprintf(stderr, "gen: unknown argument %s\n", name); exit(2); }
    }
    if (!port || !candidates || !n_variants) {
        fprintf(stderr, "gen: --port, --seats and --answers are needed\n");
        exit(2);
    }
}

static void seat_everybody(void) {
    int all = candidates + examiners;
    people = calloc((size_t)all, sizeof *people);
    ready_ones = calloc((size_t)candidates, sizeof *ready_ones);
    if (!people || !ready_ones) die("memory");
    for (int i = 0; i < all; i++) {
        people[i].number = i;
        people[i].examiner = i < examiners;
        people[i].seat = i < examiners ? &watchers[i] : &seats[i - examiners];
        people[i].stands = calloc((size_t)n_items, sizeof(struct stood));
        if (!people[i].stands) die("memory");
    }
}

static int obey(char *line) {
    double rate;
    long warm, ms;
    unsigned each, wide, first;
    char path[1024];
    if (!strncmp(line, "quit", 4)) return 0;
    if (!strncmp(line, "connect", 7)) connect_all();
    else if (sscanf(line, "join %ld", &ms) == 1) join_all((int)ms);
    else if (sscanf(line, "start %ld", &ms) == 1) start_all(ms);
    else if (!strncmp(line, "drop", 4)) drop_all();
    else if (!strncmp(line, "closes", 6))
        printf("{\"told\":%lu,\"last_ms\":%ld}\n", closes, last_close_ms);
    else if (sscanf(line, "closed %ld %ld", &warm, &ms) == 2) window("closed", 0, warm, ms);
    else if (sscanf(line, "open %lf %ld %ld", &rate, &warm, &ms) == 3)
        window("open", rate, warm, ms);
    else if (sscanf(line, "fill %u %u %u", &each, &wide, &first) == 3)
        fill(each, (int)wide, (int)first);
    else if (sscanf(line, "idle %ld", &ms) == 1) window("idle", -1, 0, ms);
    else if (sscanf(line, "beat %ld", &ms) == 1) {
        beat_period = ms * 1000000; next_beat = now_ns();
        printf("{\"beat\":%ld}\n", ms);
    } else if (sscanf(line, "ledger %1023[^\n]", path) == 1) write_ledger(path);
    else printf("{\"unknown\":true}\n");
    fflush(stdout);
    return 1;
}

int main(int count, char **words) {
    char line[2048];
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_TIMERSLACK, 1);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    read_arguments(count, words);
    seat_everybody();
    if ((epoll = epoll_create1(0)) < 0) die("epoll_create1");
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &e)) die("standard input");
    setvbuf(stdin, NULL, _IONBF, 0);
    for (;;) {
        if (!turn(now_ns() + NS)) continue;
        if (!fgets(line, sizeof line, stdin) || !obey(line)) return 0;
    }
}
