#include "sim/sweep/sweep_recordings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/nameless_file.h"
#include "traces/flow_recording.h"

#define LEAST_BYTES UINT64_C(1000000) /* less room is not tried */

void sweep_recordings_fini(struct sweep_recordings *recordings)
{
    struct sweep_recording *next;

    for (struct sweep_recording *recording = recordings->list; recording; recording = next) {
        next = recording->next;
        sweep_recording_close(recording);
        free(recording->key);
        free(recording);
    }
    recordings->list = NULL;
}

struct sweep_recording *sweep_recordings_of(struct sweep_recordings *recordings,
                                            const struct sweep_plan *plan,
                                            const struct sweep_setting *setting)
{
    struct sweep_recording *recording = recordings->list;
    char *key;

    if (asprintf(&key, "%s\n%s", plan->traces[setting->trace].path,
                 plan->readings[setting->reading]) < 0)
        return NULL;
    while (recording && strcmp(recording->key, key) != 0)
        recording = recording->next;
    if (!recording && (recording = calloc(1, sizeof(*recording)))) {
        *recording = (struct sweep_recording){.next = recordings->list, .fd = -1, .key = key};
        recordings->list = recording;
        return recording;
    }
    free(key);
    return recording;
}

void sweep_recording_begin(struct sweep_recordings *recordings, struct sweep_recording *recording,
                           const char *directory)
{
    uint64_t taken_bytes = 0, room_bytes;

    for (const struct sweep_recording *other = recordings->list; other; other = other->next)
        taken_bytes += other->bytes;
    recording->state = SWEEP_RECORDING_NONE;
    if (taken_bytes + LEAST_BYTES > FLOW_RECORDING_BYTES_MAX)
        return;
    recording->fd = nameless_file_open(directory);
    if (recording->fd < 0)
        return;
    room_bytes = nameless_file_room_bytes(recording->fd);
    recording->bytes = FLOW_RECORDING_BYTES_MAX - taken_bytes;
    if (recording->bytes > room_bytes)
        recording->bytes = room_bytes;
    recording->state = SWEEP_RECORDING_IN_PROGRESS;
}

void sweep_recording_end(struct sweep_recording *recording, bool is_whole)
{
    struct stat status;

    if (!is_whole || fstat(recording->fd, &status) != 0) {
        sweep_recording_close(recording);
        return;
    }
    recording->bytes = (uint64_t)status.st_size;
    recording->state = SWEEP_RECORDING_READY;
}

void sweep_recording_close(struct sweep_recording *recording)
{
    if (recording->fd >= 0)
        close(recording->fd);
    recording->fd = -1;
    recording->bytes = 0;
    recording->state = SWEEP_RECORDING_NONE;
}
