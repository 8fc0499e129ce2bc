#include "sim/sweep/sweep_jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "sim/sweep/sweep_directory.h"
#include "sim/sweep/sweep_estimate.h"
#include "sim/sweep/sweep_words.h"
#include "traces/trace.h"

#define OUTPUT_BYTES 4096 /* of a run's standard error, the last ones */

/* What a process is for. */
enum job_kind { JOB_RUN, JOB_SHARING_RUN, JOB_RECORDER };

struct job {
    pid_t pid; /* 0: none */
    enum job_kind kind;
    size_t run;
    struct sweep_recording *recording; /* that it uses or writes; NULL: none */
    int output_fd;                     /* its standard error, in memory */
};

struct crew {
    struct sweep_jobs *jobs;
    struct job *list; /* jobs->at_a_time */
    size_t next;      /* the first run that was not started or skipped */
    sigset_t signals; /* the signals that it waits for */
    sigset_t before;
    int stop_signal; /* 0: none */
    bool disk_is_full;
};

/* --- the child ------------------------------------------------------------------------------ */

/* A file that grows above the limit fails the write; the recorder writes no other. */
static void limit_file(uint64_t bytes)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur < bytes)
        return;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* Under its number in the program; an equal one stays open there, too. */
static void pass_recording(const struct job *job)
{
    if (job->kind == JOB_RUN)
        return;
    if (job->recording->fd == PROCESS_RECORDING_FD)
        fcntl(PROCESS_RECORDING_FD, F_SETFD, 0);
    else
        dup2(job->recording->fd, PROCESS_RECORDING_FD);
    if (job->kind == JOB_RECORDER)
        limit_file(job->recording->bytes);
}

/* Never returns. Only async-signal-safe calls between fork() and exec(). */
static void become_run(const struct crew *crew, char **words, const struct job *job, pid_t parent)
{
    int null_fd = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* the parent ended before prctl() took effect */
        _exit(SIM_FAILED);
    dup2(null_fd, STDIN_FILENO);
    dup2(null_fd, STDOUT_FILENO);
    dup2(job->output_fd, STDERR_FILENO);
    pass_recording(job);
    sigprocmask(SIG_SETMASK, &crew->before, NULL);
    process_restore_signals();
    execv("/proc/self/exe", words);
    static const char text[] = "shapesim: /proc/self/exe cannot be run\n";
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(SIM_MISUSE);
    _exit(SIM_FAILED);
}

/* `words` with a name in front; borrows them. */
static char **with_name(char **words, char *name)
{
    size_t count = 0;

    while (words && words[count])
        count++;
    char **longer = words ? calloc(count + 2, sizeof(*longer)) : NULL;
    if (!longer)
        return NULL;
    longer[0] = name;
    memcpy(longer + 1, words, count * sizeof(*words));
    return longer;
}

static int fork_job(const struct crew *crew, struct job *job, char **words, char *error)
{
    pid_t parent = getpid();

    job->output_fd = memfd_create("shapesim run", MFD_CLOEXEC);
    job->pid = job->output_fd >= 0 ? fork() : -1;
    if (job->pid == 0)
        become_run(crew, words, job, parent);
    if (job->pid > 0)
        return SIM_OK;
    int status = sim_fail(error, SIM_FAILED, "sweep: no process can be started (%s); try -j 1",
                          strerror(errno));
    if (job->output_fd >= 0)
        close(job->output_fd);
    job->pid = 0;
    return status;
}

/* `job` says what the process is for. */
static int start(struct crew *crew, struct job *job, size_t run, char *error)
{
    static char names[][32] = {[JOB_RUN] = PROCESS_SWEEP_RUN,
                               [JOB_SHARING_RUN] = PROCESS_SHARING_RUN,
                               [JOB_RECORDER] = PROCESS_RECORDER};
    const struct sweep_jobs *jobs = crew->jobs;
    int status =
        job->kind == JOB_RECORDER ? SIM_OK : sweep_results_clear(jobs->results, run, error);

    if (status != SIM_OK)
        return status;
    char *path = sweep_directory_run_path(jobs->directory, jobs->plan, run);
    char **words = path ? sweep_plan_words(jobs->plan, run, path) : NULL;
    char **named = with_name(words, names[job->kind]);
    job->run = run;
    status = named ? fork_job(crew, job, named, error)
                   : sim_fail(error, SIM_FAILED, "sweep: out of memory");
    free(named);
    sweep_words_free(words);
    free(path);
    jobs->progress->running += status == SIM_OK;
    return status;
}

