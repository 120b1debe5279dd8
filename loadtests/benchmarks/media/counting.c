/* Receives for hundreds of viewers and counts, so that the viewers are never what is measured.
 * RTP is counted here by stream; the first packets of each viewer and all that is not RTP go on to Python.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <stdint.h>
#include "counting.h"

enum { BATCH = 64, LONGEST = 2048 };

static void count(struct viewer *viewer, const uint8_t *data) {
    uint32_t ssrc = (uint32_t)data[8] << 24 | data[9] << 16 | data[10] << 8 | data[11];
    uint16_t number = data[2] << 8 | data[3];
    struct stream *stream = viewer->streams;
    for (int i = 0; i < STREAMS; i++, stream++) {
        if (stream->received && stream->ssrc != ssrc) continue;
        if (!stream->received) {
            stream->ssrc = ssrc;
            stream->first = stream->highest = number + 0x10000;
        }
        int64_t index = stream->highest + (int16_t)(number - (uint16_t)stream->highest);
        if (index > stream->highest) stream->highest = index;
        stream->received++;
        return;
    }
}

/* Takes what has come. Frames for Python are written to `out` as {viewer: u32, length: u32, data}; their size.
 * The sockets are asked in turn, a hundred times a second, by nobody who sleeps on them: a sender on the same machine
 * would otherwise pay for waking the receiver, once for every packet. */
int drain(struct viewer *viewers, uint32_t number, uint8_t *out, int room) {
    static uint8_t buffers[BATCH][LONGEST];
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    int used = 0;
    for (uint32_t which = 0; which < number; which++) {
        struct viewer *viewer = &viewers[which];
        int came;
        memset(messages, 0, sizeof messages);
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec){buffers[i], LONGEST};
            messages[i].msg_hdr.msg_iov = &vectors[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        came = recvmmsg(viewer->descriptor, messages, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < came; i++) {
            uint32_t length = messages[i].msg_len;
            const uint8_t *data = buffers[i];
            int is_rtp = length >= 12 && data[0] >> 6 == 2 && !(data[1] >= 192 && data[1] <= 223);
            if (is_rtp) {
                count(viewer, data);
                viewer->packets++;
                viewer->octets += length;
            }
            if ((!is_rtp || viewer->to_check-- > 0) && used + 8 + (int)length <= room) {
                memcpy(out + used, &which, 4);
                memcpy(out + used + 4, &length, 4);
                memcpy(out + used + 8, data, length);
                used += 8 + length;
            }
            if (viewer->to_check < 0) viewer->to_check = 0;
        }
    }
    return used;
}
