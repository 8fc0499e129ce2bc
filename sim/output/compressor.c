#include "sim/output/compressor.h"

#include <stdbool.h>
#include <stdlib.h>

#include <zstd.h>

#define BUFFER_BYTES (64 * 1024)

/* Rows that resemble those of some ticks before: a lazy search in a small window finds them in a
 * quarter less room than level 3 takes, and in two thirds of the time of level 7. */
static const struct {
    ZSTD_cParameter parameter;
    int value;
} parameters[] = {{ZSTD_c_strategy, ZSTD_lazy2}, {ZSTD_c_windowLog, 18}, {ZSTD_c_hashLog, 17},
                  {ZSTD_c_chainLog, 17},         {ZSTD_c_searchLog, 3},  {ZSTD_c_minMatch, 6},
                  {ZSTD_c_checksumFlag, 1}};

struct compressor {
    ZSTD_CCtx *context;
    compressor_write *write;
    void *arg;
    unsigned char buffer[BUFFER_BYTES];
};

static bool set_parameters(ZSTD_CCtx *context)
{
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
        if (ZSTD_isError(
                ZSTD_CCtx_setParameter(context, parameters[i].parameter, parameters[i].value)))
            return false;
    return true;
}

struct compressor *compressor_new(compressor_write *write, void *arg)
{
    struct compressor *compressor = calloc(1, sizeof(*compressor));

    if (!compressor)
        return NULL;
    compressor->write = write;
    compressor->arg = arg;
    compressor->context = ZSTD_createCCtx();
    if (compressor->context && set_parameters(compressor->context))
        return compressor;
    compressor_free(compressor);
    return NULL;
}

/* Until all of `in` is taken; with ZSTD_e_end, until nothing is left to be written. */
static int compress(struct compressor *compressor, ZSTD_inBuffer *in, ZSTD_EndDirective directive)
{
    size_t left;

    do {
        ZSTD_outBuffer out = {compressor->buffer, sizeof(compressor->buffer), 0};
        left = ZSTD_compressStream2(compressor->context, &out, in, directive);
        if (ZSTD_isError(left))
            return -1;
        if (out.pos > 0)
            compressor->write(compressor->arg, compressor->buffer, out.pos);
    } while (in->pos < in->size || (directive == ZSTD_e_end && left > 0));
    return 0;
}

int compressor_add(struct compressor *compressor, const void *bytes, size_t count)
{
    ZSTD_inBuffer in = {bytes, count, 0};

    return compress(compressor, &in, ZSTD_e_continue);
}

int compressor_end(struct compressor *compressor)
{
    ZSTD_inBuffer in = {NULL, 0, 0};

    return compress(compressor, &in, ZSTD_e_end);
}

void compressor_free(struct compressor *compressor)
{
    if (!compressor)
        return;
    ZSTD_freeCCtx(compressor->context);
    free(compressor);
}
