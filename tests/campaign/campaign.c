/*
 * The campaign: random settings on random traces, and for each what property.h lists. Started by
 * tests/soak.
 *
 *     usage: campaign [--settings N] [--minutes N] [--seed N] [--first N] [--jobs N] [--tries N]
 *                     --check-run PROGRAM --packets PROGRAM
 *
 * Setting i of a seed is the same in every campaign. What fails is made small and printed: the
 * property, how it shows, the packets and the command. Exit status 1 if anything failed.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "tests/campaign/files.h"
#include "tests/campaign/shrink.h"

#define TERM_ONE_IN  16
#define SHRINK_TRIES 600
#define JOBS_MAX     64

struct plan {
    int64_t settings, minutes, seed, first, jobs, tries;
    struct bench bench;
};

/* Of all jobs, in memory that they share. */
struct tally {
    int64_t settings, refused, broken, failed;
    int64_t looked_at[PROPERTIES];
};

static struct tally *tally;

static void count(int64_t *counter)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* In one piece, as several jobs print. */
static void report(const struct plan *plan, int64_t index, const struct setting *setting,
                   const struct packet_list *packets, const struct verdict *verdict)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    if (!out)
        abort();
    fprintf(out, "--seed %" PRId64 " --first %" PRId64 ": \"%s\" does not hold: %s\n    packets ",
            plan->seed, index, property_names[verdict->property], verdict->text);
    packet_list_print(packets, out, ' ');
    fputs(" >a.pcap\n    shapesim run a.pcap", out);
    setting_print(setting, out);
    fputs(" -o run\n", out);
    fclose(out);
    for (size_t written = 0; written < length;) {
        ssize_t n = write(STDOUT_FILENO, text + written, length - written);
        if (n < 0)
            break;
        written += (size_t)n;
    }
    free(text);
}

static void take(const struct plan *plan, int64_t index)
{
    static struct packet_list packets;
    static struct setting setting;
    static struct verdict verdict;
    struct rng rng = rng_init((uint64_t)plan->seed, (uint32_t)index);
    int64_t tick_us = setting_random_tick_us(&rng);
    unsigned wanted = PROPERTY_ALL;

    packet_list_random(&packets, &rng, tick_us);
    setting_random(&setting, &rng, tick_us, &packets);
    if (!rng_one_in(&rng, TERM_ONE_IN))
        wanted &= ~PROPERTY_BIT(PROPERTY_TERM);
    property_check(&plan->bench, &setting, &packets, wanted, &verdict);
    count(&tally->settings);
    for (int p = 0; p < PROPERTIES; p++)
        if (verdict.looked_at & PROPERTY_BIT(p))
            count(&tally->looked_at[p]);
    if (verdict.refused)
        count(&tally->refused);
    if (verdict.broken)
        count(&tally->broken);
    if (!verdict.failed)
        return;
    count(&tally->failed);
    shrink(&plan->bench, &setting, &packets, (int)plan->tries, &verdict);
    report(plan, index, &setting, &packets, &verdict);
}

static int64_t now_s(void)
{
    return (int64_t)time(NULL);
}

static void work(const struct plan *plan, int64_t job)
{
    int64_t end_s = plan->minutes > 0 ? now_s() + plan->minutes * 60 : INT64_MAX;

    for (int64_t i = job; i < plan->settings && now_s() < end_s; i += plan->jobs)
        take(plan, plan->first + i);
}

/* --- the command line ------------------------------------------------------------------------ */

static int64_t number(const char *text, int64_t least, int64_t most)
{
    char *end;
    int64_t value = strtoll(text, &end, 10);

    if (*end || end == text || value < least || value > most) {
        fprintf(stderr, "campaign: %s: not a whole number from %" PRId64 " to %" PRId64 "\n", text,
                least, most);
        exit(2);
    }
    return value;
}

static void parse(int argc, char **argv, struct plan *plan)
{
    static const struct option options[] = {
        {"settings", 1, NULL, 'n'}, {"minutes", 1, NULL, 'm'},   {"seed", 1, NULL, 's'},
        {"first", 1, NULL, 'f'},    {"jobs", 1, NULL, 'j'},      {"tries", 1, NULL, 't'},
        {"packets", 1, NULL, 'p'},  {"check-run", 1, NULL, 'c'}, {NULL, 0, NULL, 0}};

    for (int letter; (letter = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (letter) {
        case 'n':
            plan->settings = number(optarg, 1, INT32_MAX);
            break;
        case 'm':
            plan->minutes = number(optarg, 1, 100000);
            break;
        case 's':
            plan->seed = number(optarg, 0, INT32_MAX);
            break;
        case 'f':
            plan->first = number(optarg, 0, INT32_MAX);
            break;
        case 'j':
            plan->jobs = number(optarg, 1, JOBS_MAX);
            break;
        case 't':
            plan->tries = number(optarg, 0, 1000000);
            break;
        case 'p':
            plan->bench.packets = optarg;
            break;
        case 'c':
            plan->bench.check_run = optarg;
            break;
        default:
            exit(2);
        }
    if (optind < argc || !plan->bench.packets || !plan->bench.check_run) {
        fputs("campaign: give --check-run and --packets, and options alone\n", stderr);
        exit(2);
    }
}

/* --- jobs ------------------------------------------------------------------------------------ */

static pid_t start_job(struct plan *plan, int64_t job, const char *scratch)
{
    char directory[128];
    pid_t child = fork();

    if (child != 0)
        return child;
    snprintf(directory, sizeof(directory), "%s/%" PRId64, scratch, job);
    if (mkdtemp(strcat(directory, "-XXXXXX")) == NULL) {
        perror(directory);
        _exit(2);
    }
    plan->bench.directory = directory;
    work(plan, job);
    static const char *const runs[] = {"run", "again", "socket", "unlimited", "term"};
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        char path[192];
        snprintf(path, sizeof(path), "%s/%s", directory, runs[i]);
        files_remove(path);
    }
    files_remove(directory);
    exit(0);
}

static bool run_jobs(struct plan *plan)
{
    const char *temporary = getenv("TMPDIR");
    char scratch[96];
    bool good = true;

    if (!temporary || strlen(temporary) > 60)
        temporary = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(scratch, sizeof(scratch), "%s/campaign-XXXXXX", temporary);
    if (!mkdtemp(scratch)) {
        perror(scratch);
        return false;
    }
    for (int64_t job = 0; job < plan->jobs; job++)
        good = start_job(plan, job, scratch) > 0 && good;
    for (int status; wait(&status) > 0;)
        good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    rmdir(scratch);
    return good;
}

int main(int argc, char **argv)
{
    struct plan plan = {.settings = INT32_MAX, .seed = 1, .jobs = 1, .tries = SHRINK_TRIES};

    parse(argc, argv, &plan);
    process_begin();
    plan.bench.kernel_buffer_bytes = bench_kernel_buffer_bytes();
    tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    if (!run_jobs(&plan))
        return 2;
    printf("seed %" PRId64 ", from %" PRId64 " on: %" PRId64 " settings, %" PRId64
           " refused, %" PRId64 " failed as they must\n",
           plan.seed, plan.first, tally->settings, tally->refused, tally->broken);
    for (int p = 0; p < PROPERTIES; p++)
        printf("%8" PRId64 " times: %s\n", tally->looked_at[p], property_names[p]);
    printf("%8" PRId64 " failed\n", tally->failed);
    return tally->failed > 0;
}
