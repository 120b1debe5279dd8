#define STREAMS 4
struct stream { uint32_t ssrc; int64_t first, highest, received; };
struct viewer { int descriptor, to_check; int64_t packets, octets; struct stream streams[STREAMS]; };
int drain(struct viewer *viewers, uint32_t number, uint8_t *out, int room);
