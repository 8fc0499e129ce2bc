#include "sim/output/shaped_capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "sim/base/process.h"
#include "sim/output/owned_directory.h"
#include "sim/output/part_file.h"
#include "traces/capture_writer.h"
#include "traces/decode.h"
#include "traces/file_stream.h"
#include "traces/readdress.h"

#define NS_PER_US            1000
#define STREAM_BUFFER_BYTES  (256 * 1024)
#define INSTANT_FIRST_PLACES 64

struct shaped_packet {
    struct shaped_packet *next; /* of its flow and direction */
    uint64_t number;            /* in the order of the trace */
    uint64_t end_byte;          /* cumulative, of what its flow carries in its direction */
    uint64_t next_end_byte;     /* known without reading the next, which is rarely in the cache */
    int64_t arrived_us;
    int64_t time_ns; /* of its arrival, then of its delivery */
    uint32_t captured_bytes;
    uint32_t wire_bytes;
    uint8_t data[];
};

/* Most deliveries complete no packet: this shows in the flow's record, without reading a packet. */
struct shaped_queue {
    struct shaped_packet *first;
    struct shaped_packet *last;
    uint64_t first_end_byte;
    uint64_t arrived_bytes;
};

struct shaped_flow {
    struct shaped_queue queues[SHAPER_DIRECTIONS];
};

struct shaped_capture {
    struct owned_directory *directory;
    int fd;
    int failure; /* errno of the first failed write */
    struct file_hash *hash;
    struct capture_writer *writer;
    bool writes_ip; /* without link headers: the trace has several link types */
    int link_type;  /* otherwise: that of the file */
    char *stream_buffer;
    struct shaped_counts counts;
    uint64_t arrived;        /* packets, so far */
    int64_t last_arrival_ns; /* on the replay's clock */
    /* Delivered at this instant, and to be written when it has ended. */
    int64_t instant_us;
    struct shaped_packet **instant;
    size_t instant_count;
    size_t instant_slots;
};

/* --- the file ----------------------------------------------------------------------------- */

/* The write function of the stdio stream: writes everything, and hashes it. */
static ssize_t write_bytes(void *arg, const char *bytes, size_t count)
{
    struct shaped_capture *shaped = arg;

    for (size_t done = 0; done < count && !shaped->failure;) {
        ssize_t n = write(shaped->fd, bytes + done, count - done);
        if (n < 0 && file_stream_again())
            continue;
        if (n <= 0)
            shaped->failure = process_note_failure(n < 0 ? errno : EIO);
        else
            done += (size_t)n;
    }
    if (shaped->failure)
        return 0;
    file_hash_add(shaped->hash, bytes, count);
    return (ssize_t)count;
}

static void free_all(struct shaped_capture *shaped)
{
    for (size_t i = 0; i < shaped->instant_count; i++)
        free(shaped->instant[i]);
    free(shaped->instant);
    if (shaped->fd >= 0)
        close(shaped->fd);
    file_hash_free(shaped->hash);
    free(shaped->stream_buffer);
    free(shaped);
}

static struct shaped_capture *make(struct owned_directory *directory)
{
    struct shaped_capture *shaped = calloc(1, sizeof(*shaped));

    if (!shaped)
        return NULL;
    shaped->fd = -1;
    shaped->directory = directory;
    shaped->hash = file_hash_new();
    shaped->stream_buffer = malloc(STREAM_BUFFER_BYTES);
    if (shaped->hash && shaped->stream_buffer)
        return shaped;
    free_all(shaped);
    return NULL;
}

int shaped_capture_open(struct owned_directory *directory, const struct capture_format *format,
                        struct shaped_capture **out, char *error)
{
    struct shaped_capture *shaped = make(directory);
    char text[TRACE_ERROR_BYTES];

    if (!shaped)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", SHAPED_CAPTURE_FILE);
    int failure =
        process_note_failure(owned_directory_create(directory, SHAPED_CAPTURE_FILE, &shaped->fd));
    FILE *stream =
        failure ? NULL : fopencookie(shaped, "w", (cookie_io_functions_t){.write = write_bytes});
    if (!stream) {
        int status =
            sim_fail(error, SIM_FAILED, "%s/%s: cannot be written (%s); choose another -o DIR",
                     directory->path, SHAPED_CAPTURE_FILE, strerror(failure ? failure : errno));
        owned_directory_discard(directory, SHAPED_CAPTURE_FILE);
        free_all(shaped);
        return status;
    }
    shaped->writes_ip = format->has_several_link_types;
    shaped->link_type = format->link_type;
    setvbuf(stream, shaped->stream_buffer, _IOFBF, STREAM_BUFFER_BYTES);
    __fsetlocking(stream, FSETLOCKING_BYCALLER); /* only one thread writes */
    if (capture_writer_open(stream, SHAPED_CAPTURE_FILE, format, &shaped->writer, text) !=
        TRACE_OK) {
        int status = sim_fail(error, SIM_FAILED, "%s; run without --write-pcap", text);
        owned_directory_discard(directory, SHAPED_CAPTURE_FILE);
        free_all(shaped);
        return status;
    }
    *out = shaped;
    return SIM_OK;
}