/* --- its end -------------------------------------------------------------------------------- */

/* The last line that is not blank, without the program's name. */
static void last_line(int fd, char *line, size_t room)
{
    static const char prefix[] = "shapesim: ";
    char text[OUTPUT_BYTES + 1];
    off_t size = lseek(fd, 0, SEEK_END);
    ssize_t bytes = pread(fd, text, OUTPUT_BYTES, size > OUTPUT_BYTES ? size - OUTPUT_BYTES : 0);

    text[bytes > 0 ? bytes : 0] = '\0';
    for (size_t end = strlen(text); end > 0 && text[end - 1] == '\n'; end--)
        text[end - 1] = '\0';
    const char *newline = strrchr(text, '\n');
    const char *last = newline ? newline + 1 : text;
    if (strncmp(last, prefix, sizeof(prefix) - 1) == 0)
        last += sizeof(prefix) - 1;
    snprintf(line, room, "%.*s", (int)room - 1, last);
}

/* Why a run that left neither a result nor an error has ended. */
static void report_end(struct crew *crew, const struct job *job, int wait_status)
{
    char line[SIM_ERROR_BYTES / 2] = "", text[SIM_ERROR_BYTES];

    if (WIFSIGNALED(wait_status)) {
        snprintf(text, sizeof(text), "ended by signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    } else {
        last_line(job->output_fd, line, sizeof(line));
        snprintf(text, sizeof(text), "%s", *line ? line : "ended without a result");
    }
    sweep_results_fail(crew->jobs->results, job->run, text);
}

static void print_bytes(FILE *out, double bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    size_t unit = 0;

    for (bytes /= 1000; bytes >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
        bytes /= 1000;
    fprintf(out, bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

/* Says, before the first of its runs starts, what those that use a recording will take. */
static void announce(const struct crew *crew, const struct job *job)
{
    const struct sweep_plan *plan = crew->jobs->plan;
    const struct sweep_setting *first = sweep_plan_setting(plan, job->run);
    struct flow_extent extent = flow_recording_extent(job->recording->fd);
    double bytes = 0;
    size_t runs = 0;

    for (size_t run = job->run; run < plan->run_count; run++) {
        const struct sweep_setting *setting = sweep_plan_setting(plan, run);
        if (setting->trace != first->trace || setting->reading != first->reading ||
            sweep_results_is_ok(crew->jobs->results, run))
            continue;
        bytes += (double)sweep_estimate_bytes(setting, &extent);
        runs++;
    }
    fputs("shapesim: ", stderr);
    trace_print_plain(stderr, 0, plan->traces[first->trace].name);
    fprintf(stderr, ": read once for %zu runs, whose files take up to about ", runs);
    print_bytes(stderr, bytes);
    fputs("; while they run, its packets take ", stderr);
    print_bytes(stderr, (double)job->recording->bytes);
    fputs(" more\n", stderr);
}

/* Whatever came of it, its runs can start. */
static int take_recorder_end(struct crew *crew, struct job *job, int wait_status)
{
    sweep_recording_end(job->recording, WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0);
    if (!crew->jobs->progress->is_quiet && job->recording->state == SWEEP_RECORDING_READY)
        announce(crew, job);
    crew->jobs->progress->running--;
    close(job->output_fd);
    job->pid = 0;
    return SIM_OK;
}

static int take_end(struct crew *crew, struct job *job, int wait_status, char *error)
{
    struct sweep_progress *progress = crew->jobs->progress;

    if (job->kind == JOB_RECORDER)
        return take_recorder_end(crew, job, wait_status);
    int status = sweep_results_load(crew->jobs->results, job->run, error);
    const char *result = sweep_results_status(crew->jobs->results, job->run);

    if (status == SIM_OK && strcmp(result, SWEEP_STATUS_MISSING) == 0)
        report_end(crew, job, wait_status);
    bool is_ok = sweep_results_is_ok(crew->jobs->results, job->run);
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == SIM_DISK_FULL)
        crew->disk_is_full = true;
    progress->running--;
    progress->ok += is_ok;
    progress->failed += !is_ok;
    close(job->output_fd);
    job->pid = 0;
    return status;
}

static int reap(struct crew *crew, char *error)
{
    int wait_status, status = SIM_OK;
    pid_t pid;

    while (status == SIM_OK && (pid = waitpid(-1, &wait_status, WNOHANG)) > 0)
        for (size_t i = 0; i < crew->jobs->at_a_time; i++)
            if (crew->list[i].pid == pid) {
                status = take_end(crew, &crew->list[i], wait_status, error);
                break;
            }
    return status;
}

/* --- all jobs ---------------------------------------------------------------------------- */

/* The next run that is not complete; the number of runs if there is none. */
static size_t next_run(struct crew *crew)
{
    while (crew->next < crew->jobs->plan->run_count &&
           sweep_results_is_ok(crew->jobs->results, crew->next))
        crew->next++;
    return crew->next;
}

/* Whether a run from `first` on that is not complete uses the same recording as that of
 * `setting`. */
static bool another_run_uses(const struct crew *crew, const struct sweep_setting *setting,
                             size_t first)
{
    const struct sweep_plan *plan = crew->jobs->plan;

    for (size_t run = first; run < plan->run_count; run++) {
        const struct sweep_setting *other = sweep_plan_setting(plan, run);
        if (other->trace == setting->trace && other->reading == setting->reading &&
            !sweep_results_is_ok(crew->jobs->results, run))
            return true;
    }
    return false;
}

static bool is_recording(const struct crew *crew)
{
    for (size_t i = 0; i < crew->jobs->at_a_time; i++)
        if (crew->list[i].pid > 0 && crew->list[i].kind == JOB_RECORDER)
            return true;
    return false;
}

/* The recording that the next run waits for is to be written; one at a time, as each may take all
 * the room. */
static int start_recorder(struct crew *crew, struct job *job, struct sweep_recording *recording,
                          char *error)
{
    struct sweep_jobs *jobs = crew->jobs;
    const struct sweep_setting *setting = sweep_plan_setting(jobs->plan, crew->next);

    if (!jobs->recordings->keeps && !another_run_uses(crew, setting, crew->next + 1)) {
        recording->state = SWEEP_RECORDING_NONE; /* not worth it */
        return SIM_OK;
    }
    if (is_recording(crew))
        return SIM_OK;
    sweep_recording_begin(jobs->recordings, recording, jobs->directory);
    if (recording->state != SWEEP_RECORDING_IN_PROGRESS)
        return SIM_OK;
    job->kind = JOB_RECORDER;
    job->recording = recording;
    return start(crew, job, crew->next, error);
}

static int start_run(struct crew *crew, struct job *job, struct sweep_recording *recording,
                     char *error)
{
    struct sweep_jobs *jobs = crew->jobs;
    const struct sweep_setting *setting = sweep_plan_setting(jobs->plan, crew->next);
    bool shares = recording && recording->state == SWEEP_RECORDING_READY;

    job->kind = shares ? JOB_SHARING_RUN : JOB_RUN;
    job->recording = shares ? recording : NULL;
    int status = start(crew, job, crew->next++, error);
    if (shares && !jobs->recordings->keeps && !another_run_uses(crew, setting, crew->next))
        sweep_recording_close(recording);
    return status;
}

/* Gives a free job the next run, or the recording that this waits for, if any can begin. */
static int give_work(struct crew *crew, struct job *job, char *error)
{
    struct sweep_jobs *jobs = crew->jobs;
    struct sweep_recording *recording = sweep_recordings_of(
        jobs->recordings, jobs->plan, sweep_plan_setting(jobs->plan, crew->next));
    int status = SIM_OK;

    if (recording && recording->state == SWEEP_RECORDING_NEW)
        status = start_recorder(crew, job, recording, error);
    if (status != SIM_OK || (recording && (recording->state == SWEEP_RECORDING_NEW ||
                                           recording->state == SWEEP_RECORDING_IN_PROGRESS)))
        return status;
    return start_run(crew, job, recording, error);
}

static int fill(struct crew *crew, char *error)
{
    int status = SIM_OK;

    for (size_t i = 0; i < crew->jobs->at_a_time && status == SIM_OK; i++)
        if (crew->list[i].pid == 0 && next_run(crew) < crew->jobs->plan->run_count)
            status = give_work(crew, &crew->list[i], error);
    return status;
}

/* Waits until a run ends, a signal arrives, or the progress line is due. */
static void wait_for_something(struct crew *crew)
{
    int64_t wait_us = sweep_progress_wait_us(crew->jobs->progress);
    const struct timespec timeout = {.tv_sec = wait_us / 1000000,
                                     .tv_nsec = wait_us % 1000000 * 1000};
    int signal_number = sigtimedwait(&crew->signals, NULL, &timeout);

    if (signal_number > 0 && signal_number != SIGCHLD) {
        process_take_stop_signal(signal_number);
        crew->stop_signal = signal_number;
    }
}

/* Ends the runs in progress. Their results do not count: they are run again later. */
static void end_all(struct crew *crew)
{
    for (size_t i = 0; i < crew->jobs->at_a_time; i++)
        if (crew->list[i].pid > 0)
            kill(crew->list[i].pid, SIGTERM);
    for (size_t i = 0; i < crew->jobs->at_a_time; i++) {
        char unused[SIM_ERROR_BYTES];
        struct job *job = &crew->list[i];
        if (job->pid <= 0)
            continue;
        while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        close(job->output_fd);
        job->pid = 0;
        crew->jobs->progress->running--;
        if (job->kind == JOB_RECORDER)
            sweep_recording_end(job->recording, false);
        else if (sweep_results_load(crew->jobs->results, job->run, unused) == SIM_OK)
            crew->jobs->progress->ok += sweep_results_is_ok(crew->jobs->results, job->run);
    }
}

static int work(struct crew *crew, char *error)
{
    const struct sweep_jobs *jobs = crew->jobs;

    for (;;) {
        int status = crew->disk_is_full ? SIM_OK : fill(crew, error);
        if (status != SIM_OK || jobs->progress->running == 0)
            return status;
        wait_for_something(crew);
        status = reap(crew, error);
        if (status != SIM_OK || crew->stop_signal)
            return status;
        sweep_progress_step(jobs->progress);
    }
}

/* The overall result, where every step succeeded. */
static int report_result(const struct crew *crew, char *error)
{
    const struct sweep_jobs *jobs = crew->jobs;

    if (crew->stop_signal)
        return sim_fail(
            error, SIM_INTERRUPTED,
            "interrupted: %zu of %zu runs are done; the same command continues from there",
            jobs->progress->ok, jobs->plan->run_count);
    if (crew->disk_is_full)
        return sim_fail(error, SIM_FAILED,
                        "-o %s: the disk is full (%s): %zu of %zu runs are done; make room, and "
                        "the same command continues from there",
                        jobs->directory, strerror(ENOSPC), jobs->progress->ok,
                        jobs->plan->run_count);
    return SIM_OK;
}

int sweep_jobs_run(struct sweep_jobs *jobs, char *error)
{
    struct crew crew = {.jobs = jobs};

    crew.list = calloc(jobs->at_a_time, sizeof(*crew.list));
    if (!crew.list)
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    sigemptyset(&crew.signals);
    sigaddset(&crew.signals, SIGCHLD);
    process_add_stop_signals(&crew.signals);
    sigprocmask(SIG_BLOCK, &crew.signals, &crew.before);
    if (*jobs->stop) /* it arrived just before */
        crew.stop_signal = SIGTERM;
    int status = crew.stop_signal ? SIM_OK : work(&crew, error);
    end_all(&crew);
    sigprocmask(SIG_SETMASK, &crew.before, NULL);
    free(crew.list);
    return status == SIM_OK ? report_result(&crew, error) : status;
}
