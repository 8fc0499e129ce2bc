#include "traces/unpacker.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#define ZLIB_CONST /* next_in is not written to */
#include <zlib.h>
#include <zstd.h>

#define STEP_BYTES_MAX ((size_t)1 << 30) /* zlib and bzip2 count in 32 bits */

static const char out_of_memory[] = "out of memory";

struct packing {
    const char *name;
    const char *program;
    const char *magic;
    size_t magic_bytes;
    /* 0, or -1 on allocation failure. */
    int (*begin)(struct unpacker *unpacker);
    /* NULL, or why it failed. */
    const char *(*step)(struct unpacker *unpacker, struct unpacker_io *io);
    void (*end)(struct unpacker *unpacker);
};

struct unpacker {
    const struct packing *packing;
    bool is_open;  /* inside a member */
    bool is_later; /* a member has ended */
    union {
        z_stream gzip;
        ZSTD_DStream *zstd;
        lzma_stream xz;
        bz_stream bzip2;
        LZ4F_dctx *lz4;
    } state;
};

static void close_member(struct unpacker *unpacker)
{
    unpacker->is_open = false;
    unpacker->is_later = true;
}

/* --- gzip ------------------------------------------------------------------------------------ */

static int begin_gzip(struct unpacker *unpacker)
{
    return inflateInit2(&unpacker->state.gzip, 15 + 16) == Z_OK ? 0 : -1;
}

static const char *step_gzip(struct unpacker *unpacker, struct unpacker_io *io)
{
    z_stream *z = &unpacker->state.gzip;

    z->next_in = io->in;
    z->avail_in = (unsigned)io->in_bytes;
    z->next_out = io->out;
    z->avail_out = (unsigned)io->out_bytes;
    int status = inflate(z, Z_NO_FLUSH);
    io->in = z->next_in;
    io->in_bytes = z->avail_in;
    io->out = z->next_out;
    io->out_bytes = z->avail_out;
    if (status == Z_STREAM_END) {
        inflateReset(z);
        close_member(unpacker);
        return NULL;
    }
    if (status == Z_MEM_ERROR)
        return out_of_memory;
    if (status == Z_OK || status == Z_BUF_ERROR) /* nothing to do without more bytes */
        return NULL;
    return z->msg ? z->msg : "unknown error";
}

static void end_gzip(struct unpacker *unpacker)
{
    inflateEnd(&unpacker->state.gzip);
}

/* --- Zstandard ------------------------------------------------------------------------------- */

static int begin_zstd(struct unpacker *unpacker)
{
    unpacker->state.zstd = ZSTD_createDStream();
    return unpacker->state.zstd ? 0 : -1;
}

static const char *step_zstd(struct unpacker *unpacker, struct unpacker_io *io)
{
    ZSTD_inBuffer in = {io->in, io->in_bytes, 0};
    ZSTD_outBuffer out = {io->out, io->out_bytes, 0};
    size_t status = ZSTD_decompressStream(unpacker->state.zstd, &out, &in);

    io->in += in.pos;
    io->in_bytes -= in.pos;
    io->out += out.pos;
    io->out_bytes -= out.pos;
    if (ZSTD_isError(status))
        return ZSTD_getErrorName(status);
    if (status == 0)
        close_member(unpacker);
    return NULL;
}

static void end_zstd(struct unpacker *unpacker)
{
    ZSTD_freeDStream(unpacker->state.zstd);
}

/* --- xz -------------------------------------------------------------------------------------- */

static int begin_xz(struct unpacker *unpacker)
{
    unpacker->state.xz = (lzma_stream)LZMA_STREAM_INIT;
    return lzma_stream_decoder(&unpacker->state.xz, UNPACKER_MEMORY_BYTES, 0) == LZMA_OK ? 0 : -1;
}

static const char *xz_error(lzma_ret status)
{
    if (status == LZMA_MEM_ERROR)
        return out_of_memory;
    if (status == LZMA_MEMLIMIT_ERROR)
        return "it takes more than 256 MiB of memory";
    if (status == LZMA_OPTIONS_ERROR)
        return "unknown options";
    return status == LZMA_FORMAT_ERROR ? "no xz stream" : "corrupt data";
}

static const char *step_xz(struct unpacker *unpacker, struct unpacker_io *io)
{
    lzma_stream *xz = &unpacker->state.xz;

    xz->next_in = io->in;
    xz->avail_in = io->in_bytes;
    xz->next_out = io->out;
    xz->avail_out = io->out_bytes;
    lzma_ret status = lzma_code(xz, LZMA_RUN);
    io->in = xz->next_in;
    io->in_bytes = xz->avail_in;
    io->out = xz->next_out;
    io->out_bytes = xz->avail_out;
    if (status == LZMA_STREAM_END) {
        close_member(unpacker);
        status = lzma_stream_decoder(xz, UNPACKER_MEMORY_BYTES, 0);
    }
    return status == LZMA_OK || status == LZMA_BUF_ERROR ? NULL : xz_error(status);
}

static void end_xz(struct unpacker *unpacker)
{
    lzma_end(&unpacker->state.xz);
}

/* --- bzip2 ----------------------------------------------------------------------------------- */

static int begin_bzip2(struct unpacker *unpacker)
{
    memset(&unpacker->state.bzip2, 0, sizeof(unpacker->state.bzip2));
    return BZ2_bzDecompressInit(&unpacker->state.bzip2, 0, 0) == BZ_OK ? 0 : -1;
}

static void end_bzip2(struct unpacker *unpacker)
{
    BZ2_bzDecompressEnd(&unpacker->state.bzip2);
}

