/* The hot path: every packet of a source, rewritten and protected for every viewer, in few system calls.
 *
 * SRTP is AES in GCM as RFC 7714 has it, on the OpenSSL that pylibsrtp carries; what was negotiated otherwise goes
 * through libsrtp. A viewer's packets of equal size that follow each other leave as one message, which the kernel
 * cuts up (UDP GSO); 64 messages leave in one sendmmsg.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fan.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    MESSAGES = 64,         /* in one sendmmsg */
    SEGMENTS = 64,         /* in one message: what every kernel with GSO takes */
    LONGEST_MESSAGE = 63000,
    LONGEST_PACKET = 2048, /* header, extension, payload and trailer */
    TRAILER = 144,         /* the most that libsrtp appends (SRTP_MAX_TRAILER_LEN) */
    ARENA = 256 * 1024,    /* small enough to stay in the cache */
    HEADER = 12,
    TAG = 16,
    SALT = 12,
};

/* The part of OpenSSL's interface that is used; it has been stable since 1.1. */
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_cipher_st EVP_CIPHER;
enum { GCM_GET_TAG = 0x10 };
static struct {
    EVP_CIPHER_CTX *(*new)(void);
    void (*free)(EVP_CIPHER_CTX *);
    int (*init)(EVP_CIPHER_CTX *, const EVP_CIPHER *, void *, const uint8_t *key, const uint8_t *iv);
    int (*update)(EVP_CIPHER_CTX *, uint8_t *out, int *out_length, const uint8_t *in, int length);
    int (*final)(EVP_CIPHER_CTX *, uint8_t *out, int *out_length);
    int (*control)(EVP_CIPHER_CTX *, int type, int number, void *pointer);
    const EVP_CIPHER *(*gcm_128)(void), *(*gcm_256)(void), *(*ctr_128)(void), *(*ctr_256)(void);
} evp;
static int (*srtp_protect)(void *session, void *packet, int *length);

struct cipher {
    EVP_CIPHER_CTX *context; /* null: libsrtp does it */
    uint8_t salt[SALT];
    void *session;
};

struct sender {
    int descriptor, may_segment;
    int filled, used; /* messages, bytes of the arena */
    uint16_t segment[MESSAGES], count[MESSAGES], last[MESSAGES]; /* size of the first, number, size of the last */
    struct mmsghdr messages[MESSAGES];
    struct iovec vectors[MESSAGES];
    union { char space[CMSG_SPACE(sizeof(uint16_t))]; struct cmsghdr align; } controls[MESSAGES];
    uint8_t arena[ARENA];
};

static void *symbol(void *library, const char *name, int *missing) {
    void *found = dlsym(library, name);
    if (!found) *missing = 1;
    return found;
}

/* Finds OpenSSL's functions in a library already loaded. `protect` is libsrtp's srtp_protect. 0 when all are there. */
int fan_open(const char *name, void *protect) {
    void *library = dlopen(name, RTLD_NOW);
    int missing = 0;
    if (!library) return -1;
    evp.new = symbol(library, "EVP_CIPHER_CTX_new", &missing);
    evp.free = symbol(library, "EVP_CIPHER_CTX_free", &missing);
    evp.init = symbol(library, "EVP_EncryptInit_ex", &missing);
    evp.update = symbol(library, "EVP_EncryptUpdate", &missing);
    evp.final = symbol(library, "EVP_EncryptFinal_ex", &missing);
    evp.control = symbol(library, "EVP_CIPHER_CTX_ctrl", &missing);
    evp.gcm_128 = symbol(library, "EVP_aes_128_gcm", &missing);
    evp.gcm_256 = symbol(library, "EVP_aes_256_gcm", &missing);
    evp.ctr_128 = symbol(library, "EVP_aes_128_ctr", &missing);
    evp.ctr_256 = symbol(library, "EVP_aes_256_ctr", &missing);
    srtp_protect = (int (*)(void *, void *, int *))protect;
    return missing || !protect ? -1 : 0;
}

/* RFC 3711, 4.3.1 and 4.3.3, with a key derivation rate of zero; the salt padded as RFC 7714, 11 wants it. */
static int derive(const uint8_t *key, int key_length, const uint8_t *salt, uint8_t label, uint8_t *out, int length) {
    uint8_t counter[16] = {0}, zeros[32] = {0};
    int written = 0, done;
    memcpy(counter, salt, SALT);
    counter[7] ^= label;
    EVP_CIPHER_CTX *context = evp.new();
    done = context && evp.init(context, key_length == 32 ? evp.ctr_256() : evp.ctr_128(), NULL, key, counter) == 1 &&
           evp.update(context, out, &written, zeros, length) == 1;
    if (context) evp.free(context);
    return done && written == length;
}

