#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <pcap/pcap.h>

#include "sim/base/process.h"
#include "sim/base/sandbox.h"
#include "sim/base/version.h"
#include "sim/cli/command_names.h"
#include "sim/cli/options.h"
#include "sim/commands/commands.h"
#include "traces/flow_recording.h"

static void print_usage(FILE *out)
{
    fputs("Usage: shapesim COMMAND ...\n\n"
          "Replays packet captures through libevent's rate limits on a virtual clock.\n\n"
          "  run TRACE [limits] [options]     replay one trace under one setting\n"
          "  sweep TRACE... --vary KEY=V1,V2  compare settings\n"
          "  advise TRACE --want DEMAND       find the setting that meets demands\n"
          "  verify DIR [options]             check the files of a finished run\n"
          "  report DIR                       figures and a page of a finished run or sweep\n"
          "  trace info TRACE                 what is in a capture\n"
          "  trace synth [options] -o FILE    make a capture from synthetic sources\n\n"
          "shapesim help COMMAND says more; shapesim --version names the libraries.\n",
          out);
}

static void print_version(void)
{
    char sandbox[SANDBOX_TEXT_BYTES];

    sandbox_describe(sandbox);
    printf("shapesim %s (libevent %s, %s; sandbox: %s)\n", SHAPESIM_VERSION, event_get_version(),
           pcap_lib_version(), sandbox);
}

static int misuse(const char *text)
{
    fprintf(stderr, "shapesim: %s\n", text);
    return SIM_MISUSE;
}

/* Checks that what was printed was written. */
static int printed(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return SIM_OK;
    fputs("shapesim: standard output cannot be written\n", stderr);
    return SIM_FAILED;
}

/* A sweep's processes are told by their name what they are for. */
static int execute_run(const char *name, struct run_config *config, char *error)
{
    struct flow_recording *recording = NULL;

    if (strcmp(name, PROCESS_RECORDER) == 0)
        return command_record(config, PROCESS_RECORDING_FD, error);
    if (strcmp(name, PROCESS_SHARING_RUN) == 0) {
        recording = command_take_recording(config, PROCESS_RECORDING_FD);
        close(PROCESS_RECORDING_FD);
    }
    config->source.recording = recording;
    int status = command_run(config, error);
    config->source.recording = NULL;
    flow_recording_free(recording);
    return status;
}

static int execute(const char *name, struct parsed_options *parsed, char *error)
{
    switch (parsed->command) {
    case COMMAND_RUN:
        return execute_run(name, &parsed->run, error);
    case COMMAND_VERIFY:
        return command_verify(&parsed->verify, error);
    case COMMAND_SWEEP:
        return command_sweep(&parsed->sweep, error);
    case COMMAND_ADVISE:
        return command_advise(&parsed->advise, &parsed->sweep, error);
    case COMMAND_REPORT:
        return command_report(&parsed->report, error);
    case COMMAND_TRACE_INFO:
        return command_trace_info(&parsed->info, error);
    case COMMAND_TRACE_SYNTH:
        return command_trace_synth(&parsed->synth, error);
    }
    return SIM_MISUSE;
}

/* `name` is that of the program. */
static int run_command(const char *name, enum command command, int argc, char **argv)
{
    static struct parsed_options parsed;
    char error[SIM_ERROR_BYTES] = "";
    int status = options_parse(command, argc, argv, &parsed, error);

    if (status == SIM_OK && parsed.wants_help) {
        options_print_help(command, stdout);
        status = printed();
        parsed_options_fini(&parsed);
        return status;
    }
    if (status == SIM_OK)
        status = execute(name, &parsed, error);
    if (status != SIM_OK)
        fprintf(stderr, "shapesim: %s\n", error);
    else
        status = printed();
    parsed_options_fini(&parsed);
    if (status == SIM_INTERRUPTED)
        return process_stop_status();
    return status == SIM_FAILED ? process_failure_status(name) : status;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

int main(int argc, char **argv)
{
    char error[SIM_ERROR_BYTES];
    enum command command = COMMAND_RUN;

    process_begin();
    if (argc < 2) {
        print_usage(stderr);
        return SIM_MISUSE;
    }
    if (is_one_of(argv[1], "--help", "-h") || (strcmp(argv[1], "help") == 0 && argc == 2)) {
        print_usage(stdout);
        return printed();
    }
    if (is_one_of(argv[1], "--version", "-V")) {
        print_version();
        return printed();
    }
    bool is_help = strcmp(argv[1], "help") == 0;
    int before = is_help ? 2 : 1, taken = 0;
    if (command_find(argc - before, argv + before, &command, &taken, error) != SIM_OK)
        return misuse(error);
    before += taken;
    if (!is_help)
        return run_command(argv[0], command, argc - before + 1, argv + before - 1);
    if (before < argc) {
        sim_fail(error, SIM_MISUSE, "help: unexpected '%s' after '%s'; give one command",
                 argv[before], argv[before - 1]);
        return misuse(error);
    }
    options_print_help(command, stdout);
    return printed();
}
