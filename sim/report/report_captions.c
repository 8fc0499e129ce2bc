#include "sim/report/report_captions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/file_stream.h"

static int write_text(const char *path, const char *name, report_caption *put, const void *context,
                      char *error)
{
    FILE *out = file_stream_open(path, "wx");
    struct html html = {.out = out, .is_plain = true};

    if (out) {
        put(&html, context, name);
        fputc('\n', out);
    }
    if (out && (ferror(out) | fclose(out)) == 0)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", path,
                    strerror(errno));
}

int report_caption_write(const char *directory, const char *name, report_caption *put,
                         const void *context, char *error)
{
    char *drawn = NULL, *path = NULL;
    int status = SIM_OK;

    if (asprintf(&drawn, "%s/%s.svg", directory, name) < 0)
        drawn = NULL;
    if (asprintf(&path, "%s/%s.txt", directory, name) < 0)
        path = NULL;
    if (!drawn || !path)
        status = sim_fail(error, SIM_FAILED, "report: out of memory");
    else if (access(drawn, F_OK) == 0)
        status = write_text(path, name, put, context, error);
    free(drawn);
    free(path);
    return status;
}
