#include "traces/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <xxhash.h>

#include "traces/file_stream.h"
#include "traces/trace.h"
#include "traces/unpacker.h"

#define STORED_BUFFER_BYTES (256 * 1024)
#define STREAM_BUFFER_BYTES (256 * 1024)

struct byte_source {
    int file;         /* a descriptor */
    const char *path; /* borrowed */
    bool owns_file;
    bool is_file;
    atomic_uint_fast64_t position_bytes;
    uint64_t size_bytes;
    XXH3_state_t *hash;
    unsigned char *stored; /* what was read from the file and not consumed yet */
    size_t stored_start;
    size_t stored_end;
    const char *program;       /* that unpacks it by hand */
    struct unpacker *unpacker; /* NULL: the bytes are not packed */
    char *stream_buffer;
    int wake;
    void (*before_wait)(void *arg); /* NULL: nothing to do */
    void *wait_arg;
    bool is_stopped; /* by `wake` */
    unsigned char head[BYTE_SOURCE_HEAD_BYTES];
    size_t head_bytes; /* of `head`, filled so far */
    bool is_unreadable;
    bool is_cut;
    char failure[TRACE_ERROR_BYTES];
};

/* Whether reading may continue, and need not wait or must. */
static bool wait_for_bytes(struct byte_source *source)
{
    struct pollfd ready[] = {{.fd = source->file, .events = POLLIN},
                             {.fd = source->wake, .events = POLLIN}};

    if (source->is_file || !source->before_wait)
        return true;
    if (poll(ready, 2, 0) == 0) {
        source->before_wait(source->wait_arg);
        while (poll(ready, 2, -1) < 0 && file_stream_again())
            ;
    }
    source->is_stopped = ready[1].revents != 0;
    return !source->is_stopped;
}

/* Appends to what is stored; false at the end of the file or on an error, which persists. */
static bool read_more(struct byte_source *source)
{
    unsigned char *at = source->stored + source->stored_end;

    if (source->failure[0] || source->is_stopped || !wait_for_bytes(source))
        return false;
    ssize_t n;
    do
        n = read(source->file, at, STORED_BUFFER_BYTES - source->stored_end);
    while (n < 0 && file_stream_again());
    if (n < 0) {
        source->is_unreadable = true;
        snprintf(source->failure, sizeof(source->failure), "cannot be read (%s)", strerror(errno));
        file_stream_note(source->path, errno);
    }
    if (n <= 0)
        return false;
    XXH3_128bits_update(source->hash, at, (size_t)n);
    source->position_bytes += (uint64_t)n;
    source->stored_end += (size_t)n;
    return true;
}

/* Refills the stored buffer when it is empty. */
static bool stored_fill(struct byte_source *source)
{
    if (source->stored_start < source->stored_end)
        return true;
    source->stored_start = 0;
    source->stored_end = 0;
    return read_more(source);
}

static ssize_t read_plain(struct byte_source *source, char *out, size_t size)
{
    if (!stored_fill(source))
        return 0;
    size_t left = source->stored_end - source->stored_start;
    size_t n = size < left ? size : left;
    memcpy(out, source->stored + source->stored_start, n);
    source->stored_start += n;
    return (ssize_t)n;
}

static ssize_t unpack_failed(struct byte_source *source, const char *why)
{
    if (!source->failure[0])
        snprintf(source->failure, sizeof(source->failure), "damaged %s data (%s)",
                 unpacker_name(source->unpacker), why);
    return 0;
}

static ssize_t unpack_cut(struct byte_source *source)
{
    source->is_cut = !source->failure[0];
    return unpack_failed(source, "the file ends too early");
}

static ssize_t read_packed(struct byte_source *source, char *out, size_t size)
{
    struct unpacker_io io = {.out = (unsigned char *)out, .out_bytes = size};

    if (source->failure[0]) /* the unpacker's state has no meaning any more */
        return 0;
    while (io.out_bytes == size) {
        bool more = stored_fill(source);
        if (!more && !unpacker_is_open(source->unpacker))
            return 0;
        io.in = source->stored + source->stored_start;
        io.in_bytes = source->stored_end - source->stored_start;
        const char *failure = unpacker_step(source->unpacker, &io);
        source->stored_start = source->stored_end - io.in_bytes;
        if (failure)
            return unpack_failed(source, failure);
        if (!more && io.out_bytes == size && unpacker_is_open(source->unpacker))
            return unpack_cut(source);
    }
    return (ssize_t)(size - io.out_bytes);
}

static void keep_head(struct byte_source *source, const char *bytes, size_t count)
{
    size_t room = BYTE_SOURCE_HEAD_BYTES - source->head_bytes;

    if (count > room)
        count = room;
    memcpy(source->head + source->head_bytes, bytes, count);
    source->head_bytes += count;
}

static ssize_t cookie_read(void *cookie, char *out, size_t size)
{
    struct byte_source *source = cookie;
    ssize_t n = source->unpacker ? read_packed(source, out, size) : read_plain(source, out, size);

    if (n > 0 && source->head_bytes < BYTE_SOURCE_HEAD_BYTES)
        keep_head(source, out, (size_t)n);
    return n;
}

