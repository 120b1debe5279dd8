/* What Python sees of fan.c. The same text is given to cffi, hence no preprocessor below this line. */
struct cipher;

struct row {                 /* one stream to one viewer */
    struct cipher *cipher;   /* of the viewer, shared by its rows; not owned */
    int64_t index_offset;    /* the viewer's index is the source's plus this; its last 16 bits are on the wire */
    int64_t first_index;     /* of the source; earlier packets are never sent */
    uint32_t ssrc;
    uint32_t timestamp_offset;
    uint16_t picture_offset; /* added to VP8's picture id; what goes on the wire is modulo its size */
    uint8_t tl0_offset;      /* the same for TL0PICIDX */
    uint8_t payload_type;
    uint8_t extension_length;
    uint8_t extension[72];   /* the whole block, its header included */
    uint8_t address_length;
    uint8_t address[28];     /* struct sockaddr_in or sockaddr_in6 */
};

struct packet {              /* one packet of a source */
    const uint8_t *payload;
    int64_t index;           /* sequence number without wrap-around */
    uint32_t timestamp;
    int32_t original;        /* RTX: the number of the packet that this repeats; else -1 */
    int16_t picture_at;      /* where VP8's picture id and TL0PICIDX are in the payload, or -1 */
    int16_t tl0_at;
    uint16_t length;
    uint8_t marker;
};

struct tally { uint64_t sent; uint64_t unsent; uint64_t unprotected; };

int fan_open(const char *library, void *protect);
struct cipher *cipher_new(const uint8_t *key, int key_length, const uint8_t *salt);
struct cipher *cipher_of_session(void *session);
void cipher_free(struct cipher *cipher);
int cipher_protect(struct cipher *cipher, uint8_t *data, int head, int length, int64_t index);
struct sender;
struct sender *sender_new(int descriptor, int may_segment);
void sender_free(struct sender *sender);
int sender_segments(const struct sender *sender);
struct tally fan_out(struct sender *sender, struct row **rows, int row_count, const struct packet *packets, int count);