/* --- one instant -------------------------------------------------------------------------- */

static int compare_packets(const void *a, const void *b)
{
    const struct shaped_packet *x = *(struct shaped_packet *const *)a;
    const struct shaped_packet *y = *(struct shaped_packet *const *)b;

    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* What was delivered at one instant is written in an order that does not depend on the order of
 * service. */
static void write_instant(struct shaped_capture *shaped)
{
    if (shaped->instant_count > 1)
        qsort(shaped->instant, shaped->instant_count, sizeof(struct shaped_packet *),
              compare_packets);
    for (size_t i = 0; i < shaped->instant_count; i++) {
        struct shaped_packet *packet = shaped->instant[i];
        const struct capture_packet written = {.time_ns = packet->time_ns,
                                               .captured_bytes = packet->captured_bytes,
                                               .wire_bytes = packet->wire_bytes,
                                               .data = packet->data};
        capture_writer_put(shaped->writer, &written);
        free(packet);
    }
    shaped->instant_count = 0;
}

static int add_to_instant(struct shaped_capture *shaped, struct shaped_packet *packet)
{
    if (shaped->instant_count == shaped->instant_slots) {
        size_t slots = shaped->instant_slots > 0 ? 2 * shaped->instant_slots : INSTANT_FIRST_PLACES;
        struct shaped_packet **more =
            reallocarray(shaped->instant, slots, sizeof(struct shaped_packet *));
        if (!more)
            return -1;
        shaped->instant = more;
        shaped->instant_slots = slots;
    }
    shaped->instant[shaped->instant_count++] = packet;
    shaped->counts.packets++;
    return 0;
}

/* --- packets ------------------------------------------------------------------------------ */

/* When it arrived, on the replay's clock: with its own nanoseconds, unless it was moved to the time
 * of the packet before it. */
static int64_t arrival_ns(struct shaped_capture *shaped, const struct shaped_arrival *arrival)
{
    int64_t arrival_ns = arrival->packet->time_ns - arrival->cut_us * NS_PER_US;
    int64_t least_ns = arrival->start_ns + arrival->time_us * NS_PER_US;

    if (arrival_ns < least_ns || arrival_ns < shaped->last_arrival_ns)
        arrival_ns = least_ns > shaped->last_arrival_ns ? least_ns : shaped->last_arrival_ns;
    shaped->last_arrival_ns = arrival_ns;
    return arrival_ns;
}

static void append(struct shaped_queue *queue, struct shaped_packet *packet)
{
    if (queue->first) {
        queue->last->next = packet;
        queue->last->next_end_byte = packet->end_byte;
    } else {
        queue->first = packet;
        queue->first_end_byte = packet->end_byte;
    }
    queue->last = packet;
}

static struct shaped_packet *take_first(struct shaped_queue *queue)
{
    struct shaped_packet *packet = queue->first;

    queue->first = packet->next;
    queue->first_end_byte = packet->next_end_byte;
    return packet;
}

/* What is written of a packet. Where the IP packet alone is, or is changed, *info is filled in;
 * false: it cannot be, and the frame is written as it is. */
static bool written_part(const struct shaped_capture *shaped, const struct shaped_arrival *arrival,
                         struct capture_packet *part, struct packet_info *info)
{
    *part = *arrival->packet;
    if ((!shaped->writes_ip && !arrival->initiator) ||
        decode_packet(part->link_type, part, info) != SKIP_NONE)
        return false;
    if (!shaped->writes_ip)
        return true;
    part->data += info->ip_offset;
    part->captured_bytes -= info->ip_offset;
    if (part->captured_bytes > info->ip_bytes) /* padding follows */
        part->captured_bytes = info->ip_bytes;
    part->wire_bytes = info->ip_bytes;
    return true;
}

static int other_link_type(int link_type, char *error)
{
    const char *name = pcap_datalink_val_to_name(link_type);

    return sim_fail(error, SIM_FAILED,
                    "%s: the trace names link type %s only after its first packet, and a pcap file "
                    "has one link type; leave --write-pcap out",
                    SHAPED_CAPTURE_FILE, name ? name : "unknown");
}

int shaped_capture_arrive(struct shaped_capture *shaped, struct shaped_flow **flow,
                          const struct shaped_arrival *arrival, char *error)
{
    static const char no_memory[] =
        "out of memory for packets that wait; raise the rate or leave --write-pcap out";
    struct capture_packet from;
    struct packet_info info;

    if (!shaped->writes_ip && arrival->packet->link_type != shaped->link_type)
        return other_link_type(arrival->packet->link_type, error);
    bool is_decoded = written_part(shaped, arrival, &from, &info);
    struct shaped_packet *packet = malloc(sizeof(*packet) + from.captured_bytes);

    if (packet && !*flow)
        *flow = calloc(1, sizeof(**flow));
    if (!packet || !*flow) {
        free(packet);
        return sim_fail(error, SIM_FAILED, "%s", no_memory);
    }
    if (shaped->arrived == 0) {
        shaped->counts.start_ns = arrival->start_ns;
        shaped->last_arrival_ns = arrival->start_ns;
    }
    struct shaped_queue *queue = &(*flow)->queues[arrival->direction];
    queue->arrived_bytes += arrival->bytes;
    *packet = (struct shaped_packet){.number = shaped->arrived++,
                                     .end_byte = queue->arrived_bytes,
                                     .arrived_us = arrival->time_us,
                                     .time_ns = arrival_ns(shaped, arrival),
                                     .captured_bytes = from.captured_bytes,
                                     .wire_bytes = from.wire_bytes};
    memcpy(packet->data, from.data, from.captured_bytes);
    if (is_decoded && arrival->initiator) {
        uint32_t at = shaped->writes_ip ? 0 : info.ip_offset;
        readdress(packet->data + at, from.captured_bytes - at, &info, arrival->is_from_initiator,
                  arrival->initiator);
    }
    append(queue, packet);
    return SIM_OK;
}

static int out_of_range(const struct shaped_capture *shaped, int64_t time_ns, char *error)
{
    return sim_fail(error, SIM_FAILED,
                    "%s/%s: second %" PRId64
                    " is not among the 32 bits of a pcap file; shift the trace (editcap -t), or "
                    "leave --write-pcap out",
                    shaped->directory->path, SHAPED_CAPTURE_FILE,
                    time_ns / (NS_PER_US * INT64_C(1000000)));
}

int shaped_capture_deliver(struct shaped_capture *shaped, struct shaped_flow *flow,
                           enum shaper_direction direction, uint64_t delivered_bytes,
                           int64_t now_us, char *error)
{
    struct shaped_queue *queue = &flow->queues[direction];

    if (!queue->first || queue->first_end_byte > delivered_bytes)
        return SIM_OK;
    if (now_us != shaped->instant_us)
        write_instant(shaped);
    shaped->instant_us = now_us;
    if (shaped->failure)
        return sim_fail(error, SIM_FAILED,
                        "%s/%s: cannot be written (%s); make room or choose another place",
                        shaped->directory->path, SHAPED_CAPTURE_FILE, strerror(shaped->failure));
    while (queue->first && queue->first_end_byte <= delivered_bytes) {
        struct shaped_packet *packet = take_first(queue);
        if (now_us > packet->arrived_us)
            packet->time_ns = shaped->counts.start_ns + now_us * NS_PER_US;
        int64_t time_ns = packet->time_ns;
        if (add_to_instant(shaped, packet) != 0) {
            free(packet);
            return sim_fail(error, SIM_FAILED, "%s: out of memory", SHAPED_CAPTURE_FILE);
        }
        if (!capture_writer_holds_time(time_ns))
            return out_of_range(shaped, time_ns, error);
    }
    return SIM_OK;
}

void shaped_capture_withhold(struct shaped_capture *shaped, uint64_t packets)
{
    shaped->counts.undelivered += packets;
}

void shaped_capture_end_flow(struct shaped_capture *shaped, struct shaped_flow *flow)
{
    for (int d = 0; flow && d < SHAPER_DIRECTIONS; d++)
        while (flow->queues[d].first) {
            free(take_first(&flow->queues[d]));
            shaped->counts.undelivered++;
        }
    free(flow);
}

const struct shaped_counts *shaped_capture_counts(const struct shaped_capture *shaped)
{
    return &shaped->counts;
}

bool shaped_capture_failed(const struct shaped_capture *shaped)
{
    return shaped->failure != 0;
}

/* --- the end ------------------------------------------------------------------------------ */

static void close_file(struct shaped_capture *shaped)
{
    write_instant(shaped);
    if (capture_writer_close(shaped->writer) != 0 && !shaped->failure)
        shaped->failure = EIO;
    if (close(shaped->fd) != 0 && !shaped->failure)
        shaped->failure = errno;
    shaped->fd = -1;
}

int shaped_capture_commit(struct shaped_capture *shaped, char hex[FILE_HASH_BYTES], char *error)
{
    close_file(shaped);
    file_hash_print(shaped->hash, hex);
    int status = part_file_end(shaped->directory, SHAPED_CAPTURE_FILE, shaped->failure, error);
    free_all(shaped);
    return status;
}

void shaped_capture_keep_partial(struct shaped_capture *shaped)
{
    if (!shaped)
        return;
    close_file(shaped);
    free_all(shaped);
}

void shaped_capture_discard(struct shaped_capture *shaped)
{
    if (!shaped)
        return;
    close_file(shaped);
    owned_directory_discard(shaped->directory, SHAPED_CAPTURE_FILE);
    free_all(shaped);
}