/* Reads as much as the magic number needs, even from a slow pipe. */
static int detect_packing(struct byte_source *source)
{
    while (source->stored_end < UNPACKER_MAGIC_BYTES && read_more(source))
        ;
    if (!unpacker_recognise(source->stored, source->stored_end))
        return TRACE_OK;
    source->program = unpacker_program(source->stored, source->stored_end);
    source->unpacker = unpacker_new(source->stored, source->stored_end);
    return source->unpacker ? TRACE_OK : TRACE_ERROR_MEMORY;
}

static int open_file(struct byte_source *source, const char *path, char *error)
{
    struct stat status;

    source->path = path;
    source->file = STDIN_FILENO;
    if (strcmp(path, "-") != 0) {
        do
            source->file = open(path, O_RDONLY | O_CLOEXEC);
        while (source->file < 0 && file_stream_again());
        source->owns_file = source->file >= 0;
    }
    if (source->file < 0)
        file_stream_note(path, errno);
    if (source->file < 0)
        return trace_fail(error, TRACE_ERROR_OPEN,
                          "%s: %s; give the path of a capture file, or - for standard input", path,
                          strerror(errno));
    if (fstat(source->file, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return trace_fail(error, TRACE_ERROR_OPEN,
                              "%s: is a directory; give the path of a capture file", path);
        source->is_file = source->owns_file && S_ISREG(status.st_mode);
        source->size_bytes = source->is_file ? (uint64_t)status.st_size : 0;
    }
    return TRACE_OK;
}

int byte_source_open(const char *path, struct byte_source **out, char *error)
{
    struct byte_source *source = trace_new_cache_aligned(sizeof(*source));
    int status = TRACE_ERROR_MEMORY;

    if (!source)
        return trace_fail(error, status, "%s: out of memory", path);
    source->hash = XXH3_createState();
    source->stored = malloc(STORED_BUFFER_BYTES);
    source->stream_buffer = malloc(STREAM_BUFFER_BYTES);
    if (!source->hash || !source->stored || !source->stream_buffer) {
        trace_fail(error, status, "%s: out of memory", path);
        goto fail;
    }
    XXH3_128bits_reset(source->hash);
    status = open_file(source, path, error);
    if (status != TRACE_OK)
        goto fail;
    status = detect_packing(source);
    if (status != TRACE_OK) {
        trace_fail(error, status, "%s: out of memory", path);
        goto fail;
    }
    *out = source;
    return TRACE_OK;
fail:
    byte_source_free(source);
    return status;
}

FILE *byte_source_stream(struct byte_source *source)
{
    FILE *stream = fopencookie(source, "rb", (cookie_io_functions_t){.read = cookie_read});
    if (stream) {
        setvbuf(stream, source->stream_buffer, _IOFBF, STREAM_BUFFER_BYTES);
        __fsetlocking(stream, FSETLOCKING_BYCALLER); /* libpcap reads twice for each packet */
    }
    return stream;
}

void byte_source_set_wait(struct byte_source *source, int wake, void (*before_wait)(void *arg),
                          void *arg)
{
    source->wake = wake;
    source->before_wait = before_wait;
    source->wait_arg = arg;
    source->is_stopped = false;
}

const unsigned char *byte_source_head(const struct byte_source *source)
{
    return source->head;
}

const char *byte_source_failure(const struct byte_source *source)
{
    return source->failure[0] ? source->failure : NULL;
}

static void print_hash(XXH128_hash_t hash, char hex[BYTE_SOURCE_HASH_BYTES])
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, hash);
    for (size_t i = 0; i < sizeof(canonical.digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", canonical.digest[i]);
}

void byte_source_hash_bytes(const void *bytes, size_t count, char hex[BYTE_SOURCE_HASH_BYTES])
{
    print_hash(XXH3_128bits(bytes, count), hex);
}

bool byte_source_hash(struct byte_source *source, char hex[BYTE_SOURCE_HASH_BYTES])
{
    do
        source->stored_start = source->stored_end;
    while (stored_fill(source));
    print_hash(XXH3_128bits_digest(source->hash), hex);
    return !source->is_unreadable;
}

const char *byte_source_unpack_program(const struct byte_source *source)
{
    return source->program;
}

bool byte_source_is_cut(const struct byte_source *source)
{
    return source->is_cut;
}

bool byte_source_is_unreadable(const struct byte_source *source)
{
    return source->is_unreadable;
}

uint64_t byte_source_position_bytes(const struct byte_source *source)
{
    return source->position_bytes;
}

uint64_t byte_source_size_bytes(const struct byte_source *source)
{
    return source->size_bytes;
}

bool byte_source_is_file(const struct byte_source *source)
{
    return source->is_file;
}

void byte_source_free(struct byte_source *source)
{
    if (!source)
        return;
    unpacker_free(source->unpacker);
    XXH3_freeState(source->hash);
    if (source->owns_file)
        close(source->file);
    free(source->stored);
    free(source->stream_buffer);
    free(source);
}