static const char *step_bzip2(struct unpacker *unpacker, struct unpacker_io *io)
{
    bz_stream *bzip2 = &unpacker->state.bzip2;
    union {
        const unsigned char *in;
        char *writable; /* next_in is not const, and is not written to */
    } next = {.in = io->in};

    bzip2->next_in = next.writable;
    bzip2->avail_in = (unsigned)io->in_bytes;
    bzip2->next_out = (char *)io->out;
    bzip2->avail_out = (unsigned)io->out_bytes;
    int status = BZ2_bzDecompress(bzip2);
    io->in += io->in_bytes - bzip2->avail_in;
    io->in_bytes = bzip2->avail_in;
    io->out += io->out_bytes - bzip2->avail_out;
    io->out_bytes = bzip2->avail_out;
    if (status == BZ_STREAM_END) {
        close_member(unpacker);
        end_bzip2(unpacker);
        status = begin_bzip2(unpacker) == 0 ? BZ_OK : BZ_MEM_ERROR;
    }
    if (status == BZ_OK)
        return NULL;
    if (status == BZ_MEM_ERROR)
        return out_of_memory;
    return status == BZ_DATA_ERROR_MAGIC ? "no bzip2 stream" : "corrupt data";
}

/* --- LZ4 ------------------------------------------------------------------------------------- */

static int begin_lz4(struct unpacker *unpacker)
{
    return LZ4F_isError(LZ4F_createDecompressionContext(&unpacker->state.lz4, LZ4F_VERSION)) ? -1
                                                                                             : 0;
}

static const char *step_lz4(struct unpacker *unpacker, struct unpacker_io *io)
{
    size_t in_bytes = io->in_bytes, out_bytes = io->out_bytes;
    size_t status =
        LZ4F_decompress(unpacker->state.lz4, io->out, &out_bytes, io->in, &in_bytes, NULL);

    io->in += in_bytes;
    io->in_bytes -= in_bytes;
    io->out += out_bytes;
    io->out_bytes -= out_bytes;
    if (LZ4F_isError(status))
        return LZ4F_getErrorName(status);
    if (status == 0)
        close_member(unpacker);
    return NULL;
}

static void end_lz4(struct unpacker *unpacker)
{
    LZ4F_freeDecompressionContext(unpacker->state.lz4);
}

/* --- all of them ----------------------------------------------------------------------------- */

static const struct packing packings[] = {
    {"gzip", "gzip", "\x1f\x8b", 2, begin_gzip, step_gzip, end_gzip},
    {"Zstandard", "zstd", "\x28\xb5\x2f\xfd", 4, begin_zstd, step_zstd, end_zstd},
    {"xz", "xz", "\xfd\x37zXZ\0", 6, begin_xz, step_xz, end_xz},
    {"bzip2", "bzip2", "BZh", 3, begin_bzip2, step_bzip2, end_bzip2},
    {"LZ4", "lz4", "\x04\x22\x4d\x18", 4, begin_lz4, step_lz4, end_lz4},
};

static const struct packing *find(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++)
        if (count >= packings[i].magic_bytes &&
            memcmp(bytes, packings[i].magic, packings[i].magic_bytes) == 0)
            return &packings[i];
    return NULL;
}

const char *unpacker_recognise(const unsigned char *bytes, size_t count)
{
    const struct packing *packing = find(bytes, count);

    return packing ? packing->name : NULL;
}

const char *unpacker_program(const unsigned char *bytes, size_t count)
{
    const struct packing *packing = find(bytes, count);

    return packing ? packing->program : NULL;
}

struct unpacker *unpacker_new(const unsigned char *bytes, size_t count)
{
    struct unpacker *unpacker = calloc(1, sizeof(*unpacker));

    if (!unpacker)
        return NULL;
    unpacker->packing = find(bytes, count);
    if (unpacker->packing->begin(unpacker) != 0) {
        free(unpacker);
        return NULL;
    }
    return unpacker;
}

const char *unpacker_name(const struct unpacker *unpacker)
{
    return unpacker->packing->name;
}

/* Between two members of xz there may be zeros. */
static void skip_padding(const struct unpacker *unpacker, struct unpacker_io *io)
{
    if (unpacker->packing->step != step_xz || !unpacker->is_later)
        return;
    while (!unpacker->is_open && io->in_bytes > 0 && *io->in == 0) {
        io->in++;
        io->in_bytes--;
    }
}

/* What one step leaves for later ones. */
static size_t beyond_step(size_t bytes)
{
    return bytes > STEP_BYTES_MAX ? bytes - STEP_BYTES_MAX : 0;
}

const char *unpacker_step(struct unpacker *unpacker, struct unpacker_io *io)
{
    skip_padding(unpacker, io);
    if (io->in_bytes == 0 && !unpacker->is_open)
        return NULL;
    unpacker->is_open = true;
    size_t later_in_bytes = beyond_step(io->in_bytes), later_out_bytes = beyond_step(io->out_bytes);
    io->in_bytes -= later_in_bytes;
    io->out_bytes -= later_out_bytes;
    const char *failure = unpacker->packing->step(unpacker, io);
    io->in_bytes += later_in_bytes;
    io->out_bytes += later_out_bytes;
    return failure;
}

bool unpacker_is_open(const struct unpacker *unpacker)
{
    return unpacker->is_open;
}

void unpacker_free(struct unpacker *unpacker)
{
    if (!unpacker)
        return;
    unpacker->packing->end(unpacker);
    free(unpacker);
}
