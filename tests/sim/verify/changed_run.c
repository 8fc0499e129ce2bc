#include "tests/sim/verify/changed_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/dlt.h>

#include "sim/base/shell_words.h"
#include "sim/cli/options.h"
#include "sim/commands/commands.h"
#include "sim/output/file_names.h"
#include "sim/verify/verify.h"
#include "tests/scratch.h"
#include "tests/traces/frames.h"

#define FILE_MAX_BYTES (256 * 1024)
#define COMMAND_BYTES  1024

static struct file {
    bool is_there;
    size_t bytes;
    char text[FILE_MAX_BYTES];
} files[RUN_FILES];

void changed_run_read(const char *directory)
{
    char path[1024];

    for (size_t i = 0; i < RUN_FILES; i++) {
        struct file *file = &files[i];
        snprintf(path, sizeof(path), "%s/%s", directory, run_file_names[i]);
        FILE *stream = fopen(path, "r");
        file->is_there = stream != NULL;
        if (!stream)
            continue;
        file->bytes = fread(file->text, 1, FILE_MAX_BYTES - 1, stream);
        assert_true(file->bytes < FILE_MAX_BYTES - 1);
        file->text[file->bytes] = '\0';
        fclose(stream);
    }
}

/* --- making a run ---------------------------------------------------------------------------- */

static void write_trace(const struct changed_run_packet *packets, size_t count)
{
    struct pcap_file *file = pcap_file_new(scratch_path("trace.pcap"), DLT_EN10MB);

    for (size_t i = 0; i < count; i++) {
        uint32_t port = 1000 + packets[i].flow, bytes = packets[i].bytes;
        bool answers = packets[i].is_answer;
        struct frame frame = {0};
        frame_ethernet(&frame, 0x0800);
        frame_ipv4(&frame, 17, answers ? 2 : 1, answers ? 1 : 2, 20 + 8 + bytes);
        frame_udp(&frame, answers ? 53 : port, answers ? port : 53, bytes);
        frame_zeros(&frame, bytes);
        pcap_file_add(file, packets[i].time_us, &frame);
    }
    pcap_file_close(file);
}

/* In a process of its own: a run puts itself into a sandbox. */
static int run(char **words, int count)
{
    static struct parsed_options parsed;
    char error[SIM_ERROR_BYTES] = "";
    int status = options_parse(COMMAND_RUN, count, words, &parsed, error);

    if (status == SIM_OK)
        status = command_run(&parsed.run, error);
    if (status != SIM_OK)
        fprintf(stderr, "%s\n", error);
    return status;
}

void changed_run_make(const struct changed_run_packet *packets, size_t count, const char *options)
{
    char command[COMMAND_BYTES], **words;
    int word_count, status = -1;

    write_trace(packets, count);
    for (size_t i = 0; i < RUN_FILES; i++)
        unlink(scratch_path(run_file_names[i]));
    snprintf(command, sizeof(command), "run %s -q -o %s --force %s", scratch_path("trace.pcap"),
             scratch_directory(), options);
    assert_int_equal(shell_words_split(command, &words, &word_count), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(run(words, word_count));
    assert_int_equal(waitpid(child, &status, 0), child);
    shell_words_free(words);
    assert_int_equal(status, 0);
    changed_run_read(scratch_directory());
}

void changed_run_make_moving(const char *flow_ticks)
{
    static const struct changed_run_packet packets[] = {
        {0, 1, false, 250}, {20000, 2, false, 180}, {60000, 1, true, 40}, {350000, 2, false, 50}};
    char options[512];

    snprintf(options, sizeof(options),
             "--scheduler round-robin "
             "--group name=up,match=udp,rate=100B/tick,burst=200,tick=100ms,min-share=50 "
             "--group name=sub,match=tcp,rate=80B/tick,burst=80,tick=100ms,min-share=50,parent=up "
             "--at 150ms:flow=1,join=sub --flow-ticks %s",
             flow_ticks);
    changed_run_make(packets, sizeof(packets) / sizeof(packets[0]), options);
}

/* --- verifying it ---------------------------------------------------------------------------- */

static void write_changed(FILE *stream, const struct file *file,
                          const struct two_flows_case *change)
{
    const char *at;

    if (!change->from[0]) {
        fputs(change->to, stream);
        return;
    }
    at = strstr(file->text, change->from);
    assert_non_null(at);
    assert_null(strstr(at + 1, change->from)); /* once in the file */
    fprintf(stream, "%.*s%s%s", (int)(at - file->text), file->text, change->to,
            at + strlen(change->from));
}

/* `change` may be NULL. */
static void write_file(const char *name, const struct file *file,
                       const struct two_flows_case *change)
{
    const char *path = scratch_path(name);

    unlink(path);
    if (change ? !change->to : !file->is_there)
        return;
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    if (change)
        write_changed(stream, file, change);
    else
        assert_int_equal(fwrite(file->text, 1, file->bytes, stream), file->bytes);
    assert_int_equal(fclose(stream), 0);
}

void changed_run_verify(const struct two_flows_case *change, bool has_hashes, struct checks *checks)
{
    const struct verify_config config = {.directory = scratch_directory(),
                                         .no_hashes = !has_hashes};
    char error[SIM_ERROR_BYTES];

    for (size_t i = 0; i < RUN_FILES; i++) {
        bool is_changed = change && strcmp(change->file, run_file_names[i]) == 0;
        write_file(run_file_names[i], &files[i], is_changed ? change : NULL);
    }
    memset(checks, 0, sizeof(*checks));
    assert_int_equal(verify_run(&config, checks, error), SIM_OK);
}

void changed_run_expect(const struct two_flows_case *cases, size_t count)
{
    static struct checks checks;

    changed_run_verify(NULL, false, &checks);
    assert_string_equal(checks.first_failure, "");
    for (size_t i = 0; i < count; i++) {
        changed_run_verify(&cases[i], false, &checks);
        assert_string_equal(checks.results[cases[i].check].message, cases[i].message);
        assert_true(checks.results[cases[i].check].failures > 0);
    }
}

uint8_t changed_run_set_byte(const char *name, size_t offset, uint8_t value)
{
    size_t i = 0;

    while (i < RUN_FILES && strcmp(run_file_names[i], name) != 0)
        i++;
    assert_true(i < RUN_FILES && files[i].is_there && offset < files[i].bytes);
    uint8_t old = (uint8_t)files[i].text[offset];
    files[i].text[offset] = (char)value;
    return old;
}