/* SRTP in GCM under this master key (16 or 32 bytes) and salt (12); null when OpenSSL refuses. */
struct cipher *cipher_new(const uint8_t *key, int key_length, const uint8_t *salt) {
    uint8_t session_key[32];
    struct cipher *cipher = calloc(1, sizeof *cipher);
    if (!cipher) return NULL;
    cipher->context = evp.new();
    if (cipher->context && derive(key, key_length, salt, 0, session_key, key_length) &&
        derive(key, key_length, salt, 2, cipher->salt, SALT) &&
        evp.init(cipher->context, key_length == 32 ? evp.gcm_256() : evp.gcm_128(), NULL, session_key, NULL) == 1)
        return cipher;
    cipher_free(cipher);
    return NULL;
}

/* SRTP as a session of libsrtp does it: for profiles other than GCM. */
struct cipher *cipher_of_session(void *session) {
    struct cipher *cipher = calloc(1, sizeof *cipher);
    if (cipher) cipher->session = session;
    return cipher;
}

void cipher_free(struct cipher *cipher) {
    if (cipher && cipher->context) evp.free(cipher->context);
    free(cipher);
}

/* Encrypts in place what follows the `head`, and appends the tag. The length of all, or -1. */
static int protect(const struct cipher *cipher, uint8_t *data, int head, int length, uint32_t ssrc, uint64_t index) {
    uint8_t iv[SALT] = {0, 0, ssrc >> 24, ssrc >> 16, ssrc >> 8, ssrc,
                        index >> 40, index >> 32, index >> 24, index >> 16, index >> 8, index};
    EVP_CIPHER_CTX *context = cipher->context;
    int written;
    if (!context) return srtp_protect(cipher->session, data, &length) == 0 ? length : -1;
    for (int i = 0; i < SALT; i++) iv[i] ^= cipher->salt[i];
    if (evp.init(context, NULL, NULL, NULL, iv) != 1 || evp.update(context, NULL, &written, data, head) != 1 ||
        evp.update(context, data + head, &written, data + head, length - head) != 1 ||
        evp.final(context, data + length, &written) != 1 ||
        evp.control(context, GCM_GET_TAG, TAG, data + length) != 1)
        return -1;
    return length + TAG;
}

/* One RTP packet with room for its tag, for whoever sends it himself. */
int cipher_protect(struct cipher *cipher, uint8_t *data, int head, int length, int64_t index) {
    uint32_t ssrc;
    memcpy(&ssrc, data + 8, 4);
    return protect(cipher, data, head, length, ntohl(ssrc), index);
}

static void put16(uint8_t *at, uint16_t value) { value = htons(value); memcpy(at, &value, 2); }
static void put32(uint8_t *at, uint32_t value) { value = htonl(value); memcpy(at, &value, 4); }

/* RFC 7741: a picture id of seven bits, or of fifteen when the first bit is set. */
static void shift_picture(const struct row *row, const struct packet *packet, uint8_t *payload) {
    if (packet->picture_at >= 0 && row->picture_offset) {
        uint8_t *at = payload + packet->picture_at;
        if (*at & 0x80)
            put16(at, 0x8000 | ((((at[0] & 0x7f) << 8 | at[1]) + row->picture_offset) & 0x7fff));
        else
            *at = (*at + row->picture_offset) & 0x7f;
    }
    if (packet->tl0_at >= 0) payload[packet->tl0_at] += row->tl0_offset;
}

/* The packet as this viewer is to have it. Its length, or -1 when it could not be protected. */
static int write_packet(const struct row *row, const struct packet *packet, uint8_t *out) {
    uint64_t index = (uint64_t)(packet->index + row->index_offset);
    int head = HEADER + row->extension_length, at = head;
    if (head + (packet->original >= 0 ? 2 : 0) + packet->length > LONGEST_PACKET - TRAILER) return -1;
    out[0] = row->extension_length ? 0x90 : 0x80;
    out[1] = (packet->marker ? 0x80 : 0) | row->payload_type;
    put16(out + 2, index);
    put32(out + 4, packet->timestamp + row->timestamp_offset);
    put32(out + 8, row->ssrc);
    memcpy(out + HEADER, row->extension, row->extension_length);
    if (packet->original >= 0) {
        put16(out + at, packet->original);
        at += 2;
    }
    memcpy(out + at, packet->payload, packet->length);
    shift_picture(row, packet, out + at);
    return protect(row->cipher, out, head, at + packet->length, row->ssrc, index);
}

