#include "sim/commands/commands.h"

#include <stdlib.h>

#include "sim/base/sandbox.h"
#include "traces/flow_recording.h"

static char *key_of(const struct run_config *config)
{
    return flow_recording_key(config->traces, config->trace_count, &config->source);
}

struct flow_recording *command_take_recording(const struct run_config *config, int fd)
{
    char *key = key_of(config);
    struct flow_recording *recording = key ? flow_recording_open(fd, key) : NULL;

    free(key);
    return recording;
}

static int record(const struct run_config *config, int fd, const char *key, char *error)
{
    const struct sandbox sandbox = {.has_threads = true};
    struct flow_source *source;
    char text[TRACE_ERROR_BYTES];

    if (flow_source_open_files(config->traces, config->trace_count, &config->source, &source,
                               text) != TRACE_OK)
        return sim_fail(error, SIM_FAILED, "%s", text);
    int status = sandbox_enter(&sandbox, error);
    if (status == SIM_OK && (flow_source_record(source, fd, UINT64_MAX, key, text) != TRACE_OK ||
                             flow_source_record_all(source, text) != TRACE_OK))
        status = sim_fail(error, SIM_FAILED, "%s", text);
    flow_source_free(source);
    return status;
}

int command_record(const struct run_config *config, int fd, char *error)
{
    char *key = key_of(config);
    int status =
        key ? record(config, fd, key, error) : sim_fail(error, SIM_FAILED, "out of memory");

    free(key);
    return status;
}