/* Sends every segment of one message by itself: where the kernel or the path does not take them together. */
static int send_singly(struct sender *s, int k) {
    struct msghdr message = s->messages[k].msg_hdr;
    struct iovec vector;
    uint8_t *at = s->vectors[k].iov_base, *end = at + s->vectors[k].iov_len;
    int unsent = 0;
    message.msg_control = NULL;
    message.msg_controllen = 0;
    message.msg_iov = &vector;
    for (; at < end; at += vector.iov_len) {
        vector.iov_base = at;
        vector.iov_len = end - at < s->segment[k] ? (size_t)(end - at) : s->segment[k];
        if (sendmsg(s->descriptor, &message, 0) < 0) unsent++;
    }
    return unsent;
}

static int concerns_one_address(int error) {
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EPERM ||
           error == EINVAL || error == EMSGSIZE || error == EIO;
}

/* Sends what is filled; answers how many packets were not. What does not fit the socket's buffer is lost. */
static int flush(struct sender *s) {
    int k = 0, unsent = 0, filled = s->filled;
    s->filled = s->used = 0;
    for (int i = 0; i < filled; i++) {
        struct msghdr *message = &s->messages[i].msg_hdr;
        message->msg_control = NULL;
        message->msg_controllen = 0;
        if (s->count[i] < 2) continue;
        message->msg_control = s->controls[i].space;
        message->msg_controllen = sizeof s->controls[i].space;
        struct cmsghdr *control = CMSG_FIRSTHDR(message);
        control->cmsg_level = SOL_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        memcpy(CMSG_DATA(control), &s->segment[i], sizeof(uint16_t));
    }
    while (k < filled) {
        int sent = sendmmsg(s->descriptor, s->messages + k, filled - k, 0);
        if (sent > 0) {
            k += sent;
        } else if (errno == EINTR) {
            continue;
        } else if (concerns_one_address(errno)) {
            if (errno == EIO) s->may_segment = 0; /* the interface cannot: never ask again */
            unsent += s->count[k] > 1 ? send_singly(s, k) : 1;
            k++;
        } else {
            for (; k < filled; k++) unsent += s->count[k];
        }
    }
    return unsent;
}

/* Appends a protected packet that lies at the end of the arena, to the last message where it fits. */
static void append(struct sender *s, struct row *row, int length, int continues) {
    int k = s->filled - 1;
    if (continues && k >= 0 && s->may_segment && s->last[k] == s->segment[k] && length <= s->segment[k] &&
        s->count[k] < SEGMENTS && s->vectors[k].iov_len + length <= LONGEST_MESSAGE) {
        s->vectors[k].iov_len += length;
        s->count[k]++;
    } else {
        k = s->filled++;
        s->vectors[k] = (struct iovec){s->arena + s->used, length};
        s->messages[k].msg_hdr = (struct msghdr){
            .msg_name = row->address, .msg_namelen = row->address_length, .msg_iov = &s->vectors[k], .msg_iovlen = 1};
        s->segment[k] = length;
        s->count[k] = 1;
    }
    s->last[k] = length;
    s->used += length;
}

/* All packets to all rows. A later packet of a row is on the wire after an earlier one. */
struct tally fan_out(struct sender *s, struct row **rows, int row_count, const struct packet *packets, int count) {
    struct tally tally = {0, 0, 0};
    for (int i = 0; i < row_count; i++) {
        int continues = 0; /* the last message is of this row */
        for (int j = 0; j < count; j++) {
            if (packets[j].index < rows[i]->first_index) continue;
            if (s->filled == MESSAGES || s->used + LONGEST_PACKET > ARENA) {
                tally.unsent += flush(s);
                continues = 0;
            }
            int length = write_packet(rows[i], &packets[j], s->arena + s->used);
            if (length < 0) {
                tally.unprotected++;
                continue;
            }
            append(s, rows[i], length, continues);
            continues = 1;
            tally.sent++;
        }
    }
    tally.unsent += flush(s);
    tally.sent -= tally.unsent;
    return tally;
}

struct sender *sender_new(int descriptor, int may_segment) {
    struct sender *sender = calloc(1, sizeof *sender);
    int off = 0;
    if (!sender) return NULL;
    sender->descriptor = descriptor;
    sender->may_segment = may_segment && setsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &off, sizeof off) == 0;
    return sender;
}

void sender_free(struct sender *sender) { free(sender); }

int sender_segments(const struct sender *sender) { return sender->may_segment; }
